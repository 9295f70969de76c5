"""Accents that somebody wrote survive: a note that stands out of its surroundings in the file does so when played."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import FloatArray

AROUND_BEATS = 4.0  # quarter notes on either side that a note's velocity is compared with
# Local standard deviations above the local mean from which on a note is an accent: where somebody set a few levels by
# hand, and among velocities of all values, of which some stand out by chance.
STANDS_OUT_OF_LEVELS, STANDS_OUT = 1.0, 2.0
FEW_LEVELS = 10  # distinct velocities
LEAST_ACCENT = 3.0  # MIDI units; less is heard by nobody
KEPT_SHARE = 0.5  # of the distance to the local mean


def keep_accents(beats: FloatArray, written: FloatArray, drawn: FloatArray, hinted: NDArray[np.bool_]) -> FloatArray:
    """Return the drawn velocities (n,), raised where an accent among the `hinted` notes would get lost.

    `beats` (n,) are ascending onsets in quarter notes. An accent keeps at least half of its distance from the mean of
    its surroundings, whatever else is drawn.
    """
    if not hinted.any():
        return drawn
    low = np.searchsorted(beats, beats - AROUND_BEATS, side="left")
    high = np.searchsorted(beats, beats + AROUND_BEATS, side="right")

    def local_mean(values: FloatArray) -> FloatArray:
        total = np.concatenate([[0.0], np.cumsum(values)])
        return np.asarray((total[high] - total[low]) / (high - low))

    mean = local_mean(written)
    above = written - mean
    spread = np.sqrt(np.maximum(local_mean(written**2) - mean**2, 0))
    by_hand = np.count_nonzero(np.bincount(written[hinted].astype(np.int64))) <= FEW_LEVELS
    least = np.maximum((STANDS_OUT_OF_LEVELS if by_hand else STANDS_OUT) * spread, LEAST_ACCENT)
    accent = hinted & (above > least)
    return np.where(accent, np.maximum(drawn, local_mean(drawn) + KEPT_SHARE * above), drawn)
