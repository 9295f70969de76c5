"""Which notes are struck together."""

from __future__ import annotations

import numpy as np

from duv_studio.engine.midi.song import FloatArray, IntArray

# Notes whose onsets lie closer than this many quarter notes to their neighbour are one chord: 25 ms at 120 BPM, and
# less than a 64th note, which is 1/16.
CHORD_GAP = 0.05


def chord_ids(onset: FloatArray, gap: float = CHORD_GAP) -> IntArray:
    """Number of the chord that each note belongs to, (n,) from 0, for ascending onsets (n,) in quarter notes."""
    return np.cumsum(np.diff(onset, prepend=onset[:1]) > gap).astype(np.int64)
