"""A small sign in the status bar for work that goes on behind the window: a word, and a line that fills."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from duv_studio.ui.i18n import plain_tip
from duv_studio.ui.style import theme

_HEIGHT, _PADDING, _LINE = 22, 9, 3


class ProgressChip(QAbstractButton):
    """A pill with words; a click leads to the work. Shown while it goes on, and after its end until someone looked."""

    def __init__(self, usual: str, parent: QWidget | None = None) -> None:
        """`usual` are words that there is always room for, so that it does not jump with every digit."""
        super().__init__(parent)
        self._usual = usual
        self._share: float | None = None
        self._failed = self._unseen = False
        self.clicked.connect(self.seen)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def say(self, text: str, tip: str) -> None:
        """Show other words."""
        if text != self.text():
            self.setText(text)
            self.updateGeometry()
        self.setAccessibleName(text)
        self.setToolTip(plain_tip(tip))
        self.update()

    def show_work(self, running: bool, share: float | None, error: Exception | None) -> None:
        """Show whether it goes on, how much is done, 0..1, None where that is unknown, and whether it failed."""
        self.setVisible(running or self._unseen)
        self._share = share if running else None
        self._failed = not running and error is not None
        self.update()

    def refresh(self) -> None:
        """Show where the work stands."""
        raise NotImplementedError

    def seen(self) -> None:
        """Someone looked at the result, or it starts over."""
        self._unseen = False
        self.refresh()

    def ended(self) -> None:
        """It is over, and no one looked yet."""
        self._unseen = True
        self.refresh()

    def sizeHint(self) -> QSize:
        """Room for its words."""
        widest = max(self.fontMetrics().horizontalAdvance(text) for text in (self.text(), self._usual))
        return QSize(widest + 2 * _PADDING, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A pill with words, and a line below them that fills."""
        look, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(look.color("accent" if self.hasFocus() else "error" if self._failed else "border_strong"))
        painter.setBrush(look.color("hover" if self.underMouse() else "raised"))
        painter.drawRoundedRect(area, 6, 6)
        painter.setPen(look.color("error" if self._failed else "text"))
        painter.drawText(area.adjusted(0, 0, 0, -2), Qt.AlignmentFlag.AlignCenter, self.text())
        if self._share is not None:
            room = area.width() - 2 * _PADDING
            line = QRectF(area.left() + _PADDING, area.bottom() - _LINE - 1, room, _LINE - 1)
            painter.fillRect(line, look.color("border"))
            painter.fillRect(QRectF(line.left(), line.top(), room * self._share, line.height()), look.color("accent"))
