"""What lies over a window while files are dragged onto it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.empty_state import draw_drop_edge


class DropOverlay(QWidget):
    """Lies over the window while a file is dragged over it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._text = tr("Drop to open")
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    def cover(self, text: str = "") -> None:
        """Appear over the whole parent; `text` says what a drop does when it does not open a song."""
        parent = self.parentWidget()
        assert parent is not None
        self._text = text or tr("Drop to open")
        self.setGeometry(parent.rect())
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim what is below and say what a drop does."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(theme.current().color("window"))  # a copy: the theme's own must stay as it is
        veil.setAlpha(215)
        painter.fillRect(self.rect(), veil)
        draw_drop_edge(painter, QRectF(self.rect()), "accent")
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 1.4)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(theme.current().color("text"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
