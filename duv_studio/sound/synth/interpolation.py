"""Reading a wave between its frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound.soundfont.samples import Frames

MARGIN = 2  # frames that are read on either side of a place


def interpolated(frames: Frames, places: NDArray[np.float64]) -> Frames:
    """The frames at places between them, which keep `MARGIN` from both ends; by four neighbours. Uses `places` up."""
    wave = frames.astype(np.float32)
    whole = places.astype(np.intp)
    places -= whole
    near = [wave.take(whole + offset, mode="clip") for offset in (-1, 0, 1, 2)]
    return _rounded(_spline(near, places.astype(np.float32)))


def _spline(near: list[NDArray[np.float32]], part: NDArray[np.float32]) -> NDArray[np.float32]:
    """Catmull and Rom's, in Horner's order and in place: a new pitch spends most of its time here."""
    before, here, after, beyond = near
    half = np.float32(0.5)
    slope = after - before
    slope *= half
    step = here - after
    cubic = beyond - here
    cubic *= half
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


def _rounded(wave: NDArray[np.float32]) -> Frames:
    np.rint(wave, out=wave)
    np.clip(wave, -32_768, 32_767, out=wave)
    return wave.astype(np.int16)
