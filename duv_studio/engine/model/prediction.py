"""What the model says of every note: distributions, computed once and cached; drawing from them is cheap."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.settings import Settings


@dataclass(frozen=True)
class Kernel:
    """How the deviations of neighbouring notes hang together: variance shares that sum to 1.

    The components are those of model design 3.9: a slow and a fast wave over the track, a wave per pitch band,
    what a chord shares, what a pitch band of a chord shares, and what is the note's own.
    """

    slow: float
    fast: float
    band: float
    chord: float
    chord_band: float
    own: float


@dataclass(frozen=True)
class TrackPrediction:
    """Distributions of one track's m predicted notes, relative to what the file holds.

    `notes` (m,) are indices into Track.notes; notes that the model did not read (key-switches) are missing.
    Velocity is a difference from `level` in MIDI units, duration a log2 ratio to the duration in the file.
    A CDF row i, column b is P(value <= edges[b + 1]); its last column is 1.
    """

    notes: NDArray[np.int64]  # (m,)
    level: float  # mean velocity of the track in the file
    velocity_edges: NDArray[np.float32]  # (V + 1,) MIDI velocity units, ascending
    velocity_cdf: NDArray[np.float32]  # (m, V)
    velocity_kernel: Kernel
    duration_edges: NDArray[np.float32]  # (D + 1,) log2 ratio, ascending
    duration_cdf: NDArray[np.float32]  # (m, D)
    duration_kernel: Kernel
    # Factors on the standard deviations of the rows, their means left alone: how lively the next player is can't be
    # read from a flat file, so the rows are as wide as all players together, wider than any one of them.
    velocity_spread: float = 1.0
    duration_spread: float = 1.0
    articulation: float = 0.0  # that was asked for, -2 staccato .. 2 legato
    state: NDArray[np.int64] | None = None  # (m,) features.State of each note; None: nothing known of any
    family: Family | None = None  # that it was read as; None: the track's own
    # Indices into Song.tracks of the parts of one instrument that were read together, this one among them; (): alone.
    # Their deviations hang together too.
    group: tuple[int, ...] = ()


# Song.tracks index -> prediction; tracks that were not predicted are missing.
Prediction = Mapping[int, TrackPrediction]


@dataclass(frozen=True, eq=False)
class TrackDraw:
    """One performance of a track at full strength: `velocity` (n,) in MIDI units and `log_ratio` (n,) log2 of duration.

    Notes without a prediction have their own velocity and a log ratio of 0. The velocities play around a slow `level`
    (n,), which is straight in each `piece` (n,), numbered from 0 in the order of the notes; -1 is a note without one.
    None stands for a single piece at the mean.
    """

    velocity: NDArray[np.float64]
    log_ratio: NDArray[np.float64]
    level: NDArray[np.float64] | None = None
    piece: NDArray[np.int64] | None = None
    articulation: float = 0.0  # that was asked for, -2 staccato .. 2 legato


Draw = Mapping[int, TrackDraw]  # Song.tracks index -> draw


def prediction_key(settings: Settings) -> Hashable:
    """What of the settings a prediction depends on: with another key, the model must be asked again."""
    return (
        settings.protect_keyswitches,
        settings.dynamics,
        settings.articulation,
        settings.lengths,
        frozenset(settings.track_family.items()),
        frozenset(settings.keyswitches.items()),
        frozenset((key, notes) for key, notes in settings.locked_notes.items() if notes),
    )
