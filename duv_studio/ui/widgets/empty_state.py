"""What places without content are made of: a picture in the theme's colour, centred words, and the edge to drop on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QLabel, QWidget

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


def paint_drop_place(widget: QWidget) -> None:
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
