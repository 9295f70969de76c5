"""Empty states: a picture with centred text, the edge to drop on, and the overlay while files are dragged."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from duv_studio.ui.i18n import tr
from duv_studio.ui.style import icons, theme


class Picture(QLabel):
    """An icon at a large size that follows the theme."""

    def __init__(self, icon: str, size: int) -> None:
        super().__init__()
        self._icon, self._size = icon, size
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._tint()

    def _tint(self) -> None:
        self.setPixmap(icons.pixmap(self._icon, self._size, theme.current().accent, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)


def centred(text: str, role: str) -> QLabel:
    """Words in the middle; `role` is the style sheet's."""
    label = QLabel(text)
    label.setProperty("role", role)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def paint_empty_state(widget: QWidget) -> None:
    """Paint a whole widget as a place to drop on."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(widget.rect(), theme.current().color("canvas"))
    draw_drop_edge(painter, QRectF(widget.rect()), "border_strong")


def draw_drop_edge(painter: QPainter, area: QRectF, color: str) -> None:
    """Draw the dashed edge that means: drop here."""
    painter.setPen(QPen(theme.current().color(color), 1.5, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    margin = theme.SPACE_XL
    painter.drawRoundedRect(area.adjusted(margin, margin, -margin, -margin), 10, 10)


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
