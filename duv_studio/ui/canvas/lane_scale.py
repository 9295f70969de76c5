"""What a lane measures: velocity, its change, or the ratio of durations; with its axis, its values and its colours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from duv_studio.ui.canvas.lane_raster import PALETTE, STEM, TICK
from duv_studio.ui.canvas.note_style import FULL_DIFFERENCE, difference_tones
from duv_studio.ui.canvas.note_table import IntArray
from duv_studio.ui.canvas.scene import LaneMode, Scene, ViewMode
from duv_studio.ui.canvas.viewport import Scale
from duv_studio.ui.style.colormap import Argb, argb, mix
from duv_studio.ui.style.theme import Theme

FULL_RATIO = 1.0  # octaves of duration (log2) that give the strongest colour
_PAD_TOP, _PAD_BOTTOM = 14.0, 8.0
_STEM = 0.5  # how far stems sink into the canvas below their heads


@dataclass(frozen=True)
class Quantity:
    """An axis from `low` to `high` on which stems begin at `base`; `marks` are values with labels."""

    title: str
    low: float
    high: float
    base: float
    marks: tuple[tuple[float, str], ...]


VELOCITY = Quantity("Velocity", 0, 127, 0, ((127, "127"), (96, "96"), (64, "64"), (32, "32"), (0, "0")))
CHANGE = Quantity("Velocity ±", -48, 48, 0, ((32, "+32"), (0, "±0"), (-32, "−32")))
RATIO = Quantity("Duration", -1.2, 1.2, 0, ((1, "×2"), (0, "×1"), (-1, "×½")))


@dataclass(frozen=True)
class Band:
    """One lane: what it measures, and where it lies (device-independent pixels from the upper edge)."""

    quantity: Quantity
    top: float
    bottom: float

    @property
    def scale(self) -> Scale:
        q, room = self.quantity, self.bottom - self.top
        return Scale(q.low, q.high, self.top + min(_PAD_TOP, room / 4), self.bottom - min(_PAD_BOTTOM, room / 6))

    def values(self, scene: Scene, notes: IntArray) -> NDArray[np.float64]:
        """(m,) what the stems show for these notes."""
        table, playing = scene.table, scene.playing
        assert table is not None and playing is not None
        if self.quantity is VELOCITY:
            return playing.velocity[notes].astype(np.float64)
        if self.quantity is CHANGE:
            return (playing.velocity[notes] - table.before.velocity[notes]).astype(np.float64)
        before, after = (np.maximum(p.duration[notes], 1) for p in (table.before, playing))
        return np.asarray(np.log2(after / before))

    def inks(self, scene: Scene, notes: IntArray, values: NDArray[np.float64]) -> IntArray:
        """(m,) inks of the notes' values: 1 for a note that was left alone, else 2 + tone."""
        if self.quantity is VELOCITY:
            made = values.astype(np.int64)
        else:
            made = difference_tones(values, FULL_RATIO if self.quantity is RATIO else FULL_DIFFERENCE)
        return np.where(scene.hatched[notes], 1, made + 2)


def bands(scene: Scene, height: float) -> list[Band]:
    """The lanes from top to bottom."""
    velocity = CHANGE if scene.mode is ViewMode.DIFFERENCE else VELOCITY
    if scene.lane_mode is LaneMode.BOTH:
        middle = round(height * 0.55)
        return [Band(velocity, 0.0, middle), Band(RATIO, middle, height)]
    return [Band(RATIO if scene.lane_mode is LaneMode.DURATION else velocity, 0.0, height)]


@lru_cache(maxsize=16)
def palette(theme: Theme, quantity: Quantity) -> Argb:
    """(PALETTE,) pixels of stems, ticks and heads by ink."""
    tones = theme.velocity_rgb if quantity is VELOCITY else theme.difference_rgb
    untouched = np.array([theme.rgb("hatch")], dtype=np.uint8)
    heads = np.vstack([untouched, tones])
    pixels = np.zeros(PALETTE, dtype=np.uint32)
    pixels[1 : 1 + len(heads)] = argb(heads)
    stems = argb(mix(heads, theme.rgb("canvas"), _STEM))
    for ink in range(1, 1 + len(heads)):
        pixels[STEM + ink // 2] = stems[ink - 1]
    pixels[TICK] = theme.pixel("outline")
    return pixels
