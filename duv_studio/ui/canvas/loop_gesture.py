"""The loop in the ruler: how a drag makes it or moves its ends, and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QApplication

from duv_studio.ui.canvas.canvas_state import Loop
from duv_studio.ui.canvas.meter_grid import grid_lines
from duv_studio.ui.canvas.scene import Scene
from duv_studio.ui.style.theme import current

_REACH_PX = 5.0  # how near to an end of the loop a press takes hold of it
_BAND_PX, _HANDLE_PX = 4.0, 2.0
_SHORTEST_PX = 2.0
_HELD_BY = 0.5  # strength from which on lines hold an end


@dataclass(frozen=True)
class LoopGesture:
    """A press that becomes a click or a drag. `kept` is the tick of the end that stays, None for a new loop."""

    pressed_x: float
    x: float
    kept: float | None
    is_drag: bool = False

    @staticmethod
    def begin(scene: Scene, loop: Loop | None, x: float) -> LoopGesture:
        """Press: on an end of the loop, or where a new one may begin."""
        end = end_at(scene, loop, x)
        kept = None if end is None or loop is None else loop.stop if end == loop.start else loop.start
        return LoopGesture(x, x, kept)

    def moved(self, x: float) -> LoopGesture:
        """The pointer went on; it is a drag when it went far enough."""
        is_drag = self.is_drag or abs(x - self.pressed_x) >= QApplication.startDragDistance()
        return replace(self, x=x, is_drag=is_drag)

    def loop(self, scene: Scene, is_free: bool) -> Loop | None:
        """The loop from where the drag began to where it is; held to bars and beats unless it `is_free`."""
        held = (lambda _, tick: tick) if is_free else held_to_grid
        here = held(scene, _tick(scene, self.x))
        there = held(scene, _tick(scene, self.pressed_x)) if self.kept is None else self.kept
        start, stop = min(here, there), max(here, there)
        is_long = stop - start >= _SHORTEST_PX * scene.viewport.ticks_per_px
        return Loop(start, stop) if is_long else None


def end_at(scene: Scene, loop: Loop | None, x: float) -> float | None:
    """The tick of the loop's end that a pointer is at."""
    if loop is None or scene.song is None:
        return None
    near = [end for end in (loop.start, loop.stop) if abs(float(scene.viewport.x(end)) - x) <= _REACH_PX]
    return min(near, key=lambda end: abs(float(scene.viewport.x(end)) - x), default=None)


def held_to_grid(scene: Scene, tick: float) -> float:
    """The nearest of the finest lines that are seen well, beats or bars."""
    lines = [line for line in grid_lines(scene) if line.strength >= _HELD_BY and line.color != "grid_sub"]
    ticks = np.concatenate([line.ticks for line in lines]) if lines else np.zeros(0)
    return float(ticks[np.argmin(np.abs(ticks - tick))]) if len(ticks) else tick


def paint_loop(painter: QPainter, area: QRectF, scene: Scene, loop: Loop) -> None:
    """Draw the loop over the ruler: a band with an upright at either end, grey while it is off."""
    look, view = current(), scene.viewport
    color = look.color("accent" if loop.is_on else "border_strong")
    left, right = np.rint(view.x([loop.start, loop.stop])).tolist()
    veil = QColor(color)
    veil.setAlpha(56 if loop.is_on else 24)
    painter.fillRect(QRectF(area.left() + left, area.top(), right - left, area.height() - 1), veil)
    painter.fillRect(QRectF(area.left() + left, area.top(), right - left, _BAND_PX), color)
    for x in (left, right - _HANDLE_PX):
        painter.fillRect(QRectF(area.left() + x, area.top(), _HANDLE_PX, area.height() - 1), color)


def _tick(scene: Scene, x: float) -> float:
    view = scene.viewport
    return min(max(view.tick(min(max(x, 0.0), view.width)), 0.0), float(view.end))
