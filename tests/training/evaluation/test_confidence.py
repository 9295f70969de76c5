"""Intervals hold what they should, and everyone's are drawn from the same files."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from duv_studio.training.evaluation import confidence as e


def test_the_interval_holds_the_mean_and_is_the_same_every_time():
    values = np.random.default_rng(2).normal(0.5, 0.1, 40).tolist()
    estimate = e.mean_estimate(values, 0)
    assert estimate.low < estimate.value < estimate.high
    assert estimate.value == pytest.approx(np.mean(values))
    assert estimate == e.mean_estimate(values, 0) != e.mean_estimate(values, 1)
    half = stats.norm.ppf(0.975) * np.std(values) / math.sqrt(40)
    assert estimate.high - estimate.low == pytest.approx(2 * half, rel=0.15)


@pytest.mark.parametrize("files", [5, 8, 20])
def test_few_files_have_intervals_that_hold_the_truth(files):
    rng = np.random.default_rng(4)
    found = [e.mean_estimate(rng.normal(0.3, 0.1, files).tolist(), seed) for seed in range(300)]
    assert np.mean([estimate.low <= 0.3 <= estimate.high for estimate in found]) > 0.91


def test_four_files_have_no_interval():
    estimate = e.mean_estimate([0.1, 0.2, 0.3, 0.4], 0)
    assert estimate.value == pytest.approx(0.25) and math.isnan(estimate.low) and math.isnan(estimate.high)
    assert math.isnan(e.pooled_estimate(lambda counts: 1.0, 4, 0).low)
    assert math.isfinite(e.pooled_estimate(lambda counts: 1.0, 5, 0).low)


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
