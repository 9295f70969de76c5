"""Everything that the canvas shows, as one immutable value: the notes, how they are played, and what is in view."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from duv_studio.engine.midi.song import IntArray, Performance, Song
from duv_studio.engine.performance.change_summary import changed_notes
from duv_studio.ui.canvas.note_table import BoolArray, NoteTable, PlayedNotes, VisibleIndex
from duv_studio.ui.canvas.viewport import Viewport

if TYPE_CHECKING:
    from duv_studio.engine.music.selection import TrackSelection


NOTHING = np.zeros(0, dtype=np.int64)
NOTHING.flags.writeable = False


class ViewMode(StrEnum):
    """Which of the two performances is drawn."""

    AFTER = "after"
    BEFORE = "before"
    BOTH = "both"
    DIFFERENCE = "difference"


class LaneMode(StrEnum):
    """What the lane below the notes shows."""

    VELOCITY = "velocity"
    DURATION = "duration"
    BOTH = "both"


@dataclass(frozen=True)
class Scene:
    """What is drawn. `after` is None as long as nothing is humanized; `visible` None shows all tracks."""

    song: Song | None = None
    table: NoteTable | None = None
    after: PlayedNotes | None = None
    selection: tuple[TrackSelection, ...] = ()
    viewport: Viewport = field(default_factory=Viewport)
    view_mode: ViewMode = ViewMode.BOTH
    lane_mode: LaneMode = LaneMode.VELOCITY
    current_track: int | None = None
    visible: frozenset[int] | None = None
    picked: IntArray = field(default_factory=lambda: NOTHING)  # ascending rows of the table that the user has selected

    def with_song(self, song: Song | None) -> Scene:
        """Another song, all of it in view, nothing humanized."""
        nothing: dict[str, Any] = {"table": None, "after": None, "selection": (), "current_track": None}
        start = replace(self, song=song, visible=None, picked=NOTHING, **nothing)
        if song is None:
            return start
        table = NoteTable.of(song)
        low, high = (int(table.pitch.min()), int(table.pitch.max())) if len(table) else (48, 84)
        end = max(song.end_tick, int(table.end(table.before).max(initial=0)))
        first = int(table.onset[0]) if len(table) else 0
        return replace(start, table=table, viewport=self.viewport.showing(end, song.ppq, low, high, first))

    def with_performance(self, after: Performance | None) -> Scene:
        """The same song, played otherwise."""
        played = None if after is None or self.table is None else self.table.played(after)
        return replace(self, after=played)

    def with_selection(self, selection: tuple[TrackSelection, ...]) -> Scene:
        """The same song with other notes left alone."""
        if self.table is None:
            return self
        return replace(self, table=self.table.selected(selection), selection=selection)

    def with_locked(self, locked: Mapping[str, frozenset[int]]) -> Scene:
        """The same song with other notes locked: Track.key -> indices in Track.notes."""
        if self.table is None or self.song is None:
            return self
        return replace(self, table=self.table.with_locked(self.song, locked))

    def with_visible(self, tracks: Collection[int] | None) -> Scene:
        """Only these tracks are drawn; None: all."""
        return replace(self, visible=None if tracks is None else frozenset(tracks))

    @property
    def mode(self) -> ViewMode:
        """The view mode that can be shown: without a performance there is only the file."""
        has_before_only = self.after is None and self.view_mode is not ViewMode.BEFORE
        return ViewMode.AFTER if has_before_only else self.view_mode

    @cached_property
    def played(self) -> PlayedNotes | None:
        """What is drawn solid: the performance, or the file where there is none or `before` is looked at."""
        if self.table is None:
            return None
        return self.table.before if self.after is None or self.mode is ViewMode.BEFORE else self.after

    @cached_property
    def track_shown(self) -> BoolArray:
        """(tracks,): which tracks are drawn."""
        count = 0 if self.song is None else len(self.song.tracks)
        return np.array([self.visible is None or track in self.visible for track in range(count)], dtype=bool)

    @cached_property
    def hatched(self) -> BoolArray:
        """(n,): the notes that were left alone and truly are as they were."""
        if self.table is None:
            return np.zeros(0, dtype=bool)
        if self.after is None:
            return self.table.untouched
        return self.table.untouched & ~changed_notes(self.table.before, self.after)

    @cached_property
    def is_picked(self) -> BoolArray:
        """(n,): the notes that the user has selected."""
        marks = np.zeros(0 if self.table is None else len(self.table), dtype=bool)
        marks[self.picked] = True
        return marks

    @cached_property
    def index(self) -> VisibleIndex | None:
        """Finds the notes as they are drawn solid."""
        if self.table is None or self.played is None:
            return None
        if self.played is self.table.before:
            return self.table.before_index
        return VisibleIndex.of(self.table.onset, self.table.end(self.played))

    def notes_in_view(self, index: VisibleIndex | None) -> IntArray:
        """Indices of the notes that `index` finds in the viewport, on tracks that are drawn and keys that are seen."""
        if index is None or self.table is None:
            return np.zeros(0, dtype=np.int64)
        found = index.between(self.viewport.left, self.viewport.right)
        if not self.track_shown.all():
            found = found[self.track_shown[self.table.track[found]]]
        low, high = self.viewport.keys_shown
        pitch = self.table.pitch[found]
        inside = (pitch >= low) & (pitch <= high)
        return found if inside.all() else found[inside]

    def is_front(self, notes: IntArray) -> BoolArray:
        """(n,): which of these notes stand out: those of the current track, or all."""
        if self.current_track is None or self.table is None:
            return np.ones(len(notes), dtype=bool)
        return self.table.track[notes] == self.current_track

    def place_of(self, note: int) -> tuple[int, int]:
        """Onset in ticks and pitch of a note."""
        assert self.table is not None
        return int(self.table.onset[note]), int(self.table.pitch[note])

    def may_be_picked(self, notes: IntArray) -> BoolArray:
        """(n,): which of these notes can be selected: those that are drawn and stand out."""
        assert self.table is not None
        return self.track_shown[self.table.track[notes]] & self.is_front(notes)

    def why_untouched(self, note: int) -> str:
        """The reason why a note was left alone, "" for one that was not."""
        if self.table is None or not self.table.untouched[note] or not self.selection:
            return ""
        chosen = self.selection[int(self.table.track[note])]
        return chosen.protected_reason if chosen.included else chosen.reason


def same_locks(old: Scene, new: Scene) -> bool:
    """Whether the same notes of a song are locked."""
    if old.table is None or new.table is None:
        return old.table is new.table
    return old.table is new.table or np.array_equal(old.table.locked, new.table.locked)
