"""The list of steps at the side of the wizard: which are done, where one is, and what is to come."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme

_WIDTH, _ROW, _TOP = 190, 40, 4
_CIRCLE = 22


class StepList(QWidget):
    """Numbers in circles on a line; a step that is done has a tick instead."""

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names = tuple(names)
        self._current = 0
        self.setFixedWidth(_WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.set_current(0)

    @property
    def current(self) -> int:
        """The step that is marked, from 0."""
        return self._current

    def set_current(self, index: int) -> None:
        """Mark another step."""
        self._current = index
        words = tr("Step {n} of {all}: {name}", n=index + 1, all=len(self.names), name=self.names[index])
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        """Room for all of them."""
        return QSize(_WIDTH, 2 * _TOP + _ROW * len(self.names))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Line, circles, names."""
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.color("border"), 1))
        painter.drawLine(self.width() - 1, 0, self.width() - 1, self.height())
        for i in range(1, len(self.names)):
            self._paint_link(painter, i)
        for i, name in enumerate(self.names):
            self._paint_step(painter, i, name)

    def _circle(self, index: int) -> QRectF:
        return QRectF(theme.SPACE_L, _TOP + _ROW * index + (_ROW - _CIRCLE) / 2, _CIRCLE, _CIRCLE)

    def _paint_link(self, painter: QPainter, index: int) -> None:
        above, below = self._circle(index - 1), self._circle(index)
        color = theme.current().color("accent" if index <= self._current else "border_strong")
        painter.setPen(QPen(color, 1.5))
        painter.drawLine(
            int(above.center().x()), int(above.bottom() + 4), int(below.center().x()), int(below.top() - 4)
        )

    def _paint_step(self, painter: QPainter, index: int, name: str) -> None:
        look, circle = theme.current(), self._circle(index)
        is_current, is_done = index == self._current, index < self._current
        painter.setPen(QPen(look.color("accent" if index <= self._current else "border_strong"), 1.5))
        painter.setBrush(look.color("accent") if is_current else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(circle)
        font = self.font()
        font.setBold(is_current)
        painter.setFont(font)
        if is_done:
            x, y = circle.center().x(), circle.center().y()
            painter.drawPolyline([QPointF(x - 4.5, y), QPointF(x - 1.5, y + 3.2), QPointF(x + 4.5, y - 3.4)])
        else:
            painter.setPen(look.color("on_accent" if is_current else "text_muted"))
            painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, str(index + 1))
        painter.setPen(look.color("text" if index <= self._current else "text_muted"))
        left = circle.right() + theme.SPACE_M
        room = QRectF(left, circle.top() - 8, self.width() - left - 6, circle.height() + 16)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap, name)


class Page(IntEnum):
    """The pages in their order."""

    START = 0
    DATA = 1
    RECIPE = 2
    CHECK = 3
    RUN = 4
    RESULT = 5
