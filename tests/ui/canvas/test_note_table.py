"""The flat arrays: same notes as the song's, and the visible ones are those a search through all of them finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.ui.canvas.note_table import NoteTable, VisibleIndex
from tests.ui.canvas.songs import changed, random_song, scene_of, selection_of, song_of

NOTES = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 3000)), max_size=60)


@given(NOTES, st.floats(-100, 5200), st.floats(0, 2000))
def test_visible_notes_are_those_of_a_search_through_all(
    notes: list[tuple[int, int]], left: float, width: float
) -> None:
    notes = sorted(notes)
    onset = np.array([n[0] for n in notes], dtype=np.int64)
    end = onset + np.array([n[1] for n in notes], dtype=np.int64)
    found = VisibleIndex.of(onset, end).between(left, left + width)
    expected = np.flatnonzero((onset <= left + width) & (end >= left))
    assert found.tolist() == expected.tolist()


def test_a_long_note_that_began_long_ago_is_found() -> None:
    onset = np.arange(0, 100_000, 10)
    end = onset + 5
    end[3] = 99_000
    found = VisibleIndex.of(onset, end).between(98_000, 98_020)
    assert found[0] == 3
    assert len(found) == 4


def test_table_holds_every_note_of_the_song_in_order_of_onset() -> None:
    song = random_song(300)
    table = NoteTable.of(song)
    assert len(table) == song.note_count
    assert np.all(np.diff(table.onset) >= 0)
    for track in song.tracks:
        rows = table.track == track.index
        back = np.argsort(table.index[rows])
        for ours, theirs in (
            (table.onset, track.notes.onset),
            (table.pitch, track.notes.pitch),
            (table.before.velocity, track.notes.velocity),
            (table.before.duration, track.notes.duration),
        ):
            assert ours[rows][back].tolist() == theirs.tolist()


def test_performance_reaches_the_right_notes() -> None:
    song = song_of([(0, 100, 60, 10), (480, 100, 61, 20)], [(240, 100, 62, 30)])
    table = NoteTable.of(song)
    played = table.played(changed(song, 5, 2.0))
    assert table.pitch.tolist() == [60, 62, 61]
    assert played.velocity.tolist() == [15, 35, 25]
    assert played.duration.tolist() == [200, 200, 200]


def test_selection_marks_excluded_tracks_and_a_changed_note_is_never_called_untouched() -> None:
    song = song_of([(0, 100, 60, 10)], [(240, 100, 62, 30)])
    scene = scene_of(song).with_selection(selection_of(song, excluded=[1]))
    assert scene.hatched.tolist() == [False, True]
    assert scene.why_untouched(1) == 'excluded by "B"'
    assert scene.why_untouched(0) == ""
    assert scene.with_performance(changed(song, 4)).hatched.tolist() == [False, False]
    assert scene.with_performance(song.as_written()).hatched.tolist() == [False, True]


@pytest.mark.parametrize("visible", [None, [0], [], [0, 2]])
def test_notes_in_view_equal_a_search_through_all(visible: list[int] | None) -> None:
    song = random_song(400)
    scene = scene_of(song).with_visible(visible).with_performance(changed(song, 3, 1.5))
    table, view = scene.table, scene.viewport
    assert table is not None and scene.played is not None
    low, high = view.keys_shown
    expected = [
        i
        for i in range(len(table))
        if table.onset[i] <= view.right
        and table.onset[i] + scene.played.duration[i] >= view.left
        and low <= table.pitch[i] <= high
        and (visible is None or int(table.track[i]) in visible)
    ]
    assert scene.notes_in_view(scene.index).tolist() == expected
    assert len(expected) > 0 or visible == []
