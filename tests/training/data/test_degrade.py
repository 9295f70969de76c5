"""Degradations make the input side; what the player did must not leak through the ones that hide it."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.engine.features.note_features import State
from duv_studio.engine.midi.song import Family
from duv_studio.training.data.degrade import DAW_DEFAULTS, DURATION_MODES, VELOCITY_MODES, degrade
from tests.played_tracks import played_track, with_velocity

FLAT, NOTATED = {"flat": 1.0}, {"notated": 1.0}


@pytest.mark.parametrize("mode", VELOCITY_MODES)
@pytest.mark.parametrize("seed", range(5))
def test_every_velocity_mode_gives_midi_velocities(mode: str, seed: int) -> None:
    given = degrade(played_track(200), np.random.default_rng(seed), {mode: 1.0}, NOTATED)
    assert given.velocity.shape == (200,)
    assert given.velocity.min() >= 1 and given.velocity.max() <= 127
    read = given.velocity[given.state != State.UNKNOWN]  # of the others only the mean level is read
    assert (read == np.round(read)).all()


@pytest.mark.parametrize("mode", DURATION_MODES)
@pytest.mark.parametrize("family", [Family.PIANO, Family.DRUMS])
def test_every_duration_mode_gives_lengths(mode: str, family: Family) -> None:
    given = degrade(played_track(200, family=family), np.random.default_rng(1), FLAT, {mode: 1.0})
    assert np.isfinite(given.duration).all() and (given.duration > 0).all()


@pytest.mark.parametrize("mode", ["flat", "flat_section", "bar_accent", "jitter"])
def test_modes_that_hide_the_player_do_not_look_at_what_was_played(mode: str) -> None:
    """Two players of the same mean level leave the same input behind."""
    track = played_track(200)
    reversed_player = with_velocity(track, track.velocity[::-1])
    one, other = (degrade(t, np.random.default_rng(3), {mode: 1.0}, NOTATED) for t in (track, reversed_player))
    np.testing.assert_array_equal(one.velocity, other.velocity)
    np.testing.assert_array_equal(one.duration, other.duration)


def test_flat_is_flat_and_unknown() -> None:
    levels = set()
    for seed in range(40):
        given = degrade(played_track(64), np.random.default_rng(seed), FLAT, NOTATED)
        assert len(set(given.velocity)) == 1 and (given.state == State.UNKNOWN).all()
        levels.add(int(given.velocity[0]))
    assert set(DAW_DEFAULTS) < levels


def test_identity_keeps_the_playing_at_any_level() -> None:
    track = with_velocity(played_track(200), np.clip(played_track(200).velocity, 40, 90))
    given = degrade(track, np.random.default_rng(0), {"identity": 1.0}, {"identity": 1.0})
    assert np.corrcoef(given.velocity, track.velocity)[0, 1] > 0.999
    np.testing.assert_array_equal(given.duration, track.played_duration)
    assert (given.state == State.HINT).all()


def test_inpainting_gives_some_notes_and_hides_the_rest() -> None:
    track = played_track(200)
    given = degrade(track, np.random.default_rng(0), {"inpaint": 1.0}, NOTATED)
    locked = given.state == State.LOCKED
    assert 10 < locked.sum() < 110
    assert len(np.unique(given.velocity[~locked])) == 1
    assert np.corrcoef(given.velocity[locked], track.velocity[locked])[0, 1] > 0.98


def test_drums_are_never_told_a_played_length() -> None:
    given = degrade(played_track(64, family=Family.DRUMS), np.random.default_rng(0), FLAT, NOTATED)
    assert len(np.unique(given.duration)) == 1
