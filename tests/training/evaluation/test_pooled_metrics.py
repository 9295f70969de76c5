"""Distances of distributions against scipy's, and what they are of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from duv_studio.training.data.paired_piece import Played
from duv_studio.training.evaluation import metrics as p

velocities = st.lists(st.integers(1, 127), min_size=5, max_size=60)


def shares(values) -> np.ndarray:
    return p.deviation_shares([Played(np.array(values, float), np.zeros(len(values)))])


@given(velocities, velocities)
def test_transport_is_that_of_scipy(x, y):
    x, y = (np.round(np.array(v) - np.mean(v)) for v in (x, y))
    assert p.transport(shares(x + 200), shares(y + 200)) == pytest.approx(
        wasserstein_distance(np.round(x - x.mean()), np.round(y - y.mean())), abs=1e-6
    )


@given(velocities)
def test_a_performance_is_like_itself(values):
    x = shares(values)
    assert x.sum() == pytest.approx(1)
    assert (p.transport(x, x), p.overlap(x, x)) == (0, pytest.approx(1))
    assert p.histogram_divergence(x, x) == pytest.approx(0, abs=1e-9)


def test_the_level_does_not_count_and_unplayed_notes_neither():
    quiet = [40.0, 50.0, 60.0]
    assert np.array_equal(shares(quiet), shares([v + 30 for v in quiet]))
    assert np.array_equal(shares([*quiet, np.nan]), shares(quiet))


def test_files_count_as_often_as_they_are_drawn():
    even, wide = shares([60] * 10), shares([20, 100] * 5)
    found = p.histograms({"a": (even, even), "b": (even, wide)})["pooled_w1"]
    assert found.value() == pytest.approx(20)
    assert found.value(np.array([2.0, 0.0])) == 0
    assert found.value(np.array([0.0, 2.0])) == pytest.approx(40)


def test_disjoint_distributions_share_nothing():
    low, high = np.zeros(255), np.zeros(255)
    low[3], high[200] = 1, 1
    assert p.overlap(low, high) == 0
    assert p.histogram_divergence(low, high) == pytest.approx(1, abs=1e-4)
