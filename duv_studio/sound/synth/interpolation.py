"""Reading a wave between its frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float32]

MARGIN = 2  # frames that are read on either side of a place


def interpolated(wave: Wave, places: NDArray[np.float64]) -> Wave:
    """The wave at places between its frames, which keep `MARGIN` from both ends; by four neighbours."""
    whole = places.astype(np.intp)
    part = (places - whole).astype(np.float32)
    before, here, after, beyond = (wave.take(whole + offset, mode="clip") for offset in (-1, 0, 1, 2))
    # Catmull and Rom's spline in Horner's order, in place: this is the most expensive line of a new pitch.
    half = np.float32(0.5)
    slope = (after - before) * half
    step = here - after
    cubic = (beyond - here) * half
    cubic += slope
    cubic += step
    cubic += step
    square = -cubic
    square -= step
    square -= slope
    cubic *= part
    cubic += square
    cubic *= part
    cubic += slope
    cubic *= part
    cubic += here
    return cubic
