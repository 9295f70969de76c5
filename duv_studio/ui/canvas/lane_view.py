"""The velocity and duration lanes below the roll: stems of the notes, and the axis at their left."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from duv_studio.engine.midi.song import IntArray
from duv_studio.ui.canvas import picking
from duv_studio.ui.canvas.canvas_state import CanvasState
from duv_studio.ui.canvas.canvas_widget import CanvasWidget
from duv_studio.ui.canvas.lane_painter import Band, LanePainter, bands
from duv_studio.ui.canvas.note_canvas import NoteCanvasWidget
from duv_studio.ui.canvas.piano_keyboard import GUTTER_WIDTH
from duv_studio.ui.canvas.scene import Scene
from duv_studio.ui.style.theme import Theme, current

_LABEL_PX, _TITLE_PX = 10, 11


class LaneView(NoteCanvasWidget):
    """Draws the stems and finds the one under the mouse."""

    scrolls_pitch = False

    def __init__(self, canvas: CanvasState, parent: QWidget | None = None) -> None:
        super().__init__(canvas, parent)
        self._painter = LanePainter()
        self.setMinimumSize(160, 60)
        self.setAccessibleName("Velocity and duration lane")

    def paint_picture(self, painter: QPainter) -> None:
        self._painter.paint(painter, self.scene, self.height(), self.devicePixelRatioF())
        note = self.canvas.hover_note
        if note is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(current().color("hover_ring"), 1.5))
            for band in bands(self.scene, self.height()):
                painter.drawEllipse(head_center(self.scene, band, note), 5.0, 5.0)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self.paint_over(painter)

    def note_at(self, position: QPointF) -> int | None:
        return picking.note_in_lane(self.scene, position.x(), position.y(), self.height())

    def notes_in(self, area: QRectF) -> IntArray:
        return picking.in_lane(self.scene, area, self.height())


class LaneAxis(CanvasWidget):
    """The names and numbers at the left of the lane."""

    scrolls_pitch = False

    def __init__(self, canvas: CanvasState, parent: QWidget | None = None) -> None:
        super().__init__(canvas, parent)
        self.setFixedWidth(GUTTER_WIDTH)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_lane_axis(painter, QRectF(self.rect()), self.scene, self.font())
        painter.end()


def head_center(scene: Scene, band: Band, note: int) -> QPointF:
    """Where the head of a note's stem is drawn."""
    assert scene.table is not None
    value = band.values(scene, np.array([note]))
    return QPointF(float(scene.viewport.x(scene.table.onset[note])), float(band.scale.y(value)[0]))


def paint_lane_axis(painter: QPainter, area: QRectF, scene: Scene, font: QFont) -> None:
    """Draw the axis of every band of a lane into `area`."""
    theme = current()
    painter.fillRect(area, theme.color("window"))
    painter.fillRect(QRectF(area.right() - 1, area.top(), 1, area.height()), theme.color("border"))
    if scene.song is None:
        return
    for band in bands(scene, area.height()):
        _paint_band_axis(painter, area, band, font, theme)


def _paint_band_axis(painter: QPainter, area: QRectF, band: Band, font: QFont, theme: Theme) -> None:
    small = QFont(font)
    small.setPixelSize(_LABEL_PX)
    painter.setFont(small)
    painter.setPen(theme.color("text_muted"))
    taken = -100.0
    for value, label in band.quantity.marks:
        y = area.top() + float(band.scale.y(value))
        if y - taken >= _LABEL_PX + 2:  # a low lane shows fewer numbers, never one on the other
            place = QRectF(area.left(), y - 8, area.width() - 7, 16)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, label)
            taken = y
    small.setPixelSize(_TITLE_PX)
    painter.setFont(small)
    painter.save()
    painter.translate(area.left() + 4, area.top() + (band.top + band.bottom) / 2)
    painter.rotate(-90)
    half = (band.bottom - band.top) / 2
    painter.drawText(QRectF(-half, 0, 2 * half, 16), Qt.AlignmentFlag.AlignCenter, band.quantity.title)
    painter.restore()
