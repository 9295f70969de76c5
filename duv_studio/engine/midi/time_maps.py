"""The clocks of a MIDI file: tempo (ticks to seconds) and meter (ticks to bars and beats)."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from duv_studio.engine.midi.events import frozen

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

DEFAULT_USEC = 500_000  # 120 quarter notes a minute, where a file names no tempo
DEFAULT_SIGNATURE = (4, 4)


class TempoMap:
    """How long ticks last. `tick` (t,) are the tempo changes, the first at 0, `usec` (t,) microseconds per quarter."""

    def __init__(self, ppq: int, changes: Iterable[tuple[int, int]] = ()) -> None:
        """`changes` are (tick, microseconds per quarter note) in any order; of several at one tick the last counts."""
        at = {0: DEFAULT_USEC} | dict(sorted(changes, key=lambda change: change[0]))
        self.ppq = ppq
        self.tick: IntArray = frozen(np.array(list(at), np.int64))
        self.usec: IntArray | FloatArray = frozen(np.array(list(at.values()), np.int64))
        spent = np.diff(self.tick) * (self.usec[:-1] / (1e6 * ppq))
        self._seconds = np.concatenate([[0.0], np.cumsum(spent)])

    def with_ppq(self, ppq: int) -> TempoMap:
        """The same ticks at the same seconds, with this many of them in a quarter note."""
        made = copy(self)
        made.ppq, made.usec = ppq, frozen(self.usec.astype(np.float64) * (ppq / self.ppq))
        return made

    def seconds(self, ticks: ArrayLike) -> FloatArray:
        """Seconds from the start of the file, in the shape of `ticks`."""
        ticks = np.asarray(ticks)
        i = self._index(self.tick, ticks)
        return np.asarray(self._seconds[i] + (ticks - self.tick[i]) * (self.usec[i] / (1e6 * self.ppq)))

    def ticks_at(self, seconds: ArrayLike) -> FloatArray:
        """The inverse of `seconds`: ticks, not rounded, in the shape of `seconds`."""
        seconds = np.asarray(seconds, np.float64)
        i = self._index(self._seconds, seconds)
        return np.asarray(self.tick[i] + (seconds - self._seconds[i]) * (1e6 * self.ppq / self.usec[i]))

    def bpm_at(self, ticks: ArrayLike) -> FloatArray:
        """Quarter notes per minute, in the shape of `ticks`."""
        return np.asarray(6e7 / self.usec[self._index(self.tick, np.asarray(ticks))])

    @staticmethod
    def _index(starts: IntArray | FloatArray, values: NDArray[np.number]) -> IntArray:
        return np.maximum(np.searchsorted(starts, values, side="right") - 1, 0)


@dataclass(frozen=True)
class BarPosition:
    """Where n ticks stand in their bars; every array is (n,), or of the shape of the ticks asked for."""

    bar: IntArray  # from 0, counted through all meter changes
    beat: FloatArray  # position in the bar in quarter notes, 0 on the downbeat
    length: FloatArray  # length in quarter notes of a whole bar of this meter
    numerator: IntArray
    denominator: IntArray


class MeterMap:
    """The bars of a file. A time signature in mid-bar cuts that bar short: a new bar begins with it.

    Bars whose length is no whole number of ticks are counted exactly; their lines stand at the first tick inside.
    `tick`, `numerator`, `denominator` and `first_bar` (s,) are the signatures, the first at tick 0.
    """

    def __init__(self, ppq: int, signatures: Iterable[tuple[int, int, int]] = ()) -> None:
        """`signatures` are (tick, numerator, denominator) in any order; of several at one tick the last counts."""
        at = {0: DEFAULT_SIGNATURE} | {t: (n, d) for t, n, d in sorted(signatures, key=lambda change: change[0])}
        self.ppq = ppq
        self.tick: IntArray = frozen(np.array(list(at), np.int64))
        pairs = np.array(list(at.values()), np.int64)
        self.numerator: IntArray = frozen(pairs[:, 0].copy())
        self.denominator: IntArray = frozen(pairs[:, 1].copy())
        # Ticks are counted in parts of 1/denominator, so that every bar and beat length is a whole number.
        self._bar_parts = 4 * ppq * self.numerator
        bars = -(-np.diff(self.tick) * self.denominator[:-1] // self._bar_parts[:-1])
        self.first_bar: IntArray = frozen(np.concatenate([[0], np.cumsum(bars)]))

    def position(self, ticks: ArrayLike) -> BarPosition:
        """Bar and beat of every tick; for ticks before 0 those of tick 0."""
        i, parts = self._locate(ticks)
        numerator, denominator = self.numerator[i], self.denominator[i]
        return BarPosition(
            bar=self.first_bar[i] + parts // self._bar_parts[i],
            beat=parts % self._bar_parts[i] / (denominator * self.ppq),
            length=4.0 * numerator / denominator,
            numerator=numerator,
            denominator=denominator,
        )

    def is_downbeat(self, ticks: ArrayLike) -> NDArray[np.bool_]:
        """Where a tick is the first of its bar, in the shape of `ticks`."""
        i, parts = self._locate(ticks)
        return np.asarray(parts % self._bar_parts[i] < self.denominator[i])

    def bar_ticks(self, until_tick: int, from_tick: int = 0) -> IntArray:
        """Ticks of all bar lines from `from_tick` up to and including `until_tick`, ascending."""
        return self._grid(self._bar_parts, from_tick, until_tick)

    def beat_ticks(self, until_tick: int, from_tick: int = 0) -> IntArray:
        """Ticks of the notated beats, bar lines among them: the denominator's unit, three of it in 6/8, 9/8, 12/8."""
        compound = (self.denominator >= 8) & (self.numerator % 3 == 0) & (self.numerator > 3)
        return self._grid(np.where(compound, 3, 1) * 4 * self.ppq, from_tick, until_tick)

    def _locate(self, ticks: ArrayLike) -> tuple[IntArray, IntArray]:
        """Index of the signature in force, and parts of a tick since it began."""
        ticks = np.maximum(np.asarray(ticks, np.int64), 0)
        i = np.searchsorted(self.tick, ticks, side="right") - 1
        return i, (ticks - self.tick[i]) * self.denominator[i]

    def _grid(self, step: IntArray, from_tick: int, until_tick: int) -> IntArray:
        """Lines every `step` (s,) parts from each signature to the next, rounded up to the first tick inside."""
        held = slice(*np.searchsorted(self.tick, [max(from_tick, 0), until_tick], side="right") - [1, 0])
        stops = np.append(self.tick[1:], until_tick + 1)[held]
        lines = [np.zeros(0, np.int64)]
        for start, stop, parts, size in zip(self.tick[held], stops, step[held], self.denominator[held], strict=True):
            first = max(0, (from_tick - 1 - start) * size // parts + 1)  # the first that rounds up to from_tick
            last = -(-(min(stop, until_tick + 1) - start) * size // parts)
            ticks = start - (-np.arange(first, last) * parts // size)
            lines.append(ticks[ticks < min(stop, until_tick + 1)])
        grid = np.unique(np.concatenate(lines))  # once each, where bars are shorter than a tick
        return grid[grid >= from_tick]
