"""Points of curves: which of them a screen can show, which lie under the pointer, and colours mixed for them."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from duv_studio.engine.midi.song import FloatArray
from duv_studio.ui.training.run_history import Series

_MOST_READ = 4000  # values that the height is found from
_COLUMNS = 600  # of a curve that can be told apart


def mixed(color: QColor, ground: QColor, share: float) -> QColor:
    """Return a share of one colour in another."""
    both = ((color.red(), ground.red()), (color.green(), ground.green()), (color.blue(), ground.blue()))
    return QColor(*(round(share * c + (1 - share) * g) for c, g in both))


def peaks(series: Series, left: float, right: float, columns: int = _COLUMNS) -> Series:
    """Return a curve's part between two steps, of each of its `columns` only the lowest and the highest value.

    What is drawn looks the same: a screen has no more columns.
    """
    first, last = np.searchsorted(series.steps, (left, right))
    first, last = max(int(first) - 1, 0), min(int(last) + 1, len(series.steps))
    steps, values = series.steps[first:last], series.values[first:last]
    if len(steps) <= 2 * columns:
        return Series(steps, values)
    starts = np.linspace(0, len(steps), columns, endpoint=False).astype(int)
    ends = np.stack([np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)], axis=1)
    return Series(np.repeat(steps[starts], 2), ends.ravel())


def between(series: Series, left: float, right: float) -> FloatArray:
    """Return values between two steps, of very many only some."""
    first, last = np.searchsorted(series.steps, (left, right), side="left")
    values = series.values[first : last + 1]
    return values[:: max(len(values) // _MOST_READ, 1)]


def nearest(steps: FloatArray, x: float) -> int | None:
    """Return the place of the step nearest to `x`; None where there are no steps."""
    if not len(steps):
        return None
    after = int(np.searchsorted(steps, x))
    around = [i for i in (after - 1, after) if 0 <= i < len(steps)]
    return min(around, key=lambda i: abs(float(steps[i]) - x))
