"""The deadpan file of a played track: its score and meter, nothing of the playing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.midi.song import Family
from duv_studio.training.data.deadpan import PPQ, deadpan_piece, deadpan_song, deadpan_track
from duv_studio.training.data.played_track import PlayedTrack
from tests.rule_player import make_played


def in_bars(played: PlayedTrack, lengths: list[int], denominator: int = 4, first_line: float = 0.0) -> PlayedTrack:
    """The track barred again: bars of so many denominators each, the first beginning at `first_line` quarters."""
    quarters = np.array(lengths) * 4 / denominator
    lines = first_line + np.concatenate([[0], np.cumsum(quarters)[:-1]])
    bar = np.searchsorted(lines, played.onset + 1e-9, side="right") - 1
    return replace(
        played,
        bar=bar,
        beat=played.onset - lines[bar],
        bar_length=quarters[bar],
        numerator=np.array(lengths)[bar],
        denominator=np.full(len(played), denominator),
    )


@pytest.mark.parametrize("family", list(Family))
def test_the_file_is_taken_for_its_family(family):
    song = deadpan_song(make_played(family=family))
    assert [t.family for t in song.tracks if len(t.notes)] == [family]


def test_nothing_of_the_playing_is_in_the_file():
    played = make_played()
    track = deadpan_song(played).tracks[-1]
    assert set(track.notes.velocity.tolist()) == {round(float(np.median(played.velocity)))}
    assert np.array_equal(track.notes.onset, played.onset * PPQ)
    assert np.all(track.notes.duration <= 0.5 * PPQ)
    assert np.all(track.notes.duration >= 0.5 * PPQ - 1)


def test_the_human_stands_beside_the_right_notes():
    played = make_played()
    track = deadpan_track(played)
    assert np.array_equal(track.human.velocity, played.velocity)
    expected = np.log(played.played_duration / track.duration)
    assert track.human.log_ratio == pytest.approx(expected)
    assert track.sounding == pytest.approx(expected + np.log(1.5))


def test_lengths_of_drums_are_unknown():
    track = deadpan_track(make_played(family=Family.DRUMS))
    assert track.drums
    assert np.isnan(track.human.log_ratio).all()


@given(
    st.lists(st.integers(2, 7), min_size=60, max_size=60),
    st.sampled_from([4, 8]),
    st.sampled_from([0.0, -0.5, -1.5]),  # a track that begins in mid-bar
)
def test_every_note_keeps_its_place_in_any_meter(lengths, denominator, first_line):
    played = in_bars(make_played(60), lengths, denominator, first_line)
    track = deadpan_track(played)
    assert track.beat == pytest.approx(played.beat)
    assert track.bar_length == pytest.approx(played.bar_length)


def test_tempo_changes_are_kept():
    played = make_played(8)
    played = replace(played, bpm=np.array([60.0, 60, 90, 90, 90, 120, 60, 60]))
    track = deadpan_track(played)
    assert np.diff(track.start) == pytest.approx(0.5 * 60 / played.bpm[:-1])
    assert track.song.tempo.bpm_at(track.song.tracks[-1].notes.onset) == pytest.approx(played.bpm)


def test_doubles_and_overlaps_do_not_reach_the_file():
    played = make_played(6)
    played = replace(played, pitch=np.full(6, 60), onset=np.array([0, 0, 1, 1.5, 2, 3.0]), duration=np.full(6, 2.0))
    played = replace(played, beat=played.onset)
    track = deadpan_track(played)
    assert track.onset.tolist() == [0, 1, 1.5, 2, 3]
    assert np.all(track.onset[:-1] + track.duration[:-1] < track.onset[1:])
    assert np.array_equal(track.human.velocity, played.velocity[[0, 2, 3, 4, 5]])


def test_a_piece_has_all_tracks_of_a_song():
    piece = deadpan_piece("duet", [make_played(40, seed=1), make_played(50, seed=2)])
    assert [len(t) for t in piece.tracks] == [40, 50]
    assert piece.note_count == 90


def test_a_performance_that_keeps_its_timing_keeps_its_lengths_too():
    kept = deadpan_track(replace(make_played(60), free=True))
    assert np.isnan(kept.human.log_ratio).all() and np.isnan(kept.sounding).all()
    assert np.isfinite(deadpan_track(make_played(60)).human.log_ratio).all()
