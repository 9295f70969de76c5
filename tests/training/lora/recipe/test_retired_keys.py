"""Keys of recipes for the guide's first script, keys that belong to the author, and null where something is off."""

from __future__ import annotations

from pathlib import Path

import pytest

from duv_studio.training.lora.recipe.edit import edited
from duv_studio.training.lora.recipe.load import load_recipe
from duv_studio.training.lora.recipe.retired_keys import RETIRED
from duv_studio.training.lora.recipe.text import check_text
from duv_studio.training.schema.document import RecipeError

FIRST_SCRIPT = """\
manifest: a.jsonl
train_csv: a.csv
valid_csv: b.csv
train_split: 0.9
valid_split: 0.1
shuffle: true
features:
  normalize: true
  scaler_out: scalers/guitar.json
targets_mode: absolute
trainer:
  early_stop_patience: null
save_every: 1
eval_every: 1000
inference:
  intensity: 0.9
  include_regex: "(?i)guitar|gtr"
  mode: absolute
"""
NOTES = """\
x-fast: &fast {epochs: 2, x-why: "a trial"}
x-old: {anything: [1, {deep: true}]}
manifest: a.jsonl
lora:
  x-tried: "16, no better"
  r: 4
trainer:
  <<: *fast
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "guitar_Lora.yaml"
    path.write_text(text)
    return path


def test_each_retired_key_has_one_sentence_that_says_to_delete_it(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        load_recipe(written(tmp_path, FIRST_SCRIPT))
    said = [problem.sentence for problem in caught.value.problems]
    assert len(said) == len(RETIRED)
    for loc in RETIRED:
        (sentence,) = (s for s in said if s.startswith(f"{'.'.join(map(str, loc))} "))
        assert "delete" in sentence
    lines = {problem.line for problem in caught.value.problems}
    assert lines == {2, 3, 5, 6, 8, 9, 10, 13, 14, 15}


def test_without_these_keys_the_recipe_is_read(tmp_path: Path) -> None:
    kept = "manifest: a.jsonl\ntrain_split: 0.9\ntrainer:\n  early_stop_patience: null\n"
    assert load_recipe(written(tmp_path, kept)).trainer.early_stop_patience is None


def test_a_key_that_no_one_ever_had_is_still_unknown(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match='no key "normalise"'):
        load_recipe(written(tmp_path, "manifest: a.jsonl\nfeatures: {normalise: true}\n"))


def test_keys_that_begin_with_x_belong_to_their_author(tmp_path: Path) -> None:
    recipe = load_recipe(written(tmp_path, NOTES))
    assert (recipe.trainer.epochs, recipe.lora.r) == (2, 4)


def test_an_edit_keeps_them(tmp_path: Path) -> None:
    text = edited(NOTES, "lora.r", 8)
    assert text == NOTES.replace("r: 4", "r: 8")
    assert check_text(text, tmp_path / "guitar_Lora.yaml").problems == ()


@pytest.mark.parametrize("key", ["x", "X-note", "xnote", "my-x-note"])
def test_other_keys_do_not(tmp_path: Path, key: str) -> None:
    with pytest.raises(RecipeError, match="There is no key"):
        load_recipe(written(tmp_path, f"manifest: a.jsonl\n{key}: 1\n"))
