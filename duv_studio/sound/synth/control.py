"""The control rate: envelopes, LFOs and curves are worked out once in so many frames, and lines drawn between."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound import RATE

CONTROL = 64  # frames, 1.45 ms, as FluidSynth

_RAMP = np.stack((1 - np.arange(CONTROL) / CONTROL, np.arange(CONTROL) / CONTROL)).astype(np.float32)


def times(first: int, stop: int) -> NDArray[np.float64]:
    """Seconds since note-on at which control blocks `first` to `stop` begin."""
    return np.asarray(np.arange(first, stop) * (CONTROL / RATE), np.float64)


def lines(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """A value for each frame between n + 1 control points, (n, CONTROL)."""
    ends = np.empty((len(points) - 1, 2), np.float32)
    ends[:, 0], ends[:, 1] = points[:-1], points[1:]
    return ends @ _RAMP
