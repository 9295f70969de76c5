"""Adapters of a base that was trained anew: the model that fits is named, by itself they do not play unnoticed."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import pretty_midi
import pytest

from duv_studio import apply_duv_to_pretty_midi
from duv_studio.engine.adapters.fitting_model import fitting_model, left_behind, of_earlier_bases
from duv_studio.engine.adapters.header import HARMS
from duv_studio.engine.adapters.library import automatic_with, known_hash, read_adapter_header
from duv_studio.engine.adapters.resolve import base_model_of, choose
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.library import list_models
from duv_studio.errors import DuvError
from tests.adapters_made import hide_shipped, make_adapter, make_base


@pytest.fixture(autouse=True)
def no_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide_shipped(monkeypatch, tmp_path / "none")


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The first model, under the name that it had when adapters were made for it."""
    return make_base("tiny", tmp_path / "then", seed=1)


@pytest.fixture
def bases(first: Path) -> tuple[Path, Path]:
    """The first model under its present name, and the one that has its name now."""
    earlier, now = make_base("tiny-v1", seed=1), make_base("tiny", seed=2)
    assert known_hash(earlier) == known_hash(first) != known_hash(now)
    return earlier, now


def test_the_model_that_fits_is_named(first: Path, bases: tuple[Path, Path]) -> None:
    earlier, now = bases
    make_adapter(first)
    with pytest.raises(DuvError) as refused:
        choose("tiny", "my-guitar")
    assert refused.value.message == (
        '"my-guitar" was made for the base model "tiny-v1" (Tiny-V1), which is installed, and "tiny" is loaded'
    )
    assert refused.value.hint == "choose that model, or give --model tiny-v1"
    make_adapter(now, "bass")
    with pytest.raises(DuvError, match=r'"my-bass" was made for the base model "tiny" .*, and "tiny-v1" is loaded'):
        choose(earlier, "my-bass")


def test_an_adapter_goes_on_playing_with_the_model_that_it_was_made_for(first: Path, bases: tuple[Path, Path]) -> None:
    earlier, now = bases
    file = make_adapter(first)
    assert read_adapter_header(file).base == "tiny"
    for choice in (choose("tiny-v1"), choose("tiny-v1", "my-guitar"), choose(file), choose("my-guitar")):
        assert choice.base.path == earlier and [state.path for _, state in choice.adapters] == [file]
    assert base_model_of(file) == earlier
    assert choose("tiny").adapters == choose(now, "none").adapters == ()


def test_a_model_that_is_gone_is_told_as_another_version(first: Path, bases: tuple[Path, Path]) -> None:
    earlier, now = bases
    file = make_adapter(first)
    shutil.rmtree(earlier.parent)
    assert fitting_model(read_adapter_header(file)) is None and of_earlier_bases(now) == left_behind(now) == []
    with pytest.raises(DuvError, match='made for another version of the base model "tiny"'):
        choose("tiny", "my-guitar")


def test_what_no_longer_plays_by_itself_is_told(first: Path, bases: tuple[Path, Path]) -> None:
    earlier, now = bases
    make_adapter(first)
    make_adapter(first, "piano", verdict=HARMS)  # never played by itself
    make_adapter(make_base("other", seed=3), "drums")  # nor this with such a model
    (left,) = left_behind(now)
    assert (left.adapter.name, left.model.name) == ("my-guitar", "tiny-v1")
    assert str(left).endswith('it was made for "tiny-v1" (Tiny-V1); --model tiny-v1 plays with it')
    assert [one.adapter.name for one in of_earlier_bases(now)] == ["my-guitar", "my-piano"]
    assert left_behind(earlier) == of_earlier_bases(earlier) == []
    assert left_behind(now, {Family.BASS}) == []
    make_adapter(now, "guitar", name="new-guitar")
    assert set(automatic_with(now)) == {Family.GUITAR} and left_behind(now) == []


def test_python_is_warned(first: Path, bases: tuple[Path, Path]) -> None:
    make_adapter(first)
    pm = pretty_midi.PrettyMIDI()
    guitar = pretty_midi.Instrument(25)
    guitar.notes = [pretty_midi.Note(80, 60 + k % 5, k / 4, k / 4 + 0.2) for k in range(16)]
    pm.instruments.append(guitar)
    with pytest.warns(UserWarning, match='the adapter "my-guitar" does not play: it was made for "tiny-v1"'):
        apply_duv_to_pretty_midi(pm, "tiny")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        apply_duv_to_pretty_midi(pm, "tiny-v1")
        apply_duv_to_pretty_midi(pm, "tiny", adapter="none")


def test_earlier_versions_come_last(bases: tuple[Path, Path]) -> None:
    make_base("zither", seed=4)
    make_base("brass-v2", seed=5)  # of nothing that is there
    names = [model.name for model in list_models()]
    assert names.index("brass-v2") < names.index("tiny") < names.index("zither") < names.index("tiny-v1")
    assert names[0] == "base-open" and names[-1] == "tiny-v1"
