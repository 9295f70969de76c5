"""Estimates with 95 % intervals over files."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from duv_studio.engine.midi.song import FloatArray, IntArray

RESAMPLES = 1000
LEAST_FILES = 5  # between the least and the greatest of four files the truth lies in 7 of 8 cases, not in 95 %
LEAST_PAIRS = 3  # songs; of two, hardly any interval would exclude 0


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval; all nan where nothing was measured, the interval where too few files were."""

    value: float
    low: float = math.nan
    high: float = math.nan

    @property
    def known(self) -> bool:
        return math.isfinite(self.value)


NOT_MEASURED = Estimate(math.nan)


def resample_indices(files: int, seed: int) -> IntArray:
    """Which file stands at each place of each resample, (RESAMPLES, files): the same for everyone who is compared."""
    return np.random.default_rng(seed).integers(0, files, (RESAMPLES, files))


def percentiles(files: int) -> tuple[float, float]:
    """Of resampled means, those that hold 95 %: resampling few files differs too little (Hesterberg, 2015)."""
    outside = 100 * float(stats.norm.cdf(-math.sqrt(files / (files - 1)) * stats.t.ppf(0.975, files - 1)))
    return outside, 100 - outside


def mean_estimate(values: Sequence[float], seed: int) -> Estimate:
    """The mean of one value per file."""
    data = np.asarray(values, dtype=np.float64)
    if not len(data):
        return NOT_MEASURED
    if len(data) < LEAST_FILES:
        return Estimate(float(data.mean()))
    low, high = np.percentile(data[resample_indices(len(data), seed)].mean(axis=1), percentiles(len(data)))
    return Estimate(float(data.mean()), float(low), float(high))


def pooled_estimate(measure: Callable[[FloatArray], float], files: int, seed: int) -> Estimate:
    """What `measure` makes of all files, given how often each counts, (files,); resampled where they are enough."""
    value = measure(np.ones(files)) if files else math.nan
    if files < LEAST_FILES or not math.isfinite(value):
        return Estimate(value)
    counts = (np.bincount(row, minlength=files).astype(np.float64) for row in resample_indices(files, seed))
    resampled = [measure(row) for row in counts]
    low, high = np.nanpercentile(resampled, percentiles(files))
    return Estimate(value, float(low), float(high))
