"""Where bar numbers and time signatures stand in the ruler: none over another, the weightier ones first."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from duv_studio.ui.canvas.meter_grid import BarLabel

HEIGHT = 14.0
_TOP = 3.0
_AFTER_LINE, _BETWEEN, _BADGE_ROOM = 4.0, 6.0, 8.0  # px: bar line to number, number to badge, badge around its text
_APART = 3.0  # px between the labels of two bars


@dataclass(frozen=True)
class PlacedLabel:
    """Texts and their places, in pixels from the ruler's corner; "" and an empty rectangle where there is no room."""

    number: str
    number_area: QRectF
    signature: str
    signature_area: QRectF


def place_labels(
    labels: Sequence[BarLabel], x: NDArray[np.float64], width: Callable[[str], float]
) -> list[PlacedLabel]:
    """Place the labels of bars whose lines stand at `x` (n,); `width` measures a text in pixels.

    A meter that holds for long comes before one of a single bar, a signature before a mere number, and a number that
    is seen at wide zoom before one that only a narrow zoom shows: the same labels stay while one scrolls. A bar whose
    signature has no room may still have its number.
    """
    taken: list[tuple[float, float]] = []  # from, to; sorted
    placed: list[tuple[float, PlacedLabel]] = []
    for i in sorted(range(len(labels)), key=lambda i: labels[i].weight, reverse=True):
        found = _at(labels[i], float(np.rint(x[i])), width)
        for label in found:
            start, end = label.number_area.left(), max(label.number_area.right(), label.signature_area.right())
            if _take(taken, start, end + _APART):
                placed.append((start, label))
                break
    return [label for _, label in sorted(placed, key=lambda pair: pair[0])]


def _at(label: BarLabel, x: float, width: Callable[[str], float]) -> list[PlacedLabel]:
    """The label as it should be, then as it may be where there is little room."""
    number = str(label.number)
    area = QRectF(x + _AFTER_LINE, _TOP, width(number), HEIGHT)
    alone = PlacedLabel(number, area, "", QRectF())
    if not label.signature:
        return [alone]
    badge = QRectF(area.right() + _BETWEEN, _TOP, width(label.signature) + _BADGE_ROOM, HEIGHT)
    return [PlacedLabel(number, area, label.signature, badge), alone]


def _take(taken: list[tuple[float, float]], start: float, end: float) -> bool:
    """Whether a stretch was free, and is taken now."""
    place = bisect(taken, (start, end))
    if (place > 0 and taken[place - 1][1] > start) or (place < len(taken) and taken[place][0] < end):
        return False
    taken.insert(place, (start, end))
    return True
