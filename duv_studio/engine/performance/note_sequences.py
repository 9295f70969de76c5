"""Arithmetic over the notes of a track in their order: runs of them, means of stretches, values drawn together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import FloatArray, IntArray


def runs(tied: NDArray[np.bool_], fewest: int) -> list[tuple[int, int]]:
    """Start and stop of the stretches of `fewest` or more items that `tied` (n - 1,), from each to the next, ties."""
    edge = np.flatnonzero(np.diff(np.concatenate([[False], tied, [False]]).astype(np.int8)))
    found = zip(edge[::2].tolist(), edge[1::2].tolist(), strict=True)
    return [(start, stop + 1) for start, stop in found if stop + 1 - start >= fewest]


def means_of(values: FloatArray, low: IntArray, high: IntArray) -> FloatArray:
    """The means (k,) of the stretches low..high (k,) of values (n,), `high` excluded; 0 of an empty one."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray((total[high] - total[low]) / np.maximum(high - low, 1))


def drawn_together(values: FloatArray, group: IntArray, widest: float) -> FloatArray:
    """Values (n,) nearer to the mean of their group, (n,) numbered from 0, so that none is wider than `widest`."""
    size = np.bincount(group)
    mean = (np.bincount(group, values) / size)[group]
    high, low = np.full(len(size), -np.inf), np.full(len(size), np.inf)
    np.maximum.at(high, group, values)
    np.minimum.at(low, group, values)
    scale = widest / np.maximum(high - low, widest)
    return np.asarray(mean + scale[group] * (values - mean))


def strikes_again(pitch: IntArray, first: IntArray, later: int) -> NDArray[np.bool_]:
    """Which chords (c - later,) have the same pitches as the one `later` chords after; `first` (c,) are first notes.

    Chords are told apart by their size and the sums of their pitches, squares and cubes, which hardly agree otherwise.
    """
    sums = np.stack([np.add.reduceat(pitch**power, first) for power in range(4)] if len(first) else [pitch])
    return np.asarray((sums[:, later:] == sums[:, :-later]).all(axis=0))
