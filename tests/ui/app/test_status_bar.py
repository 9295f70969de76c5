"""What the status bar counts."""

from __future__ import annotations

import numpy as np

from duv_studio.engine.midi.song import TrackPerformance
from duv_studio.ui.app.status_bar import Change, change, summary
from duv_studio.ui.i18n import count, percent
from tests.songs import make_song, make_track


def test_changes_of_velocity_and_duration_are_counted_once_per_note() -> None:
    song = make_song(make_track([(0, 100, 60, 80), (200, 100, 62, 80), (400, 100, 64, 80), (600, 100, 65, 80)]))
    played = (TrackPerformance(np.array([80, 92, 74, 80]), np.array([100, 100, 90, 70])),)
    assert change(song, song.as_written()) == Change(0, 4, 0.0)
    assert change(song, played) == Change(3, 4, 6.0)
    assert summary(song, played) == "3 of 4 notes changed · velocity by 6.0 on average"


def test_before_there_is_a_performance_the_size_is_told() -> None:
    song = make_song(make_track([(0, 100, 60, 80)]))
    assert summary(None, None) == ""
    assert summary(song, None) == "1 note · 1 track"


def test_counts_and_percentages() -> None:
    assert count(2000, "note", "notes") == "2,000 notes"
    assert count(1, "note", "notes") == "1 note"
    assert percent(0.856) == "86 %"
