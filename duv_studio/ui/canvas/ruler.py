"""The ruler of bars, beats and time signatures above the roll."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from duv_studio.ui.canvas.canvas_state import CanvasState
from duv_studio.ui.canvas.loop_gesture import LoopGesture, end_at, paint_loop
from duv_studio.ui.canvas.meter_grid import bar_labels, blended, grid_lines
from duv_studio.ui.canvas.ruler_labels import PlacedLabel, place_labels
from duv_studio.ui.canvas.scene import Scene
from duv_studio.ui.canvas.time_widget import TimeWidget
from duv_studio.ui.i18n import tr
from duv_studio.ui.style.theme import Theme, current

RULER_HEIGHT = 28
_FONT_PX = 11
_BASELINE = 14
_DRAG_ZOOM = 1.012  # zoom of one pixel of vertical drag
_SCROLLING = Qt.KeyboardModifier.AltModifier
_TICK_HEIGHT = {"grid_bar": 11, "grid_beat": 7, "grid_sub": 4}


class Ruler(TimeWidget):
    """Draws the bars, the loop and the head of the playhead.

    A click plays from there; a drag loops what it passes over, or moves an end of the loop; with Alt or the middle
    button it scrolls and zooms at the point where it began; a double click takes the loop away.
    """

    scrolls_pitch = False
    head = 13.0

    def __init__(self, canvas: CanvasState, parent: QWidget | None = None) -> None:
        super().__init__(canvas, parent)
        self.setFixedHeight(RULER_HEIGHT)
        self.setToolTip(
            tr(
                "Click: play from here\nDrag: loop, with Shift not held to beats\nDouble click: no loop\n"
                "Alt + drag, or middle button: scroll, and zoom up and down"
            )
        )
        self.setAccessibleName(tr("Bars and beats"))
        self.setMouseTracking(True)
        self._drag_from: QPointF | None = None  # of a gesture that scrolls and zooms
        self._looping: LoopGesture | None = None
        canvas.loop_changed.connect(self._repaint)

    def paint_picture(self, painter: QPainter) -> None:
        area = QRectF(self.rect())
        paint_ruler(painter, area, self.scene, self.font())
        if self.canvas.loop is not None and self.scene.song is not None:
            paint_loop(painter, area, self.scene, self.canvas.loop)

    def paint_playhead(self, painter: QPainter, x: float) -> None:
        look, bottom = current(), float(self.height())
        painter.fillRect(QRectF(x - 1, bottom - 8, 2, 8), look.color("playhead"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.color("window"), 1))
        painter.setBrush(look.color("playhead"))
        painter.drawPolygon(
            QPolygonF([QPointF(x - 6, bottom - 13), QPointF(x + 6, bottom - 13), QPointF(x, bottom - 4)])
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        is_left = event.button() is Qt.MouseButton.LeftButton
        if event.button() is Qt.MouseButton.MiddleButton or (is_left and event.modifiers() & _SCROLLING):
            self._drag_from = event.position()
            self.setCursor(Qt.CursorShape.SizeAllCursor)
        elif is_left and self.scene.song is not None:
            self._looping = LoopGesture.begin(self.scene, self.canvas.loop, event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag_from is not None:
            moved = event.position() - self._drag_from
            self._drag_from = event.position()
            view = self.scene.viewport.scrolled(-moved.x(), 0.0)
            self.canvas.set_viewport(view.zoomed(_DRAG_ZOOM ** moved.y(), event.position().x()))
        elif self._looping is not None:
            is_free = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._looping = self._looping.moved(event.position().x())
            if self._looping.is_drag:
                self.canvas.set_loop(self._looping.loop(self.scene, is_free))
        else:
            is_end = end_at(self.scene, self.canvas.loop, event.position().x()) is not None
            self.setCursor(Qt.CursorShape.SizeHorCursor if is_end else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._drag_from is not None:
            self._drag_from = None
            self.unsetCursor()
        elif self._looping is not None and event.button() is Qt.MouseButton.LeftButton:
            gesture, self._looping = self._looping, None
            if gesture.is_drag:
                self.canvas.loop_wanted.emit(self.canvas.loop)
            elif gesture.kept is None:
                self.canvas.seek_wanted.emit(max(self.scene.viewport.tick(event.position().x()), 0.0))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take the loop away; without one, a quick second click is a click."""
        if self.canvas.loop is not None and event.button() is Qt.MouseButton.LeftButton:
            self.canvas.loop_wanted.emit(None)
        else:
            self.mousePressEvent(event)


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
