"""Reading rows of cumulative histograms: means, variances, quantiles, and narrower copies of the distributions."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from duv_studio.engine.midi.song import FloatArray

Floats = NDArray[np.floating]
_STEPS = 4096  # resolution of probabilities in the table of `narrowed`


def moments(edges: Floats, cdf: Floats) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance, each (m,), of distributions that are even within their bins.

    `edges` are (V + 1,), `cdf` is (m, V) with P(value <= edges[b + 1]) in column b and 1 in the last.
    """
    low, high = edges[:-1].astype(np.float64), edges[1:].astype(np.float64)
    of_bin = np.stack([(low + high) / 2, (low**2 + low * high + high**2) / 3], axis=1)  # E x and E x^2 in a bin
    # Summed by parts, so that the CDF serves as it is: sum p[b] f[b] = f[last] - sum cdf[b] (f[b + 1] - f[b]).
    steps = np.diff(of_bin, axis=0).astype(cdf.dtype)
    first, second = (of_bin[-1] - cdf[:, :-1] @ steps).astype(np.float64).T
    return first, np.maximum(second - first**2, 0)


def quantile(edges: Floats, cdf: Floats, p: FloatArray) -> FloatArray:
    """Return for each of m rows the value that has probability p (m,) below it, even within the bin it falls into."""
    rows = np.arange(len(cdf))
    b = np.minimum(np.count_nonzero(cdf < p[:, None], axis=1), cdf.shape[1] - 1)
    high = cdf[rows, b].astype(np.float64)
    low = np.where(b > 0, cdf[rows, b - 1], 0).astype(np.float64)
    inside = np.clip((p - low) / np.maximum(high - low, 1e-12), 0, 1)
    return np.asarray(edges[b] + inside * (edges[b + 1] - edges[b]), np.float64)


def narrowed(cdf: Floats, tau: float) -> Floats:
    """Return the CDFs of the quantile at Phi(tau z) for a standard normal z: the rows themselves at tau = 1.

    A probability p becomes Phi(Phi^-1(p) / tau), read from a table: exact to 1/8192 / tau.
    """
    return np.asarray(_narrowing(tau).astype(cdf.dtype)[(cdf * _STEPS + 0.5).astype(np.int16)])


@lru_cache(maxsize=64)  # every track of a song is mostly drawn with the same one
def _narrowing(tau: float) -> FloatArray:
    """Phi(Phi^-1(p) / tau) at _STEPS + 1 even steps of p."""
    table = np.asarray(ndtr(ndtri(np.arange(_STEPS + 1) / _STEPS) / max(tau, 1e-9)))
    table.flags.writeable = False
    return table
