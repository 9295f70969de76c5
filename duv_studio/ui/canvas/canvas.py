"""State that ruler, keyboard, roll and lanes share, the mouse and scroll bars that move through it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, QPointF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QScrollBar, QWidget

from duv_studio.ui.canvas.note_table import IntArray
from duv_studio.ui.canvas.scene import Scene
from duv_studio.ui.canvas.viewport import Viewport

ZOOM_STEP = 1.25  # of a key press or a notch of the wheel
_NOTCH = 120.0  # angle units of a notch
_NOTCH_PX = 64.0


_STEPS = 1_000_000  # a scroll bar counts in 32-bit integers, ticks may be larger


class Canvas(QObject):
    """Holds the Scene that every part of the view draws, and the note under the mouse."""

    changed = Signal()  # what is looked at, or from where
    replayed = Signal()  # only how the notes are played: on a slider, many times a second
    hovered = Signal()
    picked = Signal()  # other notes are selected
    replaced = Signal()  # another song: rows of the old one's table mean nothing any more

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.scene = Scene()
        self.hover_note: int | None = None
        self.cursor: int | None = None  # the note from which arrow keys go on
        # As long as no one zoomed or scrolled, another size is framed as this one was.
        self._frame: Callable[[Viewport], Viewport] | None = Viewport.fitted

    def show(self, scene: Scene) -> None:
        """Draw another scene."""
        is_other = scene.song is not self.scene.song
        self.scene = scene
        if is_other:
            self.cursor = None
            self.hover(None)
            self.replaced.emit()
            self.picked.emit()
        self.changed.emit()

    def replay(self, scene: Scene) -> None:
        """Draw a scene that differs from the present one only in how its notes are played."""
        self.scene = scene
        self.replayed.emit()

    def look(self, viewport: Viewport) -> None:
        """Look elsewhere."""
        if viewport != self.scene.viewport:
            self._frame = None
            self.show(replace(self.scene, viewport=viewport))

    def resize(self, width: float, height: float) -> None:
        """The note area has another size."""
        view = self.scene.viewport.resized(width, height)
        self.show(replace(self.scene, viewport=self._frame(view) if self._frame else view))

    def fit(self) -> None:
        """Look at the whole song, and go on doing so when the size changes."""
        self._use_frame(Viewport.fitted)

    def open(self) -> None:
        """Look at the first bars, as for a song that was just opened."""
        self._use_frame(Viewport.opened)

    def _use_frame(self, frame: Callable[[Viewport], Viewport]) -> None:
        self._frame = frame
        self.show(replace(self.scene, viewport=frame(self.scene.viewport)))

    def hover(self, note: int | None) -> None:
        """The mouse is over a note of the table, or over none."""
        if note != self.hover_note:
            self.hover_note = note
            self.hovered.emit()

    def pick(self, notes: IntArray, cursor: int | None = None) -> None:
        """Select these notes (ascending rows of the table) and no others."""
        self.cursor = cursor
        if not np.array_equal(notes, self.scene.picked):
            self.scene = replace(self.scene, picked=notes)
            self.picked.emit()

    def reveal(self, note: int) -> None:
        """Scroll as far as it takes to see the beginning of a note."""
        self.look(self.scene.viewport.revealing(*self.scene.place_of(note)))


class CanvasWidget(QWidget):
    """A part of the view: repaints with the canvas, pans with the middle button, zooms and scrolls with the wheel."""

    scrolls_pitch = True  # what the plain wheel does: scroll pitches, or time

    def __init__(self, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = canvas
        self._pan_from: QPointF | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        canvas.changed.connect(self._repaint)

    @property
    def scene(self) -> Scene:
        return self.canvas.scene

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms time at the cursor, Ctrl+Shift keys; Shift scrolls time, nothing scrolls pitch."""
        across, down = _wheel_px(event)
        view, at, keys = self.scene.viewport, event.position(), event.modifiers()
        control = bool(keys & Qt.KeyboardModifier.ControlModifier)
        shift = bool(keys & Qt.KeyboardModifier.ShiftModifier)
        factor = ZOOM_STEP ** ((down or across) / _NOTCH_PX)
        if control and shift and self.scrolls_pitch:
            self.canvas.look(view.zoomed_keys(factor, at.y()))
        elif control:
            self.canvas.look(view.zoomed(factor, at.x()))
        elif shift or not self.scrolls_pitch:
            self.canvas.look(view.scrolled(-(down + across), 0.0))
        else:
            self.canvas.look(view.scrolled(-across, -down))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.MiddleButton:
            self._pan_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None:
            moved = event.position() - self._pan_from
            self._pan_from = event.position()
            self.canvas.look(self.scene.viewport.scrolled(-moved.x(), -moved.y() if self.scrolls_pitch else 0.0))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.MiddleButton and self._pan_from is not None:
            self._pan_from = None
            self.unsetCursor()

    def _repaint(self) -> None:
        self.update()


def _wheel_px(event: QWheelEvent) -> tuple[float, float]:
    """How far the wheel or the touchpad went, in pixels across and down."""
    fine = event.pixelDelta()
    if not fine.isNull():
        return float(fine.x()), float(fine.y())
    coarse = event.angleDelta()
    return coarse.x() / _NOTCH * _NOTCH_PX, coarse.y() / _NOTCH * _NOTCH_PX


class ScrollSync(QObject):
    """Keeps a horizontal and a vertical scroll bar and the canvas in step."""

    def __init__(self, canvas: Canvas, across: QScrollBar, down: QScrollBar, parent: QObject) -> None:
        super().__init__(parent)
        self._canvas, self._across, self._down = canvas, across, down
        canvas.changed.connect(self._follow)
        across.valueChanged.connect(self._move_across)
        down.valueChanged.connect(self._move_down)
        self._follow()

    def _follow(self) -> None:
        if self._canvas.scene.song is None:
            for bar in (self._across, self._down):
                _set(bar, 0.0, 0.0, 1.0)
            return
        view = self._canvas.scene.viewport
        first, last = view.left_range
        _set(self._across, view.left - first, last - first, view.width * view.ticks_per_px)
        lowest, highest = view.top_range
        _set(self._down, highest - view.top, highest - lowest, view.height / view.key_px)

    def _move_across(self, value: int) -> None:
        view = self._canvas.scene.viewport
        first, last = view.left_range
        self._canvas.look(view.at(left=first + value / max(self._across.maximum(), 1) * (last - first)))

    def _move_down(self, value: int) -> None:
        view = self._canvas.scene.viewport
        lowest, highest = view.top_range
        self._canvas.look(view.at(top=highest - value / max(self._down.maximum(), 1) * (highest - lowest)))


def _set(bar: QScrollBar, value: float, span: float, page: float) -> None:
    """Show a window of size `page` at `value` of 0..`span`; nothing to scroll disables the bar."""
    with QSignalBlocker(bar):
        total = max(span + page, 1e-9)
        maximum = round(_STEPS * span / total)
        bar.setRange(0, maximum)
        bar.setPageStep(max(1, round(_STEPS * page / total)))
        bar.setSingleStep(max(1, bar.pageStep() // 10))
        bar.setValue(round(maximum * value / span) if span > 0 else 0)
        bar.setEnabled(maximum > 0)
