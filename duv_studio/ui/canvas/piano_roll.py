"""The piano roll: notes of all tracks against time and pitch."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF
from PySide6.QtGui import QHelpEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from duv_studio.engine.midi.song import IntArray
from duv_studio.ui.canvas import picking
from duv_studio.ui.canvas.canvas_state import CanvasState
from duv_studio.ui.canvas.note_canvas import NoteCanvasWidget
from duv_studio.ui.canvas.note_text import tooltip
from duv_studio.ui.canvas.roll_painter import RollPainter, paint_labels, paint_locks
from duv_studio.ui.canvas.scene import Scene
from duv_studio.ui.style.theme import current


class PianoRoll(NoteCanvasWidget):
    """Draws the notes and finds the one under the mouse."""

    def __init__(self, canvas: CanvasState, parent: QWidget | None = None) -> None:
        super().__init__(canvas, parent)
        self._painter = RollPainter()
        self.setMinimumSize(160, 80)
        self.setAccessibleName("Piano roll")

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.canvas.resize(event.size().width(), event.size().height())

    def paint_picture(self, painter: QPainter) -> None:
        if self.scene.song is None:
            painter.fillRect(self.rect(), current().color("canvas"))
        else:
            self._painter.paint(painter, self.scene, self.devicePixelRatioF())
            paint_labels(painter, self.scene, current(), self.font())
            paint_locks(painter, self.scene, current(), self.devicePixelRatioF())
            self._paint_hover(painter)
            self.paint_over(painter)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            note = self.note_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if note is None else tooltip(self.scene, note), self)
            return True
        return super().event(event)

    def note_at(self, position: QPointF) -> int | None:
        return picking.note_in_roll(self.scene, position.x(), position.y())

    def notes_in(self, area: QRectF) -> IntArray:
        return picking.in_roll(self.scene, area)

    def _paint_hover(self, painter: QPainter) -> None:
        if self.canvas.hover_note is not None:
            painter.setPen(QPen(current().color("hover_ring"), 1.5))
            painter.drawRect(note_rect(self.scene, self.canvas.hover_note).adjusted(-1, -1, 1, 1))


def note_rect(scene: Scene, note: int) -> QRectF:
    """Where a note is drawn solid, in device-independent pixels."""
    assert scene.table is not None and scene.played is not None
    view, onset = scene.viewport, scene.table.onset[note]
    left, right = view.x(np.array([onset, onset + scene.played.duration[note]])).tolist()
    return QRectF(left, float(view.key_y(scene.table.pitch[note])), max(right - left, 2.0), view.key_px - 1)
