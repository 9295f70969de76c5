"""Fits drawn velocities into MIDI's range 1..127 as a whole: the spread shrinks or the level gives way, order survives.

Cutting off what lies beyond would make a row of equal hits of the loudest: a machine again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from duv_studio.engine.features.note_features import STEADY_LEVELS
from duv_studio.engine.midi.song import FloatArray, IntArray

HIGHEST, LOWEST = 122.0, 6.0  # MIDI velocity; but for the few notes that stand out, a draw lies between
STANDING_OUT = 0.01  # share of the notes that may lie beyond, on either side
LEAST_SPREAD = 0.8  # of the drawn spread, before the level gives way
_HALVINGS = 10  # a factor to a thousandth


@dataclass(frozen=True)
class Room:
    """What gave way so that a draw has room: the level by `shift` MIDI units, the spread by the factor `spread`."""

    shift: float = 0.0
    spread: float = 1.0

    @property
    def amounts(self) -> tuple[str, ...]:
        """What gave way by how much, for people: the level first."""
        level = [f"level {self.shift:+.0f}".replace("-", "\N{MINUS SIGN}")] if abs(self.shift) >= 0.5 else []
        spread = [f"spread {self.spread:.0%}"] if self.spread < 0.995 else []
        return (*level, *spread)

    def __str__(self) -> str:
        """A phrase for people, "" where nothing gave way."""
        return f"{' and '.join(self.amounts)} to make room" if self.amounts else ""


UNTOUCHED = Room()


def velocity_range(written: FloatArray) -> tuple[float, float]:
    """Lowest and highest velocity to fit into: what is written beyond in more than one level may stay there."""
    if len(np.unique(written)) < STEADY_LEVELS:
        return LOWEST, HIGHEST
    return min(LOWEST, float(written.min())), max(HIGHEST, float(written.max()))


def fit_into_range(
    values: FloatArray, level: FloatArray, piece: IntArray, low: float = LOWEST, high: float = HIGHEST
) -> tuple[FloatArray, Room]:
    """Return the values (n,), which play around `level` (n,) in pieces (n,), within low..high, and what gave way.

    A share STANDING_OUT of the notes may stay beyond. First the values draw nearer to their level where it leaves them
    no room, of a steady level on that side alone, but to no less than LEAST_SPREAD of their distance; then all are
    shifted alike. What is wider than the range draws nearer still: the level keeps its shape as long as there is room
    for that alone.
    """
    if not len(values) or (values.max() <= high and values.min() >= low):
        return values, UNTOUCHED
    deviation = values - level
    above, below = _spread_that_fits(deviation, high - level, level - low, piece)
    # Of a steady level, one side may shrink alone; another level would be bent by it.
    fits = np.where(deviation > 0, above, below) if np.ptp(level) == 0 else np.minimum(above, below)
    factor = np.clip(fits, LEAST_SPREAD, 1.0)
    nearer = factor * deviation
    common = _common_factor(level, nearer, high - low)
    fitted = level + common * nearer
    bottom, top = _ends(fitted)
    squeeze = min(1.0, (high - low) / max(top - bottom, 1e-9))
    centre = (top + bottom) / 2
    moved = np.clip(centre, low + squeeze * (centre - bottom), high - squeeze * (top - centre))
    fitted = moved + squeeze * (fitted - centre)
    return fitted, Room(float(moved - centre), squeeze * common * float(factor.mean()))


def _ends(values: FloatArray) -> tuple[float, float]:
    bottom, top = np.quantile(values, [STANDING_OUT, 1 - STANDING_OUT])
    return float(bottom), float(top)


def _spread_that_fits(
    deviation: FloatArray, above: FloatArray, below: FloatArray, piece: IntArray
) -> tuple[FloatArray, FloatArray]:
    """The factors (n,) by which the louder, and the softer, notes of a note's piece would fit into its own room."""
    first = np.flatnonzero(np.diff(piece, prepend=piece[0] - 1))
    down, up = np.empty(len(deviation)), np.empty(len(deviation))
    for start, stop in zip(first.tolist(), [*first[1:].tolist(), len(piece)], strict=True):
        down[start:stop], up[start:stop] = _ends(deviation[start:stop])
    return above / np.maximum(up, 1e-9), below / np.maximum(-down, 1e-9)


def _common_factor(level: FloatArray, deviation: FloatArray, room: float) -> float:
    """The largest factor 0..1 on deviations (n,) with which level and deviations together are no wider than `room`."""

    def fits(factor: float) -> bool:
        bottom, top = _ends(level + factor * deviation)
        return top - bottom <= room

    if fits(1.0):
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
