"""Stems with heads to pixels: every column of the image is filled downwards from its heads in one pass of numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duv_studio.ui.note_table import IntArray

Pixels = NDArray[np.uint32]
PAD = 8  # device-independent pixels kept left and right of what is seen, for heads that are cut by the edge
_TONE_BITS = 9


@dataclass(frozen=True)
class Marks:
    """m marks in device pixels of an image: column x, row y, tone (index into a palette); every array is (m,)."""

    x: IntArray
    y: IntArray
    tone: IntArray

    def only(self, chosen: NDArray[np.bool_]) -> Marks:
        return Marks(self.x[chosen], self.y[chosen], self.tone[chosen])


@dataclass(frozen=True)
class Shape:
    """How large marks are: `stem` is a width, `head` and `dash` are offsets (dy, dx), all in device pixels."""

    stem: int
    head: tuple[tuple[int, int], ...]
    dash: tuple[tuple[int, int], ...]

    @staticmethod
    def of(count: int, columns: int, line: int) -> Shape:
        """Large heads where notes stand apart, small ones in a crowd."""
        room = columns / max(count, 1) / line
        radius = 3.0 if room > 6 else 2.0 if room > 2 else 1.0
        reach = 4 if room > 6 else 3 if room > 2 else 1
        dash = tuple((dy, dx) for dy in range(line) for dx in range(-reach * line, reach * line + 1))
        return Shape(line * (2 if room > 12 else 1), _disc(radius * line), dash)


def paint_stems(pixels: Pixels, marks: Marks, base: int, palette: Pixels, width: int) -> None:
    """Fill the columns of `pixels` (rows, columns) between heads and row `base`; nearer heads cover farther ones."""
    above, below = marks.only(marks.y < base), marks.only(marks.y > base)
    if len(above.x):
        _fill_down(pixels[:base], above, palette, width)
    if len(below.x):
        turned = Marks(below.x, len(pixels) - 1 - below.y, below.tone)
        _fill_down(pixels[: base - len(pixels) : -1] if base else pixels[::-1], turned, palette, width)


def paint_marks(pixels: Pixels, marks: Marks, offsets: tuple[tuple[int, int], ...], colors: Pixels) -> None:
    """Stamp a shape at every mark; `colors` (palette,) is looked up by tone. Rows outside are left out."""
    rows, columns = pixels.shape
    flat, color = pixels.reshape(-1), colors[marks.tone]
    for dy, dx in offsets:
        y, x = marks.y + dy, marks.x + dx
        inside = (y >= 0) & (y < rows) & (x >= 0) & (x < columns)
        flat[(y * columns + x)[inside]] = color[inside]


def _fill_down(pixels: Pixels, marks: Marks, palette: Pixels, width: int) -> None:
    """Every pixel takes the tone of the last head at or above it."""
    rows, columns = pixels.shape
    heads = np.zeros((rows, columns), dtype=np.int32)
    y = np.clip(marks.y, 0, rows - 1)
    value = ((y + 1) << _TONE_BITS | marks.tone).astype(np.int32)
    for step in range(width):
        heads[y, np.clip(marks.x - width // 2 + step, 0, columns - 1)] = value
    np.maximum.accumulate(heads, axis=0, out=heads)
    painted = heads > 0
    pixels[painted] = palette[heads[painted] & (1 << _TONE_BITS) - 1]


def _disc(radius: float) -> tuple[tuple[int, int], ...]:
    reach = int(radius)
    points = ((dy, dx) for dy in range(-reach, reach + 1) for dx in range(-reach, reach + 1))
    return tuple((dy, dx) for dy, dx in points if dy * dy + dx * dx <= (radius + 0.35) ** 2)
