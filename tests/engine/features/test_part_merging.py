"""Merging: every part's notes are found again in the whole, at a level that says nothing of the parts' balance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.features.note_features import NoteTable, State, features, note_table
from duv_studio.engine.features.part_merging import merge_tables, merge_tracks
from duv_studio.engine.midi.song import Song
from duv_studio.engine.music.felt_beat import in_felt_beats
from tests.songs import PPQ, Row, law, make_song, make_track, rows


def tables(song: Song) -> list[NoteTable]:
    return [note_table(song, track, np.ones(len(track.notes), bool)) for track in song.tracks]


@law
@given(st.lists(rows(), min_size=1, max_size=3))
def test_parts_are_found_again_where_the_places_say(own: list[list[Row]]) -> None:
    tracks = [make_track(r, index=i) for i, r in enumerate(own)]
    song = make_song(*tracks)
    parts = tables(song)
    merged, places = merge_tables(parts)
    assert sorted(np.concatenate(places)) == list(range(len(merged)))
    assert (np.diff(merged.onset) >= 0).all()
    for part, place in zip(parts, places, strict=True):
        for name in ("onset", "pitch", "duration", "state", "beat", "bar", "bpm", "numerator"):
            assert np.array_equal(getattr(merged, name)[place], getattr(part, name))
        assert np.ptp(merged.velocity[place] - part.velocity) < 1e-9
        assert merged.velocity[place].mean() == pytest.approx(merged.velocity.mean())
    whole, same_places = merge_tracks(tracks)
    ticks = merged.onset * in_felt_beats(song).ppq
    assert whole.index == 0 and whole.notes.onset.tolist() == ticks.round().tolist()
    for track, place, table_place in zip(tracks, same_places, places, strict=True):
        assert np.array_equal(whole.notes.velocity[place], track.notes.velocity)
        assert np.array_equal(place, table_place)


def test_one_part_is_itself() -> None:
    (part,) = tables(make_song(make_track([(0, PPQ, 60, 80), (PPQ, PPQ, 60, 90)])))
    merged, (place,) = merge_tables([part])
    assert merged is part and place.tolist() == [0, 1]


def test_the_balance_of_the_hands_is_no_accent() -> None:
    """A loud and a soft flat hand read like two hands of one velocity."""
    right = make_track([(i * PPQ, PPQ, 72, 100) for i in range(8)])
    left = make_track([(i * PPQ, PPQ, 48, 60) for i in range(8)], index=1)
    read = features(merge_tables(tables(make_song(right, left)))[0])
    level = replace(left, notes=replace(left.notes, velocity=np.full(8, 100)))
    loud = features(merge_tables(tables(make_song(right, level)))[0])
    assert read.level == 80
    same = [i for i in range(read.floats.shape[1]) if not np.array_equal(read.floats[:, i], loud.floats[:, i])]
    assert len(same) == 1, "only the level differs"
    assert np.array_equal(read.indices, loud.indices)


def test_each_part_keeps_its_own_state() -> None:
    right = make_track([(i * PPQ, PPQ, 72, 60 + 9 * (i % 4)) for i in range(8)])
    left = make_track([(i * PPQ, PPQ, 48, 60) for i in range(8)], index=1)
    merged, (first, second) = merge_tables(tables(make_song(right, left)))
    assert (merged.state[first] == State.HINT).all() and (merged.state[second] == State.UNKNOWN).all()
