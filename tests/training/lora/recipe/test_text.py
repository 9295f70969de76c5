"""All problems of a recipe's text, and where its keys stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from duv_studio.training.lora.recipe.edit import edited
from duv_studio.training.lora.recipe.text import check_text, path_at, path_of, place_of
from tests.recipe_samples import GUIDE, UNUSUAL


def test_all_problems_are_told_at_once_with_their_keys_and_unknown_keys_stay() -> None:
    text = "manifest: a\noutput_dir: guitar\nlora:\n  r: 0\n  rang: 3\ntrainer: {precision: f8}\n"
    found = check_text(text)
    assert [(p.line, p.column, path_of(text, p)) for p in found.problems] == [
        (4, 6, "lora.r"),
        (5, 3, ""),
        (6, 22, "trainer.precision"),
    ]
    assert found.recipe is None and found.values["lora"] == {"r": 0, "rang": 3}
    assert "rang: 3\n" in edited(text, "lora.r", 8)


@pytest.mark.parametrize(
    ("text", "line", "is_yaml"),
    [("", 1, True), ("# only\n", 1, True), ("a: b\nc: [\n", 3, False), ("- a\n", 1, False), ("x: \x00", 1, False)],
)
def test_what_is_no_recipe_is_a_problem_too(text: str, line: int, is_yaml: bool) -> None:
    found = check_text(text)
    assert found.recipe is None and found.is_yaml is is_yaml
    assert [p.line for p in found.problems] == [line]


def test_a_recipe_must_say_whose_playing_it_is() -> None:
    text = "manifest: a.jsonl\noutput_dir: x\n"
    assert "instrument: guitar" in check_text(text).problems[0].sentence
    assert check_text(text, Path("my_guitar.yaml")).family == "guitar"
    assert check_text(edited(text, "instrument", "bass")).family == "bass"


def test_places_and_keys_find_each_other() -> None:
    for path in ("lora.r", "features.inputs", "manifest", "trainer.precision"):
        place = place_of(GUIDE, path)
        assert place is not None and path_at(GUIDE, *place) == path
    assert path_at(GUIDE, *where(GUIDE, "Instrument-specific")) == "features.inputs"
    assert place_of(GUIDE, "lora.unknown") == place_of(GUIDE, "lora")
    assert place_of(GUIDE, "filters.min_notes") is None and place_of("a: [", "lora") is None
    assert path_at(UNUSUAL, *where(UNUSUAL, "a glob")) == "lora.target_modules"


def where(text: str, word: str) -> tuple[int, int]:
    before = text[: text.index(word)]
    return before.count("\n") + 1, len(before.split("\n")[-1]) + 1
