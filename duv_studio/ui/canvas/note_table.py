"""All notes of a song in flat arrays sorted by onset, and how they are played: what the canvas draws from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import IntArray, Performance, Song

if TYPE_CHECKING:
    from duv_studio.engine.music.selection import TrackSelection

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class PlayedNotes:
    """Velocity 1..127 and duration in ticks of all n notes of a NoteTable, each (n,)."""

    velocity: IntArray
    duration: IntArray


@dataclass(frozen=True)
class NoteTable:
    """The n notes of all tracks, sorted by onset. Every array is (n,); `order` leads from track order to this one."""

    onset: IntArray  # ticks
    pitch: IntArray  # 0..127
    track: IntArray  # Song.tracks index
    index: IntArray  # index in Track.notes
    before: PlayedNotes
    order: IntArray
    untouched: BoolArray  # excluded or protected by the selection
    locked: BoolArray  # by the user

    @staticmethod
    def of(song: Song) -> NoteTable:
        """The table of a song, with every note selected."""
        notes = [track.notes for track in song.tracks]
        onset = _joined([n.onset for n in notes])
        order = np.argsort(onset, kind="stable")
        return NoteTable(
            onset=onset[order],
            pitch=_joined([n.pitch for n in notes])[order],
            track=_joined([np.full(len(n), i) for i, n in enumerate(notes)])[order],
            index=_joined([np.arange(len(n)) for n in notes])[order],
            before=_playing(song.as_written(), order),
            order=order,
            untouched=np.zeros(len(order), dtype=bool),
            locked=np.zeros(len(order), dtype=bool),
        )

    def __len__(self) -> int:
        return len(self.onset)

    def played(self, performance: Performance) -> PlayedNotes:
        """A performance of the song in the order of this table."""
        return _playing(performance, self.order)

    def selected(self, selection: tuple[TrackSelection, ...]) -> NoteTable:
        """The table with the notes marked that a selection leaves alone."""
        marks = [s.protected | np.bool_(not s.included) for s in selection]
        untouched = np.concatenate(marks)[self.order] if marks else np.zeros(0, dtype=bool)
        return replace(self, untouched=untouched)

    def with_locked(self, song: Song, locked: Mapping[str, frozenset[int]]) -> NoteTable:
        """The table with the notes marked that are locked: Track.key -> indices in Track.notes."""
        marks = np.zeros(len(self), dtype=bool)
        for track in song.tracks:
            if notes := locked.get(track.key):
                of_track = np.flatnonzero(self.track == track.index)
                marks[of_track[np.isin(self.index[of_track], np.fromiter(notes, np.int64, len(notes)))]] = True
        return replace(self, locked=marks)

    def notes_of(self, rows: IntArray) -> dict[int, frozenset[int]]:
        """Rows of this table as Song.tracks index -> indices in Track.notes."""
        tracks = self.track[rows]
        return {int(t): frozenset(self.index[rows[tracks == t]].tolist()) for t in np.unique(tracks)}

    def end(self, playing: PlayedNotes) -> IntArray:
        """Ticks of the note-offs, (n,)."""
        return self.onset + playing.duration

    @cached_property
    def before_index(self) -> VisibleIndex:
        """Finds the notes of the file by time."""
        return VisibleIndex.of(self.onset, self.end(self.before))


@dataclass(frozen=True)
class VisibleIndex:
    """Finds the notes that sound between two ticks without looking at all of them."""

    onset: IntArray
    end: IntArray
    latest_end: IntArray  # running maximum: a long note that began long ago is found from here

    @staticmethod
    def of(onset: IntArray, end: IntArray) -> VisibleIndex:
        return VisibleIndex(onset, end, np.maximum.accumulate(end) if len(end) else end)

    def between(self, left: float, right: float) -> IntArray:
        """Indices, ascending, of the notes with onset <= right and end >= left."""
        first = int(np.searchsorted(self.latest_end, left, side="left"))
        stop = int(np.searchsorted(self.onset, right, side="right"))
        found = np.arange(first, max(first, stop))
        return found[self.end[first:stop] >= left] if len(found) else found


def _joined(parts: list[IntArray]) -> IntArray:
    return np.concatenate(parts).astype(np.int64, copy=False) if parts else np.zeros(0, dtype=np.int64)


def _playing(performance: Performance, order: IntArray) -> PlayedNotes:
    velocity = _joined([part.velocity for part in performance])[order]
    return PlayedNotes(velocity, _joined([part.duration for part in performance])[order])
