"""Values that change in time: steps that controllers make, with ramps short enough to be heard as steps, not clicks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]

RAMP = 256  # frames, 6 ms: a step ends at its own frame, so that a note that begins there has the new value


@dataclass(frozen=True, eq=False)
class Line:
    """A polyline over frames: `frame` (p,) ascending, `value` (p,); the first value before it, the last behind it."""

    frame: IntArray
    value: FloatArray

    def at(self, frame: int) -> float:
        """The value at one frame."""
        return float(np.interp(frame, self.frame, self.value))

    def over(self, start: int, stop: int) -> float | Float32Array:
        """The values of frames from `start` up to `stop`: one number where it is the same for all of them."""
        first, last = np.searchsorted(self.frame, (start, stop - 1), side="right")
        between = self.value[max(first - 1, 0) : last + 1]
        if len(between) == 0 or (between == between[0]).all():
            return float(between[0]) if len(between) else float(self.value[-1])
        return np.interp(np.arange(start, stop), self.frame, self.value).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Steps:
    """A value that holds until the next: `frame` (k,) ascending, `value` (k,), 0 before the first."""

    frame: IntArray
    value: FloatArray

    def between(self, start: int, stop: int) -> tuple[tuple[int, float], ...]:
        """(frames since `start`, value) at `start` and at every change before `stop`; () where it is 0 throughout."""
        if not len(self.frame):
            return ()
        first, last = np.searchsorted(self.frame, (start, stop), side="right")
        if first == last and (first == 0 or self.value[first - 1] == 0.0):
            return ()
        initial = float(self.value[first - 1]) if first else 0.0
        frames, values = (self.frame[first:last] - start).tolist(), self.value[first:last].tolist()
        points = [(0, initial), *zip(frames, values, strict=True)]
        return tuple(points) if any(value for _, value in points) else ()


def steps_of(frame: IntArray, value: FloatArray) -> Steps:
    """The steps at ascending frames (k,) to values (k,), without those that change nothing."""
    last = np.append(frame[1:] != frame[:-1], True)[: len(frame)]
    frame, value = frame[last], value[last]
    changes = np.diff(value, prepend=0.0) != 0
    return Steps(frame[changes], value[changes])


def line_of_steps(frame: IntArray, value: FloatArray, initial: float) -> Line:
    """The line of steps at ascending frames (k,) to values (k,); of several at one frame the last counts."""
    if len(frame):
        last = np.append(frame[1:] != frame[:-1], True)
        frame, value = frame[last], value[last]
        if frame[0] <= 0:
            initial, frame, value = float(value[0]), frame[1:], value[1:]
    before = np.append(initial, value[:-1])
    changes = value != before
    frame, value, before = frame[changes], value[changes], before[changes]
    begins = np.maximum(frame - RAMP, np.append(0, frame[:-1]))
    points = np.stack([begins, frame], axis=1).reshape(-1)
    values = np.stack([before, value], axis=1).reshape(-1)
    return Line(np.append(0, points), np.append(initial, values))
