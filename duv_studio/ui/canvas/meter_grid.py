"""Bars, beats and subdivisions in view: where their lines stand, how strongly they are seen, what the ruler says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QPainter

from duv_studio.engine.midi.song import IntArray
from duv_studio.engine.midi.time_maps import MeterMap
from duv_studio.ui.canvas.scene import Scene
from duv_studio.ui.canvas.viewport import Viewport, snapped
from duv_studio.ui.style.theme import Theme

_MANY_BARS = 50_000  # beyond this the lines are one grey anyway
_SHOW_PX, _FULL_PX = 7.0, 22.0  # distance of lines at which they begin to show, and at which they are fully drawn
_LABEL_PX = 52.0


@dataclass(frozen=True)
class GridLines:
    """Lines of one kind: their ticks, and how strongly they are drawn, 0..1."""

    ticks: NDArray[np.float64]
    strength: float
    color: str  # name of a theme colour


@dataclass(frozen=True)
class BarLabel:
    """A bar in the ruler: its number from 1, and its time signature where that is new, else ""."""

    tick: int
    number: int
    signature: str
    weight: tuple[float, int] = (0.0, 0)  # which goes first where there is little room: the greater one


def grid_lines(scene: Scene) -> tuple[GridLines, ...]:
    """The lines in view, faintest first."""
    return () if scene.song is None else _lines(scene.song.meter, scene.viewport)


@lru_cache(maxsize=2)  # roll, lane and ruler ask for the same lines in every frame
def _lines(meter: MeterMap, view: Viewport) -> tuple[GridLines, ...]:
    left, right = _range(view)
    if _bars_between(meter, left, right) > _MANY_BARS:
        return ()
    bars = _with_next(meter.bar_ticks(right, left), view, meter.ppq * 4)
    beats = _with_next(meter.beat_ticks(right, left), view, meter.ppq)
    lines = [GridLines(_between(beats, parts), _strength(beats, view, parts), "grid_sub") for parts in (8, 4, 2)]
    lines.append(GridLines(beats.astype(np.float64), _strength(beats, view), "grid_beat"))
    every = _bar_step(bars, view, _SHOW_PX)
    numbers = meter.position(bars).bar
    lines.append(GridLines(bars[numbers % every == 0].astype(np.float64), 1.0, "grid_bar"))
    return tuple(line for line in lines if line.strength > 0)


def bar_labels(scene: Scene) -> list[BarLabel]:
    """What the ruler writes: every bar, every second, fourth, … as there is room, and every change of meter."""
    if scene.song is None:
        return []
    view, meter = scene.viewport, scene.song.meter
    left, right = _range(view)
    if _bars_between(meter, left, right) > _MANY_BARS:
        return []
    bars = meter.bar_ticks(right, left)
    if len(bars) == 0:
        return []
    every = _bar_step(_with_next(bars, view, meter.ppq * 4), view, _LABEL_PX)
    at, changed = meter.position(bars), np.isin(bars, meter.tick)
    holds = np.diff(meter.tick, append=np.inf)[np.searchsorted(meter.tick, bars, side="right") - 1]  # ticks
    return [
        BarLabel(
            int(bars[i]),
            int(at.bar[i]) + 1,
            f"{at.numerator[i]}/{at.denominator[i]}" if changed[i] else "",
            (float(holds[i]) if changed[i] else 0.0, _evenness(int(at.bar[i]))),
        )
        for i in np.flatnonzero((at.bar % every == 0) | changed).tolist()
    ]


def _evenness(bar: int) -> int:
    """The largest power of two that divides a bar's number from 0."""
    return bar & -bar if bar else 1 << 62


def paint_grid(painter: QPainter, scene: Scene, theme: Theme, dpr: float, top: int, bottom: int, ground: str) -> None:
    """Draw the lines from `top` to `bottom` on a painter in device pixels, over the theme colour `ground`."""
    width = max(1, round(dpr))
    for line in grid_lines(scene):
        color = blended(theme.color(ground), theme.color(line.color), line.strength)
        for x in snapped(scene.viewport.x(line.ticks), dpr).tolist():
            painter.fillRect(x, top, width, bottom - top, color)


def blended(ground: QColor, color: QColor, strength: float) -> QColor:
    """`color` laid over `ground`, opaque, so that crossing lines do not add up."""
    parts = [
        round(a + (b - a) * strength)
        for a, b in zip(ground.getRgb()[:3], color.getRgb()[:3], strict=True)  # type: ignore[index]
    ]
    return QColor(*parts)


def _range(view: Viewport) -> tuple[int, int]:
    """Ticks in view, with room for a label that begins left of it."""
    room = 100 * view.ticks_per_px
    return max(0, int(view.left - room)), max(0, int(view.right) + 1)


def _bars_between(meter: MeterMap, left: int, right: int) -> int:
    first, last = meter.position(np.array([left, right])).bar
    return int(last - first)


def _with_next(ticks: IntArray, view: Viewport, usual: int) -> IntArray:
    """At least two lines, so that there is a distance to look at."""
    if len(ticks) >= 2:
        return ticks
    start = int(ticks[0]) if len(ticks) else max(0, int(view.left))
    return np.array([start, start + usual], dtype=np.int64)


def _distance_px(ticks: IntArray, view: Viewport) -> float:
    return float(np.median(np.diff(ticks))) / view.ticks_per_px


def _strength(ticks: IntArray, view: Viewport, parts: int = 1) -> float:
    """Lines fade in with the room between them."""
    return float(np.clip((_distance_px(ticks, view) / parts - _SHOW_PX) / (_FULL_PX - _SHOW_PX), 0.0, 1.0))


def _between(ticks: IntArray, parts: int) -> NDArray[np.float64]:
    """Ticks that divide each interval into `parts`; only the odd ones, the others belong to coarser lines."""
    steps = np.arange(1, parts, 2) / parts
    return np.asarray((ticks[:-1, None] + np.diff(ticks)[:, None] * steps).ravel())


def _bar_step(bars: IntArray, view: Viewport, room_px: float) -> int:
    """The power of two of bars that are `room_px` apart."""
    needed = room_px / max(_distance_px(bars, view), 1e-9)
    return 1 << max(0, int(np.ceil(np.log2(max(needed, 1.0)))))
