"""The baselines play by their definitions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from duv_studio.engine.midi.song import Family
from duv_studio.training.data.deadpan import deadpan_track
from duv_studio.training.data.paired_piece import PieceTrack, Played
from duv_studio.training.evaluation import baselines as b
from duv_studio.training.evaluation import metrics
from tests.rule_player import make_played, rule_velocity


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def chord_track() -> PieceTrack:
    """Ninety-six triads."""
    played = make_played(288)
    onset = np.repeat(np.arange(96) / 2, 3)
    return deadpan_track(replace(played, onset=onset, beat=onset % 4, pitch=np.tile([60, 64, 67], 96)))


def test_flat_changes_nothing():
    track = deadpan_track(make_played())
    played = b.flat(track, rng())
    assert np.array_equal(played.velocity, track.velocity)
    assert played.log_ratio == pytest.approx(0)


def test_jitter_is_noise_of_the_right_size():
    track = deadpan_track(make_played(4000))
    played = b.jitter(track, rng())
    assert np.std(played.velocity) == pytest.approx(10, rel=0.05)
    shortened = played.log_ratio < 0  # a longer note may be cut at the next of its pitch
    assert np.std(played.log_ratio[shortened]) == pytest.approx(0.05 * np.sqrt(1 - 2 / np.pi), rel=0.1)
    assert abs(metrics.correlation(played.velocity, track.human.velocity)) < 0.05


def test_accents_follow_the_bar():
    track = deadpan_track(make_played(2000))
    velocity = b.accent(track, rng()).velocity
    by_place = [velocity[np.isclose(track.beat, place)].mean() for place in (0, 2, 1, 0.5)]
    assert by_place == sorted(by_place, reverse=True)
    assert by_place[0] - by_place[1] == pytest.approx(4, abs=1)


def test_accents_bring_out_the_top_note_and_hold_it():
    track = chord_track()
    played = b.accent(track, rng())
    top = track.pitch == 67
    assert np.mean(played.velocity[top]) - np.mean(played.velocity[~top]) == pytest.approx(10, abs=1)
    assert np.mean(played.log_ratio[top]) > np.mean(played.log_ratio[~top]) + 0.03


def test_top_notes_are_the_highest_of_their_chord():
    track = chord_track()
    assert np.array_equal(b.top_notes(track), track.pitch == 67)


def test_drums_have_no_top_notes_in_their_accents_and_no_lengths():
    track = deadpan_track(make_played(2000, family=Family.DRUMS))
    played = b.accent(track, rng())
    high = track.pitch > 43
    assert np.mean(played.velocity[high]) == pytest.approx(np.mean(played.velocity[~high]), abs=1)
    assert np.isnan(played.log_ratio).all()


def test_velocities_are_whole_and_in_range():
    track = deadpan_track(replace(make_played(500), velocity=np.full(500, 125.0)))
    for play in (b.jitter, b.accent):
        velocity = play(track, rng()).velocity
        assert np.array_equal(velocity, np.round(velocity))
        assert velocity.max() == 127
        assert velocity.min() >= 1


def test_a_note_ends_before_the_next_of_its_pitch():
    pitch = np.array([60, 62, 60, 60])
    start = np.array([0.0, 0.1, 1.0, 1.0005])
    length = b.end_before_next(pitch, start, np.array([3.0, 3.0, 3.0, 3.0]))
    assert length == pytest.approx([1.0 - b.GAP, 3.0, 3.0, 3.0])  # struck (nearly) together is no reason to shorten


def test_lookup_learns_the_place_in_the_bar():
    training = [deadpan_track(make_played(400, seed=s, split="train")) for s in range(4)]
    lookup = b.fit_lookup(training)
    track = deadpan_track(make_played(400, seed=99))
    played = lookup(track, rng())
    third = np.isclose(track.beat, 2)
    assert played.velocity[third].mean() - played.velocity[~third].mean() == pytest.approx(14, abs=2)
    assert metrics.correlation(played.velocity, track.human.velocity) > 0.3
    assert played.log_ratio == pytest.approx(np.median(track.human.log_ratio), abs=0.35)


def test_lookup_learns_each_drum():
    training = [deadpan_track(make_played(600, seed=s, family=Family.DRUMS)) for s in range(20)]
    lookup = b.fit_lookup(training)
    track = deadpan_track(make_played(600, seed=99, family=Family.DRUMS))
    played = lookup(track, rng())
    assert metrics.correlation(played.velocity, rule_velocity(track.pitch, track.beat)) > 0.9
    assert np.isnan(played.log_ratio).all()


def test_a_cell_with_few_notes_backs_off_to_the_coarser_one():
    lookup = b.fit_lookup([deadpan_track(make_played(b.MIN_SAMPLES * 4))])
    assert lookup.velocity.keys() == {(False, True)}  # 80 notes on 8 places: ten each, too few


def test_a_piano_whose_keys_are_unknown_is_measured_by_its_sound():
    unknown = np.full(400, np.nan)
    track, *training = [deadpan_track(replace(make_played(400, seed=s), played_duration=unknown)) for s in range(4)]
    lookup = b.fit_lookup(training)
    played = lookup(track, rng())
    assert metrics.correlation(played.velocity, track.human.velocity) > 0.3
    measured = metrics.track_metrics(track, Played(played.velocity, track.sounding))
    assert measured["sounding_r"] == pytest.approx(1) and "duration_r" not in measured
    assert np.isfinite(list(measured.values())).all()


def test_an_unknown_cell_changes_nothing():
    track = deadpan_track(make_played())
    played = b.LookupTable({}, {})(track, rng())
    assert np.array_equal(played.velocity, track.velocity)


def test_the_table_learns_how_long_notes_sound_only_where_no_keys_are_known():
    track = deadpan_track(make_played(200))
    unknown = replace(track, human=Played(track.human.velocity, np.full(200, np.nan)))
    sound, keys, both = (b.fit_lookup(tracks) for tracks in ([unknown], [track], [track, unknown]))
    assert set(sound.length) == set(keys.length)
    for cell, length in keys.length.items():
        assert sound.length[cell] == pytest.approx(length + np.log(1.5))  # the pedal holds half as long again
        assert both.length[cell] == length
