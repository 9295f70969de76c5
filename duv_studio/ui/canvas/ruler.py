"""The ruler of bars, beats and time signatures above the roll."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from duv_studio.ui.canvas.canvas_state import CanvasState
from duv_studio.ui.canvas.canvas_widget import CanvasWidget
from duv_studio.ui.canvas.meter_grid import BarLabel, bar_labels, blended, grid_lines
from duv_studio.ui.canvas.scene import Scene
from duv_studio.ui.style.theme import Theme, current

RULER_HEIGHT = 28
_FONT_PX = 11
_DRAG_ZOOM = 1.012  # zoom of one pixel of vertical drag
_TICK_HEIGHT = {"grid_bar": 11, "grid_beat": 7, "grid_sub": 4}


class Ruler(CanvasWidget):
    """Draws the bars; drag sideways to scroll, up and down to zoom at the point where the drag began."""

    scrolls_pitch = False

    def __init__(self, canvas: CanvasState, parent: QWidget | None = None) -> None:
        super().__init__(canvas, parent)
        self.setFixedHeight(RULER_HEIGHT)
        self.setToolTip("Drag sideways to scroll, up and down to zoom")
        self.setAccessibleName("Bars and beats")
        self._drag_from: QPointF | None = None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_ruler(painter, QRectF(self.rect()), self.scene, self.font())
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() is Qt.MouseButton.LeftButton:
            self._drag_from = event.position()
            self.setCursor(Qt.CursorShape.SizeAllCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self._drag_from is not None:
            moved = event.position() - self._drag_from
            self._drag_from = event.position()
            view = self.scene.viewport.scrolled(-moved.x(), 0.0)
            self.canvas.set_viewport(view.zoomed(_DRAG_ZOOM ** moved.y(), event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() is Qt.MouseButton.LeftButton:
            self._drag_from = None
            self.unsetCursor()


def paint_ruler(painter: QPainter, area: QRectF, scene: Scene, font: QFont) -> None:
    """Draw the ruler of a scene into `area`, as wide as its viewport."""
    theme = current()
    ground = theme.color("window")
    painter.fillRect(area, ground)
    painter.setClipRect(area)
    for line in grid_lines(scene):
        strong = theme.color("border_strong" if line.color == "grid_bar" else "text_disabled")
        color = blended(ground, strong, line.strength * (1.0 if line.color == "grid_bar" else 0.6))
        height = _TICK_HEIGHT[line.color]
        for x in np.rint(scene.viewport.x(line.ticks)).tolist():
            painter.fillRect(QRectF(area.left() + x, area.bottom() - height, 1, height), color)
    small = QFont(font)
    small.setPixelSize(_FONT_PX)
    for label in bar_labels(scene):
        _paint_label(painter, area, scene, label, small, theme)
    painter.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), theme.color("border"))
    painter.setClipping(False)


def _paint_label(painter: QPainter, area: QRectF, scene: Scene, label: BarLabel, font: QFont, theme: Theme) -> None:
    x = area.left() + round(float(scene.viewport.x(label.tick)))
    painter.setFont(font)
    painter.setPen(theme.color("text"))
    number = str(label.number)
    width = painter.fontMetrics().horizontalAdvance(number)
    painter.drawText(QPointF(x + 4, area.top() + 14), number)
    if label.signature:
        _paint_signature(painter, QPointF(x + 10 + width, area.top() + 3), label.signature, theme)


def _paint_signature(painter: QPainter, at: QPointF, signature: str, theme: Theme) -> None:
    width = painter.fontMetrics().horizontalAdvance(signature) + 8
    badge = QRectF(at.x(), at.y(), width, 14)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.accent_soft))
    painter.drawRoundedRect(badge, 3, 3)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(theme.color("text"))
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, signature)
