"""Parts of the canvas over which the playhead moves: what lies under it is kept, so that only its strip is painted."""

from __future__ import annotations

from math import ceil

import numpy as np
from PySide6.QtCore import QEvent, QRect, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from duv_studio.ui.canvas.canvas_state import CanvasState
from duv_studio.ui.canvas.canvas_widget import CanvasWidget
from duv_studio.ui.style.theme import Theme, current

_LINE, _RIM = 2.0, 1.0  # px: the line, and the ground that parts it from notes at either side
_LOOKS = (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.FontChange, QEvent.Type.EnabledChange)


class TimeWidget(CanvasWidget):
    """Paints everything, and the playhead over it; while that moves, keeps a picture of what lies under it."""

    head = 2 * _RIM + _LINE  # px: how wide the strip of the playhead is

    def __init__(self, canvas: CanvasState, parent: QWidget | None = None) -> None:
        super().__init__(canvas, parent)
        self._picture: QPixmap | None = None
        self._picture_of: tuple[Theme, float] | None = None
        self._is_stale = True
        self._has_moved = False  # the playhead, since all was painted last
        self._head_x: float | None = None  # where the playhead was painted last
        canvas.playhead_changed.connect(self._move_playhead)

    def paint_picture(self, painter: QPainter) -> None:
        """Draw everything but the playhead."""
        raise NotImplementedError

    def paint_playhead(self, painter: QPainter, x: float) -> None:
        """Draw the playhead whose middle is at `x`."""
        look, height = current(), self.height()
        left = x - _LINE / 2
        painter.fillRect(QRectF(left - _RIM, 0, self.head, height), look.color("canvas"))
        painter.fillRect(QRectF(left, 0, _LINE, height), look.color("playhead"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        is_whole = event.rect() == self.rect()
        if is_whole and self._is_stale and not self._has_moved:
            self.paint_picture(painter)  # nothing moves over it: it need not be kept
        else:
            painter.drawPixmap(0, 0, self._up_to_date())
        self._has_moved = self._has_moved and not is_whole
        self._head_x = self._x()
        if self._head_x is not None:
            self.paint_playhead(painter, self._head_x)
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        """Another look needs another picture."""
        if event.type() in _LOOKS:
            self._is_stale = True
        super().changeEvent(event)

    def _repaint(self) -> None:
        self._is_stale = True
        self.update()

    def _up_to_date(self) -> QPixmap:
        dpr = self.devicePixelRatioF()
        size, look = QSize(ceil(self.width() * dpr), ceil(self.height() * dpr)), (current(), dpr)
        if self._picture is None or self._picture.size() != size:
            self._picture = QPixmap(size)
            self._picture.setDevicePixelRatio(dpr)
            self._is_stale = True
        if self._is_stale or self._picture_of != look:
            self._is_stale, self._picture_of = False, look
            painter = QPainter(self._picture)
            painter.setFont(self.font())
            self.paint_picture(painter)
            painter.end()
        return self._picture

    def _x(self) -> float | None:
        """The middle of the playhead on a whole device pixel, None while it is out of sight."""
        if self.canvas.playhead is None or self.scene.song is None:
            return None
        dpr = self.devicePixelRatioF()
        x = float(np.rint(float(self.scene.viewport.x(self.canvas.playhead)) * dpr) / dpr)
        return x if -self.head <= x <= self.width() + self.head else None

    def _move_playhead(self) -> None:
        x = self._x()
        if x != self._head_x:
            self._has_moved = True
            for place in (self._head_x, x):
                if place is not None:
                    half = int(self.head / 2) + 1
                    self.update(QRect(int(place) - half, 0, 2 * half + 1, self.height()))
