"""The recipes of base models: what ships, what is based on another, and what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import read_header
from duv_studio.engine.model.library import find_model
from duv_studio.errors import DuvError
from duv_studio.paths import resource
from duv_studio.training.config import load_config
from duv_studio.training.data.corpora.registry import CORPORA
from duv_studio.training.data.degrade import DURATION_MODES, VELOCITY_MODES
from duv_studio.training.lora.recipe.load import PRESETS
from duv_studio.training.schema.document import RecipeError

RECIPE = """\
name: tiny
sets: [gmd]
model: {width: 32, layers: 1, heads: 2}
curriculum:
  velocity: {flat: 0.7, jitter: 0.3}
  duration: {notated: 0.8, gate: 0.2}
  families: {piano: 1}
"""
SHIPPED = sorted(p for p in resource("configs").rglob("*.yaml") if not p.match(PRESETS))


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_every_recipe_that_ships_is_right(path: Path) -> None:
    config = load_config(path)
    assert set(config.sets) <= set(CORPORA)
    assert set(config.curriculum.velocity) <= set(VELOCITY_MODES)
    assert set(config.curriculum.duration) <= set(DURATION_MODES)
    assert set(config.curriculum.families) <= set(Family)
    assert {corpus.split()[0] for corpus in config.curriculum.corpora} <= set(config.sets), "weights of sets it lacks"


OPEN = ["gmd", "pop909", "open_multitrack", "bach_violin_audio"]


@pytest.mark.parametrize("name", ["base", "lite"])
def test_a_base_goes_on_from_the_first_of_its_kind_and_keeps_what_it_knew(name: str) -> None:
    config = load_config(resource("configs", f"{name}.yaml"))
    first = load_config(resource("configs", f"{name}-v1.yaml"))
    assert first.name == f"{config.name}-v1" == config.keep.model
    assert "piano" not in config.keep.families and set(config.keep.families) < set(config.curriculum.families)
    assert config.model == first.model and config.loss == first.loss
    start = read_header(find_model(first.name))
    assert start.shape.items() >= (config.model.model_dump() | {"dropout": start.shape["dropout"]}).items()
    assert start.sets == tuple(first.sets), "the recipe of the model that ships"
    assert set(first.sets) | {"giantmidi_eval"} == set(config.sets)
    assert config.optimiser.lr < first.optimiser.lr and config.optimiser.steps < first.optimiser.steps
    assert config.curriculum.plain_share == 0, "it has learned the music already"
    assert config.curriculum.context_share == 0, "tracks of a song are heard one by one"
    assert config.curriculum.velocity == first.curriculum.velocity
    assert sum(config.curriculum.families.values()) == pytest.approx(1)


def test_the_open_bases_learn_from_open_data_alone() -> None:
    for name in ("base", "lite"):
        assert load_config(resource("configs", f"{name}.yaml")).sets == [*OPEN, "giantmidi_eval"]
        assert load_config(resource("configs", f"{name}-v1.yaml")).sets == OPEN
    assert {n for n in (*OPEN, "giantmidi_eval") if not CORPORA[n].may_ship} == set()


def test_a_recipe_keeps_those_weights_of_corpora_that_it_does_not_replace() -> None:
    classical, base = (
        load_config(resource("configs", f"{name}.yaml")).curriculum for name in ("base-classical", "base")
    )
    assert base.corpora == classical.corpora == {"giantmidi_eval": 9.0, "giantmidi_eval performed": 3.0}
    assert base.families != classical.families


def test_ablations_start_from_nothing() -> None:
    """What they are compared with was measured with the first recipe."""
    for path in resource("configs", "ablations").glob("*.yaml"):
        assert load_config(path).start_from is None
    reference = load_config(resource("configs", "ablations", "a00-reference.yaml"))
    assert reference.curriculum.plain_share == 0.25 and reference.curriculum.context_share == 0


def test_a_recipe_may_be_based_on_another(tmp_path: Path) -> None:
    one = written(tmp_path / "one.yaml", RECIPE)
    two = written(
        tmp_path / "two.yaml",
        "based_on: one.yaml\nmodel: {width: 64}\ncurriculum: {velocity: {'': 0, flat: 1.0}, duration: {gate: 0.0}}\n",
    )
    config = load_config(two)
    assert config.model.width == 64 and config.model.layers == 1, "keys that are not there stay as they were"
    assert config.curriculum.velocity == {"flat": 1.0} and config.curriculum.duration == {"notated": 0.8, "gate": 0.0}
    written(one, "based_on: two.yaml\n")
    with pytest.raises(DuvError, match="based on itself"):
        load_config(two)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("{width: 20000}", "model.width is 20000; it must be a whole number from 4 to 4096"),
        ("{layers: 1000000000}", "model.layers is 1000000000; it must be a whole number from 1 to 128"),
        ("{width: 4096, layers: 128, heads: 2}", "a network of this model has .* parameters; there may be 100,000,000"),
        (
            "{width: 32, heads: 6}",
            "model.heads is 6 and model.width 32; the width must be a multiple of twice",
        ),
    ],
)
def test_a_network_that_could_not_be_read_again_is_not_trained(tmp_path: Path, model: str, words: str) -> None:
    text = RECIPE.replace("{width: 32, layers: 1, heads: 2}", model)
    with pytest.raises(RecipeError, match=words):
        load_config(written(tmp_path / "recipe.yaml", text))


WRONG = """\
name: 5
title: a
title: b
sets: [gmd, 3]
layers: 3
model: {width: 1e1, clocks: bar, head: 2, heads: 3}
optimiser:
  lr: 0
  precision: 32
