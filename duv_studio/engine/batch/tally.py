"""What a humanization changed, counted over all tracks of a song."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from duv_studio.engine.changes import TrackChange
from duv_studio.engine.midi.song import Song


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
        mean_velocity_change=round(_mean([c.mean_velocity_change for c in changes], notes), 3),
        mean_duration_change=round(_mean([c.mean_duration_change for c in changes], long), 4),
    )


def _mean(values: Sequence[float], weights: Sequence[int]) -> float:
    return float(np.average(values, weights=weights)) if sum(weights) else 0.0
