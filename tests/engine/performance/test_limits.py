"""Limits: how far notes may change, against a slow look at every pair of notes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given

from duv_studio.engine.midi.song import IntArray, Song
from duv_studio.engine.performance.limits import limits_of, overlapping, room_before_next
from tests.songs import PPQ, Row, law, make_notes, make_song, make_track, rows, songs


@law
@given(rows())
def test_overlapping_is_what_a_look_at_all_pairs_says(own: list[Row]) -> None:
    notes = make_notes(own)
    expected = np.zeros(len(notes), bool)
    for i in range(len(notes)):
        for j in range(i + 1, len(notes)):
            if notes.pitch[i] == notes.pitch[j] and notes.end[i] > notes.onset[j]:
                expected[[i, j]] = True
    assert overlapping(notes).tolist() == expected.tolist()


@law
@given(rows())
def test_room_reaches_to_the_next_note_of_the_pitch(own: list[Row]) -> None:
    notes = make_notes(own)
    room = room_before_next(notes)
    for i in range(len(notes)):
        later = [j for j in range(i + 1, len(notes)) if notes.pitch[j] == notes.pitch[i]]
        if not later:
            assert room[i] > 2**50
        else:
            gap = notes.onset[later[0]] - notes.onset[i]
            assert room[i] == (gap - 1 if notes.end[i] < notes.onset[later[0]] else gap)


@law
@given(songs())
def test_every_range_holds_what_the_file_says(song: object) -> None:
    for track, of_track in zip(song.tracks, limits_of(song), strict=True):  # type: ignore[attr-defined]
        notes = track.notes
        assert (of_track.shortest <= notes.duration).all() and (notes.duration <= of_track.longest).all()
        assert (of_track.knee_low <= notes.velocity).all() and (notes.velocity <= of_track.knee_high).all()
        assert (of_track.shortest[notes.duration > 0] >= 1).all()
        assert (np.floor(notes.velocity + of_track.round_up) == notes.velocity).all()
        fixed = (notes.duration == 0) | (notes.off_event < 0) | overlapping(notes)
        assert (of_track.shortest == of_track.longest)[fixed].all()


@pytest.mark.parametrize(
    ("what", "row", "usec", "expected"),
    [
        ("a 64th note", (0, PPQ, 60, 80), 2_000_000, (PPQ // 16, 2 * PPQ)),
        ("30 ms at 240 beats a minute", (0, PPQ, 60, 80), 250_000, (58, 2 * PPQ)),
        ("shorter than that already", (0, 20, 60, 80), 500_000, (20, 40)),
        ("four bars", (0, 12 * PPQ, 60, 80), 500_000, (PPQ // 16, 16 * PPQ)),
        ("longer than that already", (0, 20 * PPQ, 60, 80), 500_000, (PPQ // 16, 20 * PPQ)),
    ],
)
def test_floor_and_ceiling(what: str, row: Row, usec: int, expected: tuple[int, int]) -> None:
    (of_track,) = limits_of(make_song(make_track([row]), usec=usec))
    assert (of_track.shortest[0], of_track.longest[0]) == expected, what


def test_bars_are_those_of_the_meter() -> None:
    (of_track,) = limits_of(make_song(make_track([(0, 9 * PPQ, 60, 80)]), signature=(3, 4)))
    assert of_track.longest[0] == 12 * PPQ


def two_tracks(first: list[Row], second: list[Row], channel: int = 0) -> Song:
    return make_song(make_track(first), make_track(second, index=1, channel=channel))


def overlaps(song: Song, durations: Sequence[IntArray]) -> set[tuple[int, int]]:
    """Pairs of notes of one pitch and channel, counted through all tracks, that share time, by a look at all pairs."""
    notes = [
        (track.channel, pitch, onset, onset + length)
        for track, own in zip(song.tracks, durations, strict=True)
        for pitch, onset, length in zip(track.notes.pitch, track.notes.onset, own, strict=True)
    ]
    pairs = ((i, j) for i in range(len(notes)) for j in range(len(notes)))
    return {(i, j) for i, j in pairs if notes[i][:2] == notes[j][:2] and notes[i][2] < notes[j][2] < notes[i][3]}


@law
@given(rows(), rows())
def test_tracks_that_share_a_channel_keep_clear_of_each_other(first: list[Row], second: list[Row]) -> None:
    song = two_tracks(first, second)
    longest = [of_track.longest for of_track in limits_of(song)]
    assert overlaps(song, longest) <= overlaps(song, [track.notes.duration for track in song.tracks])


def test_tracks_of_other_channels_are_not_in_the_way() -> None:
    left, right = [(0, PPQ // 2, 60, 80)], [(PPQ // 2 + 9, PPQ, 60, 80)]
    assert limits_of(two_tracks(left, right))[0].longest[0] == PPQ // 2 + 8
    assert limits_of(two_tracks(left, right, channel=1))[0].longest[0] == PPQ


def test_doubled_tracks_still_have_room() -> None:
    doubled = [(0, PPQ, 60, 80), (4 * PPQ, PPQ, 60, 80)]
    for of_track in limits_of(two_tracks(doubled, doubled)):
        assert of_track.longest.tolist() == [2 * PPQ, 2 * PPQ]


def test_limits_are_worked_out_once() -> None:
    song = make_song(make_track([(0, PPQ, 60, 80)]))
    assert limits_of(song) is limits_of(song)
