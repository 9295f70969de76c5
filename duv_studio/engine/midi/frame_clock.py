"""Ticks that are parts of a second, as files in SMPTE time count them, in quarter notes and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

USEC_WITHOUT_TEMPO = 500_000  # 120 quarter notes a minute
_DROP_FRAME = 29  # stands for 30000/1001 frames a second
_FINEST, _LONGEST_FRACTION = 8, 16  # ticks of ours in one of the file, so that no time is rounded much
_FINE = 480  # else ticks in a quarter note are a multiple of this


@dataclass(frozen=True)
class FrameRate:
    """How a file counts: so many frames a second, of so many ticks each."""

    frames: int  # 24, 25, 29 (which is 29.97) or 30
    ticks: int  # 1..255

    def __str__(self) -> str:
        frames = "29.97" if self.frames == _DROP_FRAME else str(self.frames)
        return f"{frames} frames a second of {self.ticks}"

    @property
    def per_second(self) -> Fraction:
        """Ticks in a second."""
        frames = Fraction(30_000, 1001) if self.frames == _DROP_FRAME else Fraction(self.frames)
        return frames * self.ticks


def frame_rate(division: int) -> FrameRate | None:
    """What the division of a header means; None where it counts ticks in a quarter note."""
    return FrameRate(256 - (division >> 8), division & 0xFF) if division & 0x8000 else None


class FrameClock:
    """How many quarter notes have passed: as a file's tempo counts them, while its ticks are parts of a second."""

    def __init__(self, rate: FrameRate, changes: Iterable[tuple[int, int]]) -> None:
        """`changes` are (tick of the file, microseconds in a quarter note) in any order; the last at a tick counts."""
        at = {0: USEC_WITHOUT_TEMPO} | dict(sorted(changes, key=lambda change: change[0]))
        self.rate = rate
        self._file = np.array(list(at), np.float64)
        usec = np.array(list(at.values()), np.float64)
        self.ppq = _ticks_in_a_quarter(rate, at)
        self._per_tick = self.ppq * 1e6 / (float(rate.per_second) * usec)
        self._ours = np.append(0.0, np.cumsum(np.diff(self._file) * self._per_tick[:-1]))

    def ticks(self, in_file: ArrayLike) -> IntArray:
        """Ticks of which `ppq` make a quarter note, (n,), for ticks of the file (n,): no two come together."""
        in_file = np.asarray(in_file, np.float64)
        i = np.searchsorted(self._file, in_file, side="right") - 1
        return np.asarray(np.rint(self._ours[i] + (in_file - self._file[i]) * self._per_tick[i]), np.int64)

    def in_file(self, ticks: ArrayLike) -> IntArray:
        """The nearest ticks of the file, (n,), for ticks of ours (n,)."""
        ticks = np.asarray(ticks, np.float64)
        i = np.searchsorted(self._ours, ticks, side="right") - 1
        return np.asarray(np.rint(self._file[i] + (ticks - self._ours[i]) / self._per_tick[i]), np.int64)


def _ticks_in_a_quarter(rate: FrameRate, changes: dict[int, int]) -> int:
    """So many that at one tempo a tick of the file is a whole number of ours, or nearly so."""
    quarter = rate.per_second * max(changes.values()) / 10**6  # ticks of the file in the longest one
    if len(set(changes.values())) == 1 and quarter.denominator <= _LONGEST_FRACTION:
        return int(quarter * _FINEST * quarter.denominator)
    return _FINE * -int(-quarter * _FINEST // _FINE)
