"""Boosted trees learn a player's rules, say how sure they are, and know nothing that a deadpan file does not hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from duv_studio.engine.midi.midi_file import parse
from duv_studio.engine.midi.song import Family, Song
from duv_studio.engine.music.settings import Settings
from duv_studio.training.data.deadpan import deadpan_song, deadpan_track
from duv_studio.training.evaluation import boosting_baseline as b
from duv_studio.training.evaluation.metrics import correlation
from tests.rule_player import RulePredictor, make_played, rule_log_ratio, rule_velocity

pytest.importorskip("sklearn")


def training(family: Family = Family.PIANO, songs: int = 12) -> list:
    return [make_played(200, seed=s, song=str(s), family=family, split="train") for s in range(songs)]


@pytest.fixture(scope="module")
def piano() -> b.BoostingBaseline:
    fitted = b.fit_boosting(training())
    assert fitted is not None
    return fitted


def test_it_learns_how_the_player_plays(piano):
    track = deadpan_track(make_played(200, seed=99))
    velocity, length = piano.expect(track.song)[track.index]
    assert correlation(velocity, rule_velocity(track.pitch, track.beat)) > 0.9
    assert correlation(length, rule_log_ratio(track.pitch)) > 0.9


def test_its_distributions_hold_what_the_player_does(piano):
    track = deadpan_track(make_played(400, seed=98))
    ours = RulePredictor(knows=False).predict(track.song, Settings())
    like, made = ours[track.index], piano.predict(track.song, ours)[track.index]
    assert made.velocity_cdf.shape == like.velocity_cdf.shape
    assert np.all(np.diff(made.velocity_cdf, axis=1) >= 0)
    assert np.all(made.velocity_cdf[:, -1] == 1)
    deviation = track.human.velocity - track.human.velocity.mean()
    column = np.clip(np.searchsorted(made.velocity_edges[1:], deviation), 0, made.velocity_cdf.shape[1] - 1)
    below = made.velocity_cdf[np.arange(len(track)), column]
    assert np.mean((below > 0.1) & (below < 0.9)) == pytest.approx(0.8, abs=0.08)


def test_hands_are_read_together():
    right = make_played(100, seed=1)
    song = two_hands(right, replace(right, pitch=right.pitch - 24))
    read = b.song_features(song)
    size = list(b.FLOAT_FEATURES).index("chord_size")
    assert [len(notes) for notes, _ in read.values()] == [100, 100]
    assert all(np.all(rows[:, size] == 1) for _, rows in read.values())  # log2 of two notes struck together


def two_hands(right, left) -> Song:
    """One file with two nameless piano tracks."""
    files = [deadpan_song(part).source.data for part in (right, left)]
    chunks = [data[data.index(b"MTrk", 20) :] for data in files]  # behind the conductor's
    head = files[0][: files[0].index(b"MTrk", 20)]
    return parse(head[:10] + (3).to_bytes(2, "big") + head[12:] + b"".join(chunks))


def test_its_draws_are_as_uneven_as_players(piano):
    assert 0.5 < piano.velocity.spread < 1.2
    quiet = b.fit_spread(np.zeros(200), np.repeat([10.0, -10.0], 100), np.repeat([0, 1], 100))
    assert quiet == b.SPREADS[0]  # all of what is missed is a song's own level: within a song there is nothing


def test_drums_have_no_lengths():
    fitted = b.fit_boosting(training(Family.DRUMS))
    assert fitted is not None and fitted.length is None
    track = deadpan_track(make_played(200, seed=99, family=Family.DRUMS))
    velocity, length = fitted.expect(track.song)[track.index]
    assert correlation(velocity, rule_velocity(track.pitch, track.beat)) > 0.9
    assert not length.any()


def test_it_learns_how_long_notes_sound_where_no_keys_are_known(piano):
    unknown = [replace(track, played_duration=np.full(len(track), np.nan)) for track in training()]
    fitted = b.fit_boosting(unknown)
    track = deadpan_track(make_played(200, seed=99))
    (_, sound), (_, keys) = (baseline.expect(track.song)[track.index] for baseline in (fitted, piano))
    assert np.mean(sound - keys) == pytest.approx(np.log2(1.5), abs=0.05)  # the pedal holds half as long again


def test_what_it_reads_does_not_depend_on_the_playing():
    played = make_played(120)
    louder = replace(played, velocity=120 - played.velocity, played_duration=played.played_duration * 2)
    tables = [deadpan_track(track) for track in (played, louder)]
    rows = [b.song_features(track.song)[track.index][1] for track in tables]
    level = list(b.FLOAT_FEATURES).index("level")
    different = np.flatnonzero((rows[0] != rows[1]).any(axis=0))
    assert set(different.tolist()) <= {level}


def test_too_little_teaches_nothing():
    assert b.fit_boosting([]) is None
    assert b.fit_boosting(training(songs=2)) is None
    one_song = [replace(track, song="one") for track in training()]
    assert b.fit_boosting(one_song) is None


def test_the_same_lessons_teach_the_same(piano):
    again = b.fit_boosting(training())
    track = deadpan_track(make_played(100, seed=5))
    expected = [m.expect(track.song)[track.index][0] for m in (piano, again)]
    assert np.array_equal(*expected)


def test_without_scikit_learn_there_is_no_baseline(monkeypatch):
    monkeypatch.setattr(b, "find_spec", lambda name: None)
    assert b.fit_boosting(training()) is None
