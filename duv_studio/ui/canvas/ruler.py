"""The ruler of bars, beats and time signatures above the roll."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from duv_studio.ui.canvas.canvas_state import CanvasState
from duv_studio.ui.canvas.canvas_widget import CanvasWidget
from duv_studio.ui.canvas.meter_grid import bar_labels, blended, grid_lines
from duv_studio.ui.canvas.ruler_labels import PlacedLabel, place_labels
from duv_studio.ui.canvas.scene import Scene
from duv_studio.ui.style.theme import Theme, current

RULER_HEIGHT = 28
_FONT_PX = 11
_BASELINE = 14
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
    painter.setFont(small)
    for placed in ruler_labels(scene, small):
        _paint_label(painter, placed, area.topLeft(), theme)
    painter.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), theme.color("border"))
    painter.setClipping(False)


def ruler_labels(scene: Scene, font: QFont) -> list[PlacedLabel]:
    """The labels in view, none over another, from left to right."""
    labels, metrics = bar_labels(scene), QFontMetricsF(font)
    return place_labels(labels, scene.viewport.x([label.tick for label in labels]), metrics.horizontalAdvance)


def _paint_label(painter: QPainter, label: PlacedLabel, corner: QPointF, theme: Theme) -> None:
    painter.setPen(theme.color("text"))
    painter.drawText(corner + QPointF(label.number_area.left(), _BASELINE), label.number)
    if label.signature:
        _paint_signature(painter, label.signature_area.translated(corner), label.signature, theme)


def _paint_signature(painter: QPainter, badge: QRectF, signature: str, theme: Theme) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.accent_soft))
    painter.drawRoundedRect(badge, 3, 3)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(theme.color("text"))
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, signature)
