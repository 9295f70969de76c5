"""What the model reads of an instrument, part by part, and what each part gets of its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.features.note_features import NoteTable, Style, note_table
from duv_studio.engine.midi.song import (
    Family,
    IntArray,
    Song,
    Track,
)
from duv_studio.engine.model.checkpoint import Rendering
from duv_studio.engine.model.prediction import TrackPrediction
from duv_studio.engine.music.ensemble import Group
from duv_studio.engine.music.note_locks import locked_mask
from duv_studio.engine.music.selection import TrackSelection
from duv_studio.engine.music.settings import Settings

if TYPE_CHECKING:
    from duv_studio.engine.model.inference import Probabilities


@dataclass(frozen=True)
class Part:
    """A track as the model reads it: the notes that are kept, (n,) bool, and what they are."""

    track: Track
    keep: NDArray[np.bool_]
    table: NoteTable


def parts_of(song: Song, group: Group, selection: Sequence[TrackSelection], settings: Settings) -> list[Part]:
    """The tracks of a group that have notes for the model to read."""
    style = Style(settings.dynamics, settings.articulation)
    kept = [(song.tracks[index], ~selection[index].protected) for index in group]
    return [
        Part(track, keep, note_table(song, track, keep, style, locked_mask(track, settings)))
        for track, keep in kept
        if keep.any()
    ]


def prediction_of(
    part: Part,
    found: Probabilities,
    place: IntArray,
    how: Rendering,
    settings: Settings,
    group: Group,
    *,
    pedal: bool,
) -> TrackPrediction:
    """The part's rows (`place`) of what the model found for the instrument, as they are rendered.

    `pedal` says whether a sustain pedal reaches the part.
    """
    from duv_studio.engine.model.transformer import (
        DURATION_BINS,
        DURATION_HIGH,
        DURATION_LOW,
        VELOCITY_BINS,
        velocity_bin_width,
    )

    family, table = part.track.family, part.table
    # Pianists release keys early because the pedal holds the sound; without a pedal, lengths must be the sound's.
    lengths = found.sustained if family is Family.PIANO and not pedal else found.key
    width = velocity_bin_width(family)
    return TrackPrediction(
        notes=np.flatnonzero(part.keep),
        level=float(table.velocity.mean()),
        velocity_edges=((np.arange(VELOCITY_BINS + 1) - VELOCITY_BINS / 2) * width).astype(np.float32),
        velocity_cdf=_cdf(found.velocity[place]),
        velocity_kernel=how.velocity_kernel,
        duration_edges=np.linspace(DURATION_LOW, DURATION_HIGH, DURATION_BINS + 1, dtype=np.float32),
        duration_cdf=_cdf(lengths[place]),
        duration_kernel=how.duration_kernel,
        # The factors make up for not knowing how lively a player is; a player whose style is asked for is known.
        velocity_spread=how.velocity_spread if settings.dynamics is None else 1.0,
        duration_spread=how.duration_spread if settings.articulation is None else 1.0,
        articulation=settings.articulation or 0.0,
        state=table.state,
        family=family,
        group=group,
    )


def _cdf(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    sums = np.cumsum(probabilities, axis=1, dtype=np.float64)
    return (sums / sums[:, -1:]).astype(np.float32)
