"""How long every note may last among the others of its song, worked out once per song."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from duv_studio.engine.midi.song import IntArray, PerSong, Song, Track
from duv_studio.engine.performance.boundaries import bounded_ends


@dataclass(frozen=True)
class DurationRange:
    """Shortest and longest durations of one track's n notes in ticks, (n,) each; every range holds the written one."""

    shortest: IntArray
    longest: IntArray

    def holding(self, duration: IntArray) -> IntArray:
        """Durations (n,) within the range."""
        return np.clip(duration, self.shortest, self.longest)


def duration_ranges(song: Song) -> tuple[DurationRange, ...]:
    """Return the range of every track, remembered as long as the song lives."""
    return _remembered(song)


def _range(song: Song, track: Track) -> DurationRange:
    lowest, highest = bounded_ends(song, track)
    return DurationRange(lowest - track.notes.onset, highest - track.notes.onset)


_remembered = PerSong(lambda song: tuple(_range(song, track) for track in song.tracks))