curriculum: {velocity: {flat: some}, duration: [], families: {piano: .inf}}
loss: 1
"""


def test_all_mistakes_are_listed_at_once_with_their_places(tmp_path: Path) -> None:
    path = written(tmp_path / "x.yaml", WRONG)
    with pytest.raises(RecipeError) as caught:
        load_config(path)
    assert caught.value.lines == [
        f"{path}:{line}"
        for line in (
            "1:7: name is 5; it must be text.",
            '3:1: "title" is here for the second time; it was first in line 2.',
            "4:13: sets[2] is 3; it must be text.",
            '5:1: There is no key "layers" here; did you mean "model.layers"?',
            "6:16: model.width is 1e1; it must be a whole number of at least 16.",
            "6:29: model.clocks is bar; it must be one of both, index, beat.",
            '6:34: There is no key "head" in model; did you mean "heads"?',
            "6:50: model.heads is 3; it must be a whole number of at least 2, a multiple of 2.",
            "8:7: optimiser.lr is 0; it must be a number above 0.",
            "9:14: optimiser.precision is 32; it must be one of bf16, 32.",
            "10:31: curriculum.velocity.flat is some; it must be a number.",
            "10:48: curriculum.duration is a list; it must be a mapping of names to numbers.",
            "10:70: curriculum.families.piano is .inf; it must be a number.",
            "11:7: loss is 1; it must hold keys and values (velocity, duration, crps, mean, contrast).",
        )
    ]


def test_mistakes_are_found_in_the_file_that_has_them(tmp_path: Path) -> None:
    one = written(tmp_path / "one.yaml", RECIPE.replace("layers: 1", "layers: 0").replace("name: tiny\n", ""))
    two = written(tmp_path / "two.yaml", "based_on: one.yaml\nmodel:\n  width: 8\n")
    with pytest.raises(RecipeError) as caught:
        load_config(two)
    assert caught.value.lines == [f"{one}:2:28: model.layers is 0; it must be a whole number of at least 1."]
    written(one, RECIPE.replace("name: tiny\n", ""))
    with pytest.raises(RecipeError) as caught:
        load_config(two)
    assert caught.value.lines == [
        f"{two}:1:1: name is missing; it must be text.",
        f"{two}:3:10: model.width is 8; it must be a whole number of at least 16.",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"name: \xe9", "line 1, column 7: Byte 0xe9 is not UTF-8"),
        ("a: [", "line 1, column 5: This is not valid YAML"),
        ("- a\n", "line 1, column 1: There are no keys here"),
        ("", "name is missing"),
        ("title: !!timestamp foo\n", "line 1, column 8: This is not valid YAML"),
    ],
)
def test_what_is_no_recipe_is_explained(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    with pytest.raises(DuvError, match=sentence):
        load_config(written(tmp_path / "x.yaml", text))


def test_a_missing_recipe_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DuvError, match="cannot be read"):
        load_config(tmp_path / "missing.yaml")
