"""The features that the model reads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.features import FLOAT_FEATURES, INDEX_SIZES, Features, State, features, velocity_state
from duv_studio.engine.song import Family
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
