"""JSON that somebody else wrote: a value, or a ValueError."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.json_text import DEEPEST, parse_json

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
