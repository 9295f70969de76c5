"""Differences between two players over the songs that both played, with intervals even where the songs are few."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from duv_studio.training.evaluation.confidence import LEAST_FILES, Estimate, mean_estimate
from duv_studio.training.evaluation.results import Row

LEAST_PAIRS = 3  # songs; of two, hardly any interval would exclude 0


def paired_difference(ours: Row, theirs: Row, measure: str, seed: int) -> Estimate:
    """How much more of a measure `ours` has, with its 95 % interval over songs: by resampling, or by t of 3 or 4."""
    both = [
        (m[measure], theirs.files[f][measure])
        for f, m in ours.files.items()
        if measure in m and _has(theirs, f, measure)
    ]
    return paired_estimate([a - b for a, b in both], seed)


def paired_estimate(differences: Sequence[float], seed: int) -> Estimate:
    """The mean of one difference per song, with its 95 % interval from LEAST_PAIRS songs on."""
    if not LEAST_PAIRS <= len(differences) < LEAST_FILES:
        return mean_estimate(differences, seed)
    mean, n = float(np.mean(differences)), len(differences)
    reach = float(stats.t.ppf(0.975, n - 1) * np.std(differences, ddof=1)) / math.sqrt(n)
    return Estimate(mean, mean - reach, mean + reach)


def _has(row: Row, song: str, measure: str) -> bool:
    return measure in row.files.get(song, {})
