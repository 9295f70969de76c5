"""Which way a guitarist's hand goes through a chord, from the order in which its strings sound."""

from __future__ import annotations

import numpy as np

from duv_studio.engine.midi.song import FloatArray, IntArray
from duv_studio.engine.music.chords import chord_ids

NEXT_STRING = 0.045  # seconds; strings further apart are not of one stroke
LONGEST_STROKE, SHORTEST_STROKE = 0.2, 0.005  # seconds from the first string to the last
FEWEST_STRINGS = 3
CLEAR = 0.5  # correlation of pitch and onset from which on a stroke has a direction


def strum_direction(seconds: FloatArray, pitch: IntArray) -> FloatArray:
    """1 down stroke (low to high), -1 up stroke, 0 block chord, single note or no clear order; (n,).

    `seconds` (n,) are ascending onsets as they were played.
    """
    stroke = chord_ids(seconds, NEXT_STRING)
    strings = np.bincount(stroke)
    late, high = _from_mean(seconds, stroke, strings), _from_mean(pitch, stroke, strings)
    first = np.searchsorted(stroke, np.arange(len(strings)))
    spread = seconds[first + strings - 1] - seconds[first]
    both = np.bincount(stroke, late * high)
    size = np.sqrt(np.bincount(stroke, late**2) * np.bincount(stroke, high**2))
    order = np.divide(both, size, out=np.zeros(len(strings)), where=size > 0)
    told = (strings >= FEWEST_STRINGS) & (spread >= SHORTEST_STROKE) & (spread <= LONGEST_STROKE)
    return np.asarray(np.where(told & (np.abs(order) >= CLEAR), np.sign(order), 0.0)[stroke])


def _from_mean(values: FloatArray | IntArray, group: IntArray, size: IntArray) -> FloatArray:
    return np.asarray(values - (np.bincount(group, values) / size)[group])
