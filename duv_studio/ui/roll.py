"""The piano roll: notes of all tracks against time and pitch."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from duv_studio.ui.canvas import Canvas, CanvasWidget
from duv_studio.ui.hit_test import note_in_roll
from duv_studio.ui.note_labels import paint_labels
from duv_studio.ui.note_words import tooltip_parts
from duv_studio.ui.roll_painter import RollPainter
from duv_studio.ui.scene import Scene
from duv_studio.ui.theme import current


class Roll(CanvasWidget):
    """Draws the notes, finds the one under the mouse, says which track was clicked."""

    track_clicked = Signal(int)

    def __init__(self, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(canvas, parent)
        self._painter = RollPainter()
        canvas.replayed.connect(self._repaint)
        canvas.hovered.connect(self._repaint)
        self.setMouseTracking(True)
        self.setMinimumSize(160, 80)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName("Piano roll")

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.canvas.resize(event.size().width(), event.size().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.scene.song is None:
            painter.fillRect(self.rect(), current().color("canvas"))
        else:
            self._painter.paint(painter, self.scene, self.devicePixelRatioF())
            paint_labels(painter, self.scene, current(), self.font())
            self._paint_hover(painter)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() is Qt.MouseButton.LeftButton and (note := self._note_at(event)) is not None:
            assert self.scene.table is not None
            self.track_clicked.emit(int(self.scene.table.track[note]))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self.canvas.hover(self._note_at(event))

    def leaveEvent(self, event: QEvent) -> None:
        self.canvas.hover(None)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            note = note_in_roll(self.scene, event.pos().x(), event.pos().y())
            words = [] if note is None else tooltip_parts(self.scene, note)
            QToolTip.showText(event.globalPos(), f"Left as it is: {words[0]}" if words else "", self)
            return True
        return super().event(event)

    def _note_at(self, event: QMouseEvent) -> int | None:
        return note_in_roll(self.scene, event.position().x(), event.position().y())

    def _paint_hover(self, painter: QPainter) -> None:
        if self.canvas.hover_note is not None:
            painter.setPen(QPen(current().color("hover_ring"), 1.5))
            painter.drawRect(note_rect(self.scene, self.canvas.hover_note).adjusted(-1, -1, 1, 1))


def note_rect(scene: Scene, note: int) -> QRectF:
    """Where a note is drawn solid, in device-independent pixels."""
    assert scene.table is not None and scene.playing is not None
    view, onset = scene.viewport, scene.table.onset[note]
    left, right = view.x(np.array([onset, onset + scene.playing.duration[note]])).tolist()
    return QRectF(left, float(view.key_y(scene.table.pitch[note])), max(right - left, 2.0), view.key_px - 1)
