"""What a humanization changed, counted per track for the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from duv_studio.engine.midi.song import (
        Performance,
        Song,
        Track,
        TrackPerformance,
    )
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


def summarize(song: Song, after: Performance, selection: tuple[TrackSelection, ...]) -> tuple[TrackChange, ...]:
    """One entry per track of `song`, in its order."""
    return tuple(map(_change, song.tracks, after, selection))


def _change(track: Track, played: TrackPerformance, chosen: TrackSelection) -> TrackChange:
    notes = track.notes
    velocity = np.abs(played.velocity - notes.velocity)
    long = notes.duration > 0
    ratio = np.abs(played.duration[long] / notes.duration[long] - 1)
    changed = (velocity > 0) | (played.duration != notes.duration)
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
    )


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if values.size else 0.0
