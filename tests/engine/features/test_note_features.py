"""The features that the model reads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.features.note_features import (
    FLOAT_FEATURES,
    INDEX_SIZES,
    Features,
    State,
    Style,
    features,
    free_timing,
    velocity_state,
)
from duv_studio.engine.midi.song import Family
from tests.played_tracks import played_track


def column(read: Features, name: str) -> np.ndarray:
    if name in INDEX_SIZES:
        return read.indices[:, list(INDEX_SIZES).index(name)]
    return read.floats[:, FLOAT_FEATURES.index(name)]


def test_known_values_of_a_small_phrase() -> None:
    table = played_track(4).table(np.array([64.0, 64, 64, 64]))
    table = replace(
        table,
        onset=np.array([0.0, 0.0, 1.0, 1.5]),
        beat=np.array([0.0, 0.0, 1.0, 1.5]),
        bar=np.zeros(4, np.int64),
        duration=np.array([1.0, 0.5, 0.25, 1.0]),
        pitch=np.array([48, 72, 60, 60]),
    )
    read = features(table)
    assert column(read, "chord_size").tolist() == [1, 1, 0, 0]
    assert column(read, "is_top").tolist() == [0, 1, 1, 1]
    assert column(read, "is_bottom").tolist() == [1, 0, 1, 1]
    assert column(read, "next_ioi").tolist() == [0, 0, -1, 4]
    assert column(read, "dur_beats").tolist() == [0, -1, -2, 0]
    assert column(read, "is_downbeat").tolist() == [1, 1, 0, 0]
    assert column(read, "from_prev_top")[2:].tolist() == [-1, 0]
    assert column(read, "next_same_pitch").tolist() == [4, 4, -1, 4]
    assert column(read, "rest_before")[3] == pytest.approx(np.log2(1.25))
    assert column(read, "beat").tolist() == [0, 0, 1, 1]
    assert column(read, "beat_frac").tolist() == [0, 0, 0, 12]
    assert column(read, "pitch").tolist() == [48, 72, 60, 60]


def test_a_flat_track_says_nothing_of_its_dynamics() -> None:
    quiet, loud = (features(played_track(32).table(np.full(32, float(v)))) for v in (30, 110))
    assert not column(quiet, "vel_norm").any() and not column(quiet, "spread").any()
    assert (column(quiet, "velocity_state") == State.UNKNOWN).all()
    assert (quiet.level, loud.level) == (30, 110)
    others = [i for i, name in enumerate(FLOAT_FEATURES) if name != "level"]
    np.testing.assert_array_equal(quiet.floats[:, others], loud.floats[:, others])


def test_shaped_velocities_are_hints() -> None:
    assert (velocity_state(np.array([60.0, 70, 80])) == State.HINT).all()
    assert (velocity_state(np.array([60.0, 61, 60])) == State.UNKNOWN).all()


def test_drums_have_pitches_of_their_own_and_percussion_is_read_as_other() -> None:
    table = played_track(16).table()
    drums = features(replace(table, family=Family.DRUMS))
    assert (column(drums, "pitch") == table.pitch + 128).all()
    other, percussion = (features(replace(table, family=f)) for f in (Family.OTHER, Family.PERCUSSION))
    np.testing.assert_array_equal(other.indices, percussion.indices)


@given(
    rows=st.lists(
        st.tuples(st.floats(0, 500), st.floats(0, 40), st.integers(0, 127), st.integers(1, 127)),
        min_size=1,
        max_size=40,
    )
)
def test_any_notes_give_finite_features_within_their_tables(rows: list[tuple[float, float, int, int]]) -> None:
    rows.sort()
    onset, duration, pitch, velocity = (np.array(c, float) for c in zip(*rows, strict=True))
    table = replace(
        played_track(len(rows)).table(velocity),
        onset=onset,
        beat=onset % 4,
        duration=duration,
        pitch=pitch.astype(np.int64),
        bar=(onset // 4).astype(np.int64),
    )
    read = features(table)
    assert np.isfinite(read.floats).all()
    assert (read.indices >= 0).all() and (read.indices < np.array(list(INDEX_SIZES.values()))).all()


def test_style_is_told_or_unknown() -> None:
    table = played_track(8).table(np.full(8, 64.0))
    unknown, lively, both = (
        features(replace(table, style=style)) for style in (Style(), Style(1.5), Style(-1.0, articulation=2.0))
    )
    assert not column(unknown, "style").any() and not column(unknown, "style_dynamics").any()
    assert set(column(lively, "style")) == {1} and set(column(lively, "style_dynamics")) == {1.5}
    assert set(column(both, "style")) == {3} and set(column(both, "style_articulation")) == {2}
    neutral = features(replace(table, style=Style(dynamics=0.0)))
    assert set(column(neutral, "style")) == {1}, "average on purpose is not the same as whatever the music asks"


GRID = np.arange(200) / 4


@pytest.mark.parametrize(
    ("name", "onset", "free"),
    [
        ("sixteenths", GRID, False),
        ("thirty-seconds", GRID / 2, False),
        ("triplets", np.arange(200) / 3, False),
        ("a drummer with a click", GRID + np.random.default_rng(0).normal(0, 0.03, 200), False),
        ("no click", np.cumsum(np.random.default_rng(1).uniform(0.1, 0.4, 200)), True),
        ("too short to tell", np.cumsum(np.random.default_rng(1).uniform(0.1, 0.4, 30)), False),
    ],
)
def test_free_timing_is_heard(name: str, onset: np.ndarray, free: bool) -> None:
    assert free_timing(np.sort(onset)) is free, name


def test_free_timing_has_no_bars_and_wide_chords() -> None:
    table = played_track(200).table(np.full(200, 64.0))
    onset = np.repeat(np.arange(100) * 0.53, 2) + np.tile([0.0, 0.055], 100)  # 27 ms apart at 120
    strict, free = (features(replace(table, onset=onset, free=free)) for free in (False, True))
    assert column(strict, "is_downbeat").any() and not column(free, "is_downbeat").any()
    assert not column(free, "beat").any() and not column(free, "bar_cos").any()
    assert set(column(strict, "chord_size")) == {0} and set(column(free, "chord_size")) == {1}
    np.testing.assert_allclose(column(free, "chord_delay")[:2], [0, 0.055 / 2 / 0.03], rtol=1e-3)


def test_a_tempo_map_that_follows_a_player_is_read() -> None:
    table = played_track(64).table(np.full(64, 64.0))
    bpm = np.where(np.arange(64) < 60, 120.0, 60.0)
    read = features(replace(table, bpm=bpm))
    assert not column(features(table), "tempo_local").any()
    assert column(read, "tempo_local")[-1] < -0.5 and column(read, "tempo_local")[0] == 0


def test_velocities_that_were_meant_are_told_from_dice() -> None:
    track = played_track(400)
    meant = features(track.table(track.velocity))
    dice = features(track.table(np.random.default_rng(0).permutation(track.velocity)))
    flat = features(track.table(np.full(400, 64.0)))
    for name in ("hint_pitch", "hint_place"):
        assert column(meant, name)[0] > 0.3, name
        assert abs(column(dice, name)[0]) < 0.15, name
        assert not column(flat, name).any(), name
    slow = features(track.table(64 + 20 * np.sin(np.arange(400) / 30)))
    assert column(slow, "hint_memory")[0] > 0.9 and abs(column(dice, "hint_memory")[0]) < 0.15


def test_lengths_are_also_told_in_seconds() -> None:
    read = features(replace(played_track(8).table(), bpm=np.full(8, 60.0)))
    assert set(column(read, "dur_seconds")) == {-1} and column(read, "next_ioi_seconds")[0] == -1
