"""How far the eighth notes of a track are swung."""

from __future__ import annotations

import numpy as np

from duv_studio.engine.midi.song import FloatArray, IntArray
from duv_studio.engine.music.chords import chord_ids

STRAIGHT, TRIPLET = 1 / 2, 2 / 3  # where in the beat the second eighth falls
EARLIEST, LATEST = 0.42, 0.72  # what lies outside is no second eighth
EARLY = 0.12  # beats that a note may come before or after the beat it is meant for
FEWEST_PAIRS = 8


def swing_ratio(onset: FloatArray, bar: IntArray, beat: FloatArray, denominator: IntArray) -> float:
    """0 where the eighths of a track are straight, 1 where the second falls on the triplet, and between.

    It is the median place of the second eighth in those beats that hold two onsets and no more, one of them on the
    beat; 0 where there are fewer than FEWEST_PAIRS of them. Every array is (n,), `onset` ascending, in quarters.
    """
    first = np.flatnonzero(np.diff(chord_ids(onset), prepend=-1) > 0)
    first = first[denominator[first] <= 4]  # eighths that are beats, as in 6/8, are not swung
    if len(first) < 2 * FEWEST_PAIRS:
        return 0.0
    at = beat[first] + EARLY
    place = at % 1.0 - EARLY
    # A bar line that is met early lies at the end of the bar before, where it is a beat of its own.
    beats = np.unique(np.stack([bar[first], np.floor(at).astype(np.int64)]), axis=1, return_inverse=True)[1].reshape(-1)
    starts = np.flatnonzero(np.diff(beats, prepend=-1) != 0)
    size = np.diff(np.append(starts, len(beats)))
    pairs = starts[size == 2]
    second = place[pairs + 1]
    eighths = (np.abs(place[pairs]) <= EARLY) & (second >= EARLIEST) & (second <= LATEST)
    if np.count_nonzero(eighths) < FEWEST_PAIRS:
        return 0.0
    return float(np.clip((np.median(second[eighths]) - STRAIGHT) / (TRIPLET - STRAIGHT), 0, 1))
