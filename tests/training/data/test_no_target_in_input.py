"""What a player did must not reach the input when the degradation says "flat": else a perfect score means nothing."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from duv_studio.engine.features.hints import HINTS
from duv_studio.engine.features.note_features import FLOAT_FEATURES
from duv_studio.engine.midi.song import Family
from duv_studio.training.data.manifest.lines import line_of, track_of
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.windows import Example, make_example
from duv_studio.training.lora.dataset.material import base_recipe
from duv_studio.training.lora.fit.losses import Validation
from tests.rule_player import make_played

FLAT, NOTATED = {"flat": 1.0}, {"notated": 1.0}
INPUT, ANSWER = ("floats", "indices", "onset", "hints", "weight"), ("deviation", "key", "sustained")
FAMILIES = (Family.PIANO, Family.GUITAR, Family.BASS, Family.DRUMS, Family.STRINGS)
SEEDS = range(8)


def played_otherwise(track: PlayedTrack, louder: float = 0.0) -> PlayedTrack:
    """The same score, played by someone else: the velocities in another order, and lengths of any kind."""
    rng = np.random.default_rng(99)
    factor = np.exp(rng.normal(0, 0.5, len(track)))
    return replace(
        track,
        velocity=np.clip(rng.permutation(track.velocity) + louder, 1, 127),
        played_duration=track.played_duration * factor,
        sustained_duration=track.sustained_duration * factor * 1.3,
    )


def score(family: Family) -> PlayedTrack:
    """A track whose song tells hints, too; what the song tells is the same however it is played."""
    rng = np.random.default_rng(5)
    track = make_played(120, seed=3, family=family)
    told = {name: rng.random((120, hint.columns)) for name, hint in HINTS.items() if hint.compute is None}
    return replace(track, velocity=np.clip(track.velocity, 20, 107), hints=told)


def example(track: PlayedTrack, seed: int, velocity: dict[str, float] = FLAT) -> Example:
    return make_example(track, np.random.default_rng(seed), velocity, NOTATED, hints=tuple(HINTS))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seed", SEEDS)
def test_two_players_of_one_score_look_the_same(family: Family, seed: int) -> None:
    """To the last bit: every feature, every index, and every hint there is.

    The level, which the input may be set at, is the mean of the track's velocities: here they have the same.
    """
    one, other = (example(t, seed) for t in (score(family), played_otherwise(score(family))))
    for name in INPUT:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert one.hints.shape[1] == sum(hint.columns for hint in HINTS.values())
    assert not np.array_equal(one.deviation, other.deviation)
    if family is not Family.DRUMS:
        assert not np.array_equal(one.key, other.key) and not np.array_equal(one.sustained, other.sustained)


@pytest.mark.parametrize("family", FAMILIES)
def test_how_loud_a_track_was_played_shows_in_no_note(family: Family) -> None:
    """A louder player may set a higher level, but one that is the same for all notes."""
    for seed in SEEDS:
        one, other = (example(t, seed) for t in (score(family), played_otherwise(score(family), louder=15.0)))
        differs = np.any(one.floats != other.floats, axis=0)
        assert {name for name, d in zip(FLOAT_FEATURES, differs, strict=True) if d} <= {"level"}
        np.testing.assert_array_equal(one.indices, other.indices)
        np.testing.assert_array_equal(one.hints, other.hints)


def test_the_same_comparison_finds_what_does_leak() -> None:
    """Where the degradation lets velocities through, features and hints tell them, and the test above would fail."""
    for family, hint in ((Family.PIANO, None), (Family.DRUMS, "accent_hint"), (Family.BASS, "ghost_note_hint")):
        strong = replace(score(family), velocity=np.resize([30.0, 70.0, 100.0, 60.0, 90.0], 120))
        one, other = (example(t, 0, {"identity": 1.0}) for t in (strong, played_otherwise(strong)))
        assert not np.array_equal(one.floats, other.floats)
        if hint is not None:
            column = sum(h.columns for name, h in HINTS.items() if list(HINTS).index(name) < list(HINTS).index(hint))
            assert not np.array_equal(one.hints[:, column], other.hints[:, column])


def test_held_out_songs_are_read_without_their_players() -> None:
    """What stops a training early and what it is measured by: all windows, from tracks as manifests hold them."""
    loss = base_recipe().loss
    tracks = [make_played(200, seed=k, family=Family.GUITAR, song=f"song {k}") for k in range(3)]
    read = [[track_of(line_of(t), "") for t in some] for some in (tracks, [played_otherwise(t) for t in tracks])]
    one, other = (Validation(some, 64, tuple(HINTS), ("velocity",), loss) for some in read)
    for a, b in zip(one.batches, other.batches, strict=True):
        for name in INPUT:
            np.testing.assert_array_equal(getattr(a.examples, name), getattr(b.examples, name), err_msg=name)
        assert not np.array_equal(a.examples.deviation, b.examples.deviation)


def test_every_column_is_looked_at() -> None:
    assert {f.name for f in fields(Example)} == {*INPUT, *ANSWER}
