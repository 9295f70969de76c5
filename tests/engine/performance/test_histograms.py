"""Quantiles: moments, inversion and narrowing of cumulative histograms against slow but plain calculations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from duv_studio.engine.performance.histograms import moments, narrowed, quantile
from tests.songs import law

EDGES = np.linspace(-64, 64, 65, dtype=np.float32)


@st.composite
def cdfs(draw: st.DrawFn) -> np.ndarray:
    """Rows of rough and of very peaked histograms, with empty bins."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    weights = rng.random((5, 64)) ** draw(st.sampled_from([1, 4, 30])) * (rng.random((5, 64)) < 0.7)
    weights[:, rng.integers(64)] += 1e-3
    cdf = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    cdf[:, -1] = 1
    return cdf.astype(np.float32)


@law
@given(cdfs())
def test_moments_are_those_of_even_bins(cdf: np.ndarray) -> None:
    p = np.diff(cdf.astype(float), prepend=0)
    centre, width = (EDGES[1:] + EDGES[:-1]) / 2, np.diff(EDGES)
    mean = p @ centre
    mean_got, variance_got = moments(EDGES, cdf)
    assert mean_got == pytest.approx(mean, abs=1e-3)
    assert variance_got == pytest.approx(p @ (centre**2 + width**2 / 12) - mean**2, abs=0.05)


@law
@given(cdfs(), st.floats(1e-6, 1 - 1e-6))
def test_quantile_inverts_the_cdf(cdf: np.ndarray, p: float) -> None:
    values = quantile(EDGES, cdf, np.full(5, p))
    back = [np.interp(value, EDGES, np.append(0, row)) for value, row in zip(values, cdf, strict=True)]
    assert back == pytest.approx([p] * 5, abs=1e-4)


def test_quantile_at_the_ends_stays_in_the_edges() -> None:
    cdf = np.tile(np.linspace(1 / 64, 1, 64, dtype=np.float32), (3, 1))
    assert quantile(EDGES, cdf, np.array([0.0, 1.0, 1.5])).tolist() == [-64, 64, 64]


@law
@given(cdfs())
def test_narrowing_by_one_changes_nothing(cdf: np.ndarray) -> None:
    assert np.abs(narrowed(cdf, 1.0) - cdf).max() <= 1 / 4096


@pytest.mark.parametrize("tau", [0.2, 0.5, 0.8])
def test_narrowed_is_the_distribution_of_the_damped_quantile(tau: float) -> None:
    rng = np.random.default_rng(0)
    cdf = ndtr((EDGES[None, 1:] - rng.normal(0, 20, (3, 1))) / 15).astype(np.float32)
    cdf[:, -1] = 1
    mean, variance = moments(EDGES, narrowed(cdf, tau))
    z = rng.normal(size=20_000)
    values = np.stack([quantile(EDGES, np.tile(row, (len(z), 1)), ndtr(tau * z)) for row in cdf])
    assert mean == pytest.approx(values.mean(axis=1), abs=0.4)
    # What happens inside a bin, two units wide, is not followed: that costs up to a quarter of its square.
    assert variance == pytest.approx(values.var(axis=1), rel=0.03, abs=1)
