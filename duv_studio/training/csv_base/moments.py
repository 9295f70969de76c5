"""Mean and standard deviation of columns that come in pieces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import FloatArray


class Moments:
    """Of any number of rows with `columns` values each; what is NaN is passed over."""

    def __init__(self, columns: int) -> None:
        self._count, self._mean, self._square = (np.zeros(columns) for _ in range(3))

    def add(self, rows: NDArray[np.floating]) -> None:
        """Take in rows (n, columns). Pairwise (Chan et al., 1979): sums of squares would lose digits."""
        known = np.isfinite(rows)
        count = known.sum(axis=0)
        values = np.where(known, rows, 0.0).astype(np.float64)
        mean = values.sum(axis=0) / np.maximum(count, 1)
        square = np.where(known, (values - mean) ** 2, 0.0).sum(axis=0)
        total = np.maximum(self._count + count, 1)
        apart = mean - self._mean
        self._square = self._square + square + apart**2 * self._count * count / total
        self._mean = self._mean + apart * count / total
        self._count = self._count + count

    @property
    def mean(self) -> FloatArray:
        """(columns,); 0 where nothing was seen."""
        return self._mean

    @property
    def std(self) -> FloatArray:
        """(columns,); of everything seen, as one population."""
        return np.asarray(np.sqrt(self._square / np.maximum(self._count, 1)))
