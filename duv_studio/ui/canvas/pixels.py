"""A QImage whose pixels are a numpy array, and the arithmetic of device pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

IntArray = NDArray[np.int64]


class PixelBuffer:
    """One premultiplied image that is drawn again and again; numpy writes `pixels` (rows, columns) uint32 in place.

    Image and array live and die together: a QImage over freed memory is the classic crash of numpy painting.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.image = QImage(max(columns, 1), max(rows, 1), QImage.Format.Format_ARGB32_Premultiplied)
        self.image.fill(0)
        self.pixels = np.frombuffer(self.image.bits(), dtype=np.uint32).reshape(self.image.height(), self.image.width())

    def fits(self, columns: int, rows: int) -> bool:
        return (max(columns, 1), max(rows, 1)) == (self.image.width(), self.image.height())


def device(length: float, dpr: float) -> int:
    """Device-independent pixels as a whole number of device pixels."""
    return round(length * dpr)


def snapped(positions: NDArray[np.float64], dpr: float) -> IntArray:
    """Device-independent positions as device pixels, to the nearest; huge values are held where integers are safe."""
    return np.rint(np.clip(positions * dpr, -1e9, 1e9)).astype(np.int64)
