"""What a humanization changed, counted per track and per file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import IntArray, Performance, Song, Track, TrackPerformance
from duv_studio.engine.music.doubles import Relation, followed
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.told_lengths import ToldLengths, told_lengths
from duv_studio.engine.performance.velocity_range import Room

if TYPE_CHECKING:
    from duv_studio.engine.music.selection import TrackSelection


@dataclass(frozen=True)
class TrackChange:
    """One track of the report; the fields are the keys of its JSON object."""

    index: int
    name: str
    family: str
    included: bool
    reason: str
    notes: int
    notes_protected: int
    notes_changed: int
    mean_velocity_change: float  # mean of |after - before| over all notes, MIDI velocity units
    mean_duration_change: float  # mean of |after / before - 1| over notes that had a length
    doubt: str  # what speaks against its family, "" where nothing does
    velocity_note: str  # why velocity means little here, "" where it tells how loud a note is
    made_room: str  # what gave way so that the velocities stay within 1..127, "" where nothing did
    follows: str  # whose performance it shares as a double or an echo, "" for a track of its own
    lengths_kept: str  # why no length was to change, "" where the settings decide
    lengths: str  # that were played: of the "keys", until they are let go, or of the "sound"; "" where none was
    lengths_reason: str  # why a piano has these, "" for other tracks


class Played(Protocol):
    """Anything with the velocities and durations of n notes, such as Notes or a TrackPerformance."""

    @property
    def velocity(self) -> IntArray:
        """(n,) MIDI velocities."""

    @property
    def duration(self) -> IntArray:
        """(n,) ticks."""


def changed_notes(before: Played, after: Played) -> NDArray[np.bool_]:
    """(n,) which notes have another velocity or another duration."""
    return np.asarray((before.velocity != after.velocity) | (before.duration != after.duration))


def summarize(
    song: Song, after: Performance, selection: tuple[TrackSelection, ...], settings: Settings | None = None
) -> tuple[TrackChange, ...]:
    """One entry per track of `song`, in its order; `settings` tell which lengths were to stay and which were played."""
    following = followed(song, frozenset(track.index for track in song.tracks if selection[track.index].included))
    told = told_lengths(song, Settings() if settings is None else settings)
    return tuple(
        _change(track, played, chosen, following.get(track.index), lengths if chosen.included else ToldLengths())
        for track, played, chosen, lengths in zip(song.tracks, after, selection, told, strict=True)
    )


def _change(
    track: Track, played: TrackPerformance, chosen: TrackSelection, relation: Relation | None, lengths: ToldLengths
) -> TrackChange:
    notes = track.notes
    velocity = np.abs(played.velocity - notes.velocity)
    long = notes.duration > 0
    ratio = np.abs(played.duration[long] / notes.duration[long] - 1)
    changed = changed_notes(notes, played)
    return TrackChange(
        index=track.index,
        name=track.name,
        family=str(track.family),
        included=chosen.included,
        reason=chosen.reason,
        notes=len(notes),
        notes_protected=int(np.sum(chosen.protected)),
        notes_changed=int(changed.sum()),
        mean_velocity_change=round(_mean(velocity), 3),
        mean_duration_change=round(_mean(ratio), 4),
        doubt=track.doubt,
        velocity_note=track.velocity_note,
        made_room=str(Room(played.level_shift, played.spread_factor)),
        follows=str(relation or ""),
        lengths_kept=lengths.kept,
        lengths=lengths.played,
        lengths_reason=lengths.reason,
    )


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if values.size else 0.0


@dataclass(frozen=True)
class Tally:
    """The numbers of a whole file."""

    notes: int
    notes_changed: int
    mean_velocity_change: float  # mean of |after - before| over all notes, MIDI velocity units
    mean_duration_change: float  # mean of |after / before - 1| over notes that had a length


def tally(song: Song, changes: Sequence[TrackChange]) -> Tally:
    """Sum up the tracks of a song: every note counts alike."""
    long = [int(np.sum(track.notes.duration > 0)) for track in song.tracks]
    notes = [change.notes for change in changes]
    return Tally(
        notes=sum(notes),
        notes_changed=sum(change.notes_changed for change in changes),
        mean_velocity_change=round(_weighted_mean([c.mean_velocity_change for c in changes], notes), 3),
        mean_duration_change=round(_weighted_mean([c.mean_duration_change for c in changes], long), 4),
    )


def _weighted_mean(values: Sequence[float], weights: Sequence[int]) -> float:
    return float(np.average(values, weights=weights)) if sum(weights) else 0.0
