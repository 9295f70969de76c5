"""JSON that somebody else wrote: a value, or a ValueError."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.json_text import DEEPEST, OddJson, parse_json, shown

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(VALUES)
def test_what_people_write_is_read(value: object) -> None:
    assert parse_json(json.dumps(value)) == value
    assert parse_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize("depth", [DEEPEST, DEEPEST + 1])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"b":', "}]")])
def test_it_may_be_as_deep_as_people_write(opening: str, closing: str, depth: int) -> None:
    times = depth // len(closing)
    text = opening * times + "0" + closing * times
    if times * len(closing) <= DEEPEST:
        parse_json(text)
    else:
        with pytest.raises(ValueError, match="deeper than 100 levels"):
            parse_json(text)


@pytest.mark.parametrize(
    "text",
    [
        *(opening * 10**6 for opening in ("[", '{"a":', '[{"a":')),
        *(opening * 500 + "0" + closing * 500 for opening, closing in (("[", "]"), ('{"a":', "}"))),
        *("NaN", "Infinity", "-Infinity", "9" * 5000, "", "nothing", "{,}", '"\0"'),
    ],
    ids=lambda text: text[:8],
)
def test_all_else_is_a_value_error(text: str) -> None:
    for form in (text, text.encode()):
        with pytest.raises(ValueError, match=r"."):
            parse_json(form)


@given(st.binary())
def test_bytes_are_a_value_or_a_value_error(data: bytes) -> None:
    with suppress(ValueError):
        parse_json(data)


@pytest.mark.parametrize("text", ['{"a": 1, "a": 1}', '[{"b": {"a": 1, "b": 2, "a": 3}}]'])
def test_a_field_may_be_there_once(text: str) -> None:
    assert parse_json(text)
    with pytest.raises(OddJson, match='holds the field "a" twice'):
        parse_json(text, unique=True)


SHOWN = [
    (None, "null"), (True, "true"), (-3, "-3"), (0.5, "0.5"), (10**30, "a number with many digits"),
    (float("nan"), "no number"), (float("-inf"), "beyond all numbers"), ([1], "a list"),
    ({"a": 1}, "an object with named fields"), ("Geige für 弦", '"Geige für 弦"'), ("a\x1b[31m\n", '"a\\x1b[31m\\n"'),
    ("\udcff", '"\\udcff"'), ("x" * 21, f'"{"x" * 16}…"'),
]  # fmt: skip


@pytest.mark.parametrize(("value", "said"), SHOWN, ids=lambda value: repr(value)[:20])
def test_a_value_in_a_sentence(value: object, said: str) -> None:
    assert shown(value, 20) == said
