"""The axes of the roll: piano keys at the left, and the ruler of bars and beats above."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from duv_studio.ui.canvas.canvas import Canvas, CanvasWidget
from duv_studio.ui.canvas.meter_grid import BarLabel, bar_labels, blended, grid_lines
from duv_studio.ui.canvas.note_text import pitch_name
from duv_studio.ui.canvas.roll_painter import BLACK_KEYS
from duv_studio.ui.canvas.scene import Scene
from duv_studio.ui.canvas.viewport import Viewport
from duv_studio.ui.style.theme import Theme, current

GUTTER = 56  # width of the keyboard and of the axis below it
_BLACK_SHARE = 0.60
_LABEL_FROM_PX = 2.0  # keys lower than this get no names


HEIGHT = 28
_FONT_PX = 11
_DRAG_ZOOM = 1.012  # zoom of one pixel of vertical drag
_TICK_HEIGHT = {"grid_bar": 11, "grid_beat": 7, "grid_sub": 4}


class Keyboard(CanvasWidget):
    """Draws the keys; the one under the mouse is lit."""

    def __init__(self, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(canvas, parent)
        self.setFixedWidth(GUTTER)
        self._keys: QPixmap | None = None
        self._keys_of: tuple[object, ...] = ()
        canvas.hovered.connect(self._repaint)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.scene.song is None:
            painter.fillRect(self.rect(), current().color("window"))
        else:
            painter.drawPixmap(0, 0, self._pixmap())
        painter.end()

    def _pixmap(self) -> QPixmap:
        """The keys, painted again only when others are seen or lit: scrolling in time leaves them as they are."""
        view, note, table = self.scene.viewport, self.canvas.hover_note, self.scene.table
        lit = int(table.pitch[note]) if note is not None and table is not None else None
        key = (view.top, view.key_px, self.size().toTuple(), self.devicePixelRatioF(), current().name, lit)
        if self._keys is None or key != self._keys_of:
            self._keys = QPixmap(self.size() * self.devicePixelRatioF())
            self._keys.setDevicePixelRatio(self.devicePixelRatioF())
            painter = QPainter(self._keys)
            paint_keyboard(painter, QRectF(self.rect()), view, self.font(), lit)
            painter.end()
        self._keys_of = key
        return self._keys


def paint_keyboard(painter: QPainter, area: QRectF, view: Viewport, font: QFont, lit: int | None = None) -> None:
    """Draw the keys that a viewport shows into `area`."""
    theme = current()
    painter.fillRect(area, theme.color("key_white"))
    low, high = view.keys_shown
    for key in range(low, high + 1):
        top, bottom = (area.top() + round(view.key_top(k)) for k in (key, key - 1))
        _paint_key(painter, key, QRectF(area.left(), top, area.width(), bottom - top), theme, key == lit)
    small = QFont(font)
    small.setPixelSize(max(9, min(11, int(view.key_px))))
    painter.setFont(small)
    painter.setPen(theme.color("key_text"))
    for key in range(low, high + 1):
        if key % 12 == 0 and view.key_px >= _LABEL_FROM_PX:
            middle = area.top() + view.key_top(key) + view.key_px / 2
            place = QRectF(area.left(), middle - 8, area.width() - 5, 16)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, pitch_name(key))
    painter.fillRect(QRectF(area.right() - 1, area.top(), 1, area.height()), theme.color("border"))


def _paint_key(painter: QPainter, key: int, row: QRectF, theme: Theme, lit: bool) -> None:
    border = theme.color("key_border")
    if key % 12 in BLACK_KEYS:
        width = round(row.width() * _BLACK_SHARE)
        painter.fillRect(QRectF(row.left(), row.center().y(), row.width(), 1), border)  # where two white keys meet
        black = QRectF(row.left(), row.top(), width, row.height())
        painter.fillRect(black, theme.color("accent" if lit else "key_black"))
    else:
        if lit:
            painter.fillRect(row, theme.color("accent"))
        if key % 12 in (0, 5):
            painter.fillRect(QRectF(row.left(), row.bottom() - 1, row.width(), 1), border)


class Ruler(CanvasWidget):
    """Draws the bars; drag sideways to scroll, up and down to zoom at the point where the drag began."""

    scrolls_pitch = False

    def __init__(self, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(canvas, parent)
        self.setFixedHeight(HEIGHT)
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
            self.canvas.look(view.zoomed(_DRAG_ZOOM ** moved.y(), event.position().x()))

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


def _paint_signature(painter: QPainter, at: QPointF, words: str, theme: Theme) -> None:
    width = painter.fontMetrics().horizontalAdvance(words) + 8
    badge = QRectF(at.x(), at.y(), width, 14)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.accent_soft))
    painter.drawRoundedRect(badge, 3, 3)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(theme.color("text"))
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, words)
