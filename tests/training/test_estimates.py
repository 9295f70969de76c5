"""Intervals hold what they should, and everybody's are drawn from the same files."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from duv_studio.training import estimates as e


def test_the_interval_holds_the_mean_and_is_the_same_every_time():
    values = np.random.default_rng(2).normal(0.5, 0.1, 40).tolist()
    estimate = e.mean_estimate(values, 0)
    assert estimate.low < estimate.value < estimate.high
    assert estimate.value == pytest.approx(np.mean(values))
    assert estimate == e.mean_estimate(values, 0) != e.mean_estimate(values, 1)
    half = stats.norm.ppf(0.975) * np.std(values) / math.sqrt(40)
    assert estimate.high - estimate.low == pytest.approx(2 * half, rel=0.15)


def test_one_file_has_no_interval_and_none_no_figure():
    assert e.mean_estimate([0.4], 0).value == 0.4
    assert math.isnan(e.mean_estimate([0.4], 0).low)
    assert not e.mean_estimate([], 0).known
    assert not e.pooled_estimate(lambda counts: 1.0, 0, 0).known


def test_a_measure_of_all_files_is_resampled_like_a_mean():
    values = np.random.default_rng(3).normal(0, 1, 12)
    pooled = e.pooled_estimate(lambda counts: float(counts @ values / counts.sum()), 12, 5)
    mean = e.mean_estimate(values.tolist(), 5)
    assert (pooled.value, pooled.low, pooled.high) == pytest.approx((mean.value, mean.low, mean.high))
