"""Distributions of a whole split: how far the velocities of all files together are from the players'."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from duv_studio.engine.midi.song import FloatArray
from duv_studio.training.data.paired_piece import Played
from duv_studio.training.evaluation.metrics import jensen_shannon

FARTHEST = 127
BINS = 32


@dataclass(frozen=True)
class Histograms:
    """For each of f files the shares of rounded deviations from the track's mean: human and output, (f, 255) each."""

    files: tuple[str, ...]
    human: FloatArray
    output: FloatArray
    distance: Callable[[FloatArray, FloatArray], float]

    def value(self, counts: FloatArray | None = None) -> float:
        """The distance between the players and the output, every file counting the same, or `counts` (f,) times."""
        each = np.ones(len(self.files)) if counts is None else counts
        return self.distance(each @ self.human / each.sum(), each @ self.output / each.sum())


def deviation_shares(performance: Sequence[Played]) -> FloatArray:
    """Shares (255,) of a file's velocities by their rounded deviation from the mean of their track."""
    away = [np.round(played.velocity - np.nanmean(played.velocity)) for played in performance]
    every = np.concatenate(away)
    every = every[np.isfinite(every)].astype(np.int64).clip(-FARTHEST, FARTHEST)
    counts = np.bincount(every + FARTHEST, minlength=2 * FARTHEST + 1)
    return np.asarray(counts / max(counts.sum(), 1), dtype=np.float64)


def histograms(shares: Mapping[str, tuple[FloatArray, FloatArray]]) -> dict[str, Histograms]:
    """The distances over all files between their players and somebody's output, from the shares of both.

    Nothing where there are no files: somebody may have played none of those that judge.
    """
    if not shares:
        return {}
    files = tuple(shares)
    human, output = (np.array([pair[side] for pair in shares.values()]).reshape(len(files), -1) for side in (0, 1))
    distances = {"pooled_w1": transport, "pooled_jsd": divergence, "pooled_overlap": overlap}
    return {name: Histograms(files, human, output, distance) for name, distance in distances.items()}


def transport(human: FloatArray, output: FloatArray) -> float:
    """Wasserstein distance of two histograms over neighbouring units, in MIDI units."""
    return float(np.abs(np.cumsum(human - output)).sum())


def divergence(human: FloatArray, output: FloatArray) -> float:
    """Jensen-Shannon divergence (base 2: 0 to 1) on BINS bins."""
    return jensen_shannon(_binned(human) + 1e-9, _binned(output) + 1e-9)


def overlap(human: FloatArray, output: FloatArray) -> float:
    """Common area of two histograms on BINS bins: 1 where they are the same."""
    return float(np.minimum(_binned(human), _binned(output)).sum())


def _binned(shares: FloatArray) -> FloatArray:
    width = -(-len(shares) // BINS)
    return np.asarray(np.add.reduceat(shares, np.arange(0, len(shares), width)))
