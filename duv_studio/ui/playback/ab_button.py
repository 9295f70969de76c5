"""The large button with two sides: Before and After, for eye and ear together."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme

_PAD, _HEIGHT, _RADIUS = 13, 30, 6.0


class ABButton(QAbstractButton):
    """Lies on Before or on After; a click anywhere on it lays it on the other, so that the pointer can rest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sides = (tr("Before"), tr("After"))
        self._is_after = True
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setToolTip(tr("Back and forth between before and after, to the eye and to the ear, at the same place (B)"))
        self.show_side(True)

    def show_side(self, is_after: bool) -> None:
        """Lie on one side."""
        self._is_after = is_after
        self.setAccessibleName(tr("Before or after: {side}", side=self._sides[is_after]))
        self.update()

    @property
    def is_after(self) -> bool:
        """Whether it lies on After."""
        return self._is_after

    def sizeHint(self) -> QSize:
        """Two sides of one width."""
        metrics = QFontMetrics(_bold(self.font()))
        return QSize(2 * (max(metrics.horizontalAdvance(side) for side in self._sides) + 2 * _PAD), _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        edge = QPainterPath()
        edge.addRoundedRect(frame, _RADIUS, _RADIUS)
        is_over = self.isEnabled() and self.underMouse()
        painter.fillPath(edge, look.color("hover" if is_over else "raised" if self.isEnabled() else "panel"))
        left, right = QRectF(frame), QRectF(frame)
        left.setRight(frame.center().x())
        right.setLeft(frame.center().x())
        lit = right if self._is_after else left
        if self.isEnabled():
            painter.setClipRect(lit)
            painter.fillPath(edge, look.color("pressed" if self.isDown() else "accent"))
            painter.setClipping(False)
        for area, text, is_lit in ((left, self._sides[0], lit is left), (right, self._sides[1], lit is right)):
            color = "text_disabled" if not self.isEnabled() else "on_accent" if is_lit and not self.isDown() else "text"
            painter.setFont(_bold(self.font()) if is_lit else self.font())
            painter.setPen(look.color(color))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
        strong = self.hasFocus()
        painter.setPen(QPen(look.color("text" if strong else "border_strong"), 2 if strong else 1))
        painter.drawPath(edge)
        painter.end()


def _bold(font: QFont) -> QFont:
    made = QFont(font)
    made.setBold(True)
    return made
