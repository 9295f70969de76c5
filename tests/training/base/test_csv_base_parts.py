"""Statistics and recipe of a base model that learns from tables of notes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from duv_studio.engine.features.note_features import FLOAT_FEATURES
from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.training.base.csv_config import csv_recipe, family_shares, steps_of
from duv_studio.training.base.csv_stats import Count, Moments, Stats, far_features, read_stats, write_stats
from tests.played_tracks import played_track

ROWS = arrays(np.float64, st.tuples(st.integers(0, 20), st.just(3)), elements=st.floats(-1e4, 1e4) | st.just(np.nan))


@given(st.lists(ROWS, min_size=1, max_size=5))
def test_moments_of_pieces_are_those_of_the_whole(pieces: list[np.ndarray]) -> None:
    moments = Moments(3)
    for piece in pieces:
        moments.add(piece)
    whole = np.concatenate(pieces)
    for column in range(3):
        known = whole[np.isfinite(whole[:, column]), column]
        expected = (known.mean(), known.std()) if len(known) else (0.0, 0.0)
        np.testing.assert_allclose((moments.mean[column], moments.std[column]), expected, rtol=1e-6, atol=1e-6)


def test_moments_keep_their_digits_far_from_zero() -> None:
    moments = Moments(1)
    for start in range(0, 1000, 100):
        moments.add((1e9 + np.arange(start, start + 100) % 2)[:, None])
    assert moments.std[0] == pytest.approx(0.5)


def stats(**inputs: tuple[float, float]) -> Stats:
    named = {name: (0.5 * k, 1.0 + k) for k, name in enumerate(FLOAT_FEATURES)}
    return Stats(Count(3, 900), Count(1, 300), {"pitch": (60.0, 7.5), "velocity": (64.0, 20.0)}, named | inputs)


def test_statistics_are_written_and_read(tmp_path: Path) -> None:
    write_stats(tmp_path / "new" / "stats.json", stats())
    assert read_stats(tmp_path / "new" / "stats.json") == stats()
    raw = json.loads((tmp_path / "new" / "stats.json").read_text())
    assert raw["schema"] == 1 and raw["counts"]["train"] == {"tracks": 3, "notes": 900}
    assert raw["features"]["pitch"] == {"mean": 60.0, "std": 7.5}


def test_the_scale_is_in_the_order_of_the_models_features_and_never_blows_up() -> None:
    mean, std = stats(register=(0.25, 0.0)).scale()
    assert mean[FLOAT_FEATURES.index("register")] == 0.25 and mean[3] == 1.5
    assert std[FLOAT_FEATURES.index("register")] == 1e-2


DAMAGE = [
    ("schema", 2, "has the format 2; this version reads 1"),
    ("model_inputs", {"pitch": {"mean": 0, "std": 1}}, f"they lack {', '.join(FLOAT_FEATURES)} and know pitch"),
    ("model_inputs", {"pitch": {"mean": 0, "std": -1}}, "make sense"),
    ("model_inputs", {"pitch": {"mean": 0}}, "make sense"),
    ("model_inputs", 5, "make sense"),
    ("counts", {"train": {"tracks": 1}}, "make sense"),
    ("features", {"pitch": {"mean": "NaN", "std": 1}}, "make sense"),
]


@pytest.mark.parametrize(("key", "value", "said"), DAMAGE, ids=range(len(DAMAGE)))
def test_statistics_that_do_not_fit_are_refused(tmp_path: Path, key: str, value: object, said: str) -> None:
    write_stats(tmp_path / "stats.json", stats())
    raw = json.loads((tmp_path / "stats.json").read_text()) | {key: value}
    (tmp_path / "stats.json").write_text(json.dumps(raw))
    with pytest.raises(DuvError) as caught:
        read_stats(tmp_path / "stats.json")
    assert said in caught.value.message and "written anew" in caught.value.hint


@pytest.mark.parametrize("text", ["", "[]", "{", "5", '{"schema": 1}'])
def test_nonsense_is_no_statistics(tmp_path: Path, text: str) -> None:
    (tmp_path / "stats.json").write_text(text)
    with pytest.raises(DuvError, match="no statistics that make sense"):
        read_stats(tmp_path / "stats.json")


def test_features_that_lie_far_from_the_statistics_are_named() -> None:
    measured = Moments(len(FLOAT_FEATURES))
    mean, std = stats().scale()
    measured.add((mean + 4.9 * std)[None])
    assert far_features(stats(), measured) == []
    mean[2] += 20 * std[2]
    other = Moments(len(FLOAT_FEATURES))
    other.add(mean[None])
    assert far_features(stats(), other) == [FLOAT_FEATURES[2]]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("train.csv", "valid.csv"):
        (tmp_path / name).write_text(f"of {name}")
    return tmp_path / "train.csv", tmp_path / "valid.csv"


def test_an_epoch_is_a_pass_over_the_notes(files: tuple[Path, Path]) -> None:
    long = [played_track(5120, seed=k) for k in range(2)]
    assert steps_of(long, 3, 16, 256) == 3 * 10240 // (16 * 256) + 1
    short = [played_track(64, seed=k) for k in range(16)]  # a window of 256 holds only 64 notes of such a track
    assert steps_of(short, 2, 4, 256) == 2 * 16 * 64 // (4 * 64)
    config = csv_recipe("mine", long, files, epochs=20)
    assert config.optimiser.steps == 50 and config.optimiser.warmup_steps == 2  # never more than 5 %
    assert config.optimiser.batch_size == 16 and config.model.width == 256 and config.name == "mine"
    assert config.optimiser.lr == 1e-3 and config.start_from is None, "a model of one's tables knows no others"


def test_options_replace_what_ships_and_wrong_ones_are_refused(files: tuple[Path, Path]) -> None:
    tracks = [played_track(300)]
    config = csv_recipe("mine", tracks, files, size="lite", epochs=1, batch_size=2, lr=0.01, seed=7)
    how = config.optimiser
    assert (config.model.width, how.batch_size, how.lr, how.seed) == (192, 2, 0.01, 7)
    assert set(config.curriculum.velocity) > {"flat", "jitter"} and config.curriculum.plain_share == 0.25
    for wrong in ({"epochs": 0}, {"batch_size": 0}, {"lr": 0.0}, {"lr": 2.0}):
        with pytest.raises(DuvError, match="must be"):
            csv_recipe("mine", tracks, files, **wrong)  # type: ignore[arg-type]


def test_families_are_met_as_often_as_they_have_notes() -> None:
    tracks = [played_track(300), played_track(100, family=Family.DRUMS)]
    assert family_shares(tracks) == {"drums": 0.25, "piano": 0.75}


def test_other_data_make_another_recipe(files: tuple[Path, Path]) -> None:
    tracks = [played_track(300)]
    before = csv_recipe("mine", tracks, files)
    assert csv_recipe("mine", tracks, files) == before
    files[1].write_text("changed")
    assert csv_recipe("mine", tracks, files) != before
