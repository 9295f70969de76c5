"""A recipe's text edited key by key: the value is there, and nothing else is touched."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duv_studio.errors import DuvError
from duv_studio.paths import resource
from duv_studio.training.lora.recipe.edit import edited, source, without, written_value
from duv_studio.training.lora.recipe.load import preset_names
from duv_studio.training.lora.recipe.schema import recipe_schema
from duv_studio.training.lora.recipe.sections import feature_names
from duv_studio.training.lora.recipe.yaml_spans import values_of
from tests.recipe_samples import GUIDE, UNUSUAL

PRESETS = {name: resource("configs", name).read_text(encoding="utf-8") for name in preset_names()}
TEXTS = {**PRESETS, "guide": GUIDE, "unusual": UNUSUAL, "least": "manifest: a.jsonl\n", "nothing": "# only a comment\n"}
FIELDS = {f.path: f for f in recipe_schema()}
words = st.text(st.characters(codec="utf-8", exclude_characters="\x7f", exclude_categories=["Cc", "Cs", "Co", "Cn"]))
awkward = st.sampled_from(
    ["", "null", "1e-3", "yes", "a: b", "a #b", "- x", "[1, 2]", "{a}", "it's", '"', "ピアノ", "a,b", "*x", "~"]
)
floats = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1e-5, 2e-4, 0.1, 16.0, 1e9, 1e22])


def values_for(path: str) -> st.SearchStrategy[Any]:
    kind = FIELDS[path].type
    if kind == "list":
        names = {"features.inputs": feature_names(), "features.targets": ("velocity", "dur_beats")}
        items = st.sampled_from(names[path]) if path in names else words | awkward
        return st.lists(items, max_size=8).map(tuple)
    if kind == "true or false":
        return st.booleans()
    if kind == "whole number":
        return st.integers(0, 2**32)
    return floats if kind == "number" else st.none() | words | awkward


edits = st.sampled_from(sorted(FIELDS)).flatmap(lambda path: st.tuples(st.just(path), values_for(path)))


def plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    a, b = before.split("\n"), after.split("\n")
    gone, new = [], []
    for what, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if what != "equal":
            gone += a[i1:i2]
            new += b[j1:j2]
    return gone, new


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(TEXTS)), edit=edits)
def test_an_edit_says_the_value_and_leaves_all_other_values(name: str, edit: tuple[str, Any]) -> None:
    path, value = edit
    before, text = values_of(TEXTS[name]) or {}, edited(TEXTS[name], path, value)
    after = values_of(text)
    assert written_value(after, path) == plain(value)
    others = [p for p in FIELDS if p != path]
    for other in others:
        assert get(after, other) == get(before, other)
    assert get(after, "my_own") == get(before, "my_own")


def comments(text: str) -> list[str]:
    return re.findall(r"# ([^#\n]*)$", text, re.MULTILINE)


def get(values: Any, path: str) -> Any:
    try:
        return written_value(values, path)
    except KeyError:
        return KeyError


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted({*PRESETS, "guide"})), edit=edits)
def test_an_edit_of_one_value_touches_one_line_and_no_comment(name: str, edit: tuple[str, Any]) -> None:
    path, value = edit
    text = TEXTS[name]
    after = edited(text, path, value)
    gone, new = changed_lines(text, after)
    if isinstance(value, tuple) or FIELDS[path].type == "list":
        assert all(re.search(r"^\s*- |\b(manifest|inputs|targets|target_modules):", line) for line in gone)
        return
    is_there = get(values_of(text), path) is not KeyError
    if is_there:
        assert len(gone) == len(new) <= 1
        assert [line.split(":")[0] for line in gone] == [line.split(":")[0] for line in new]
    else:
        assert len(gone) <= 1 and all(line.lstrip().startswith("#") for line in gone)
        assert len(new) - len(gone) <= 4  # the key, its section, and empty lines around it
    assert not Counter(comments(text)) - Counter(comments(after))


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(sorted(TEXTS)), changes=st.lists(edits, max_size=6))
def test_edits_one_after_the_other_all_hold(name: str, changes: list[tuple[str, Any]]) -> None:
    text = TEXTS[name]
    for path, value in changes:
        text = edited(text, path, value)
    values = values_of(text)
    for path, value in dict(changes).items():
        assert written_value(values, path) == plain(value)


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(sorted(PRESETS)), edit=edits.filter(lambda e: FIELDS[e[0]].type != "list"))
def test_a_preset_comes_back_as_it_was(name: str, edit: tuple[str, Any]) -> None:
    path, value = edit
    text = PRESETS[name]
    after = edited(text, path, value)
    was = get(values_of(text), path)
    back = without(after, path) if was is KeyError else edited(after, path, was, as_written=source(text, path))
    assert back == text


@settings(max_examples=60, deadline=None)
@given(text=st.sampled_from([GUIDE, UNUSUAL, *PRESETS.values()]), path=st.sampled_from(sorted(FIELDS)))
def test_a_key_that_is_taken_away_leaves_the_others(text: str, path: str) -> None:
    before, after = values_of(text), values_of(without(text, path))
    assert get(after, path) is KeyError
    for other in FIELDS:
        assert other == path or get(after, other) == get(before, other)


def test_saying_what_is_said_changes_nothing() -> None:
    values = values_of(GUIDE)
    for path in FIELDS:
        said = get(values, path)
        if said is not KeyError:
            assert edited(GUIDE, path, said) == GUIDE
    assert edited(GUIDE, "lora.r", True) != GUIDE, "true is not 1"


def test_how_it_looks() -> None:
    assert "\n  r: 16                   # Rank (4-16)\n" in edited(GUIDE, "lora.r", 16), "the column of comments stays"
    assert '\n    - "attn.*"\n' in edited(GUIDE, "lora.target_modules", ["attn.q_proj", "attn.*"]), "quotes as beside"
    less = edited(GUIDE, "features.inputs", ["beat_pos", "pitch", "strum_dir_hint"])
    assert less.split("  inputs:\n")[1].startswith(
        "    - beat_pos          # Position in beat\n    - pitch             # MIDI pitch\n"
        "    # Instrument-specific hints:\n    - strum_dir_hint    # Guitar strum direction\n  targets:\n"
    )
    assert "\nbase_frozen: true\ninstrument: bass\n\n# LoRA" in edited(GUIDE, "instrument", "bass")
    assert "\n  lr: 2.0e-4\n  weight_decay: 0.1\n" in edited(GUIDE, "trainer.weight_decay", 0.1)
    assert "lr: 1.0e-05\n" in edited(GUIDE, "trainer.lr", 1e-5)
    assert "(beats)\n\nfilters:\n  min_notes: 8\n\n# Training" in edited(GUIDE, "filters.min_notes", 8)
    assert "manifest: [a.jsonl]\n" in edited(UNUSUAL, "manifest", ["a.jsonl"])
    assert "'bass'     # \"quoted\" # twice" in edited(UNUSUAL, "instrument", "bass")
    assert "  lr: 0.1\n   epochs:   6" in edited(UNUSUAL, "trainer.lr", 0.1), "a comment held its place"


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("a: [1\n", "lora.r", 4),
        ("just text\n", "lora.r", 4),
        ("lora: 5\n", "lora.r", 4),
        ("lora: &x {r: 4}\ntrainer: *x\n", "trainer.lr", 0.1),
        ("lora: {r: &r 4}\ntrainer: {epochs: *r}\n", "lora.r", 5),
    ],
)
def test_what_only_its_author_can_change_is_left_alone(text: str, path: str, value: Any) -> None:
    with pytest.raises(DuvError, match=r"only its author|no valid YAML|no keys"):
        edited(text, path, value)


def test_a_name_that_stands_for_a_value_gives_way_to_the_value() -> None:
    text = "lora: {r: &r 4}\ntrainer:\n  epochs: *r  # as many\n"
    assert edited(text, "trainer.epochs", 5) == "lora: {r: &r 4}\ntrainer:\n  epochs: 5  # as many\n"
    merged = "defaults: &d\n  lr: 0.1\ntrainer:\n  <<: *d\n  epochs: 2\n"
    assert values_of(edited(merged, "trainer.lr", 0.2))["trainer"] == {"lr": 0.2, "epochs": 2}
