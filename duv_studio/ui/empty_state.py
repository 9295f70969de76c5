"""What the canvas shows before a file is opened: where to drop one."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPen

from duv_studio.ui import icons
from duv_studio.ui.theme import Theme, current

_ICON = 44
_HINTS = ("or press Ctrl+O to open one", "The demo song is in the File menu")


def paint_empty(painter: QPainter, area: QRectF, font: QFont, dpr: float) -> None:
    """Draw the invitation in the middle of `area`."""
    theme = current()
    painter.fillRect(area, theme.color("canvas"))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    card = QRectF(0, 0, min(420.0, area.width() - 24), min(216.0, area.height() - 24))
    card.moveCenter(area.center())
    _paint_card(painter, card, theme)
    top = card.center().y() - 78
    at = QPointF(area.center().x() - _ICON / 2, top)
    painter.drawPixmap(at, icons.pixmap("midi", _ICON, theme.accent, dpr))
    _write(painter, area, top + 62, "Drop a MIDI file here", _sized(font, 1.45, bold=True), theme.text)
    for line, hint in enumerate(_HINTS):
        _write(painter, area, top + 98 + 24 * line, hint, _sized(font, 1.0), theme.text_muted)


def _paint_card(painter: QPainter, card: QRectF, theme: Theme) -> None:
    pen = QPen(theme.color("border_strong"), 1.5)
    pen.setDashPattern([5.0, 4.0])
    painter.setPen(pen)
    painter.setBrush(theme.color("panel"))
    painter.drawRoundedRect(card, 12, 12)


def _sized(font: QFont, factor: float, bold: bool = False) -> QFont:
    made = QFont(font)
    if font.pointSizeF() > 0:
        made.setPointSizeF(font.pointSizeF() * factor)
    else:
        made.setPixelSize(round(font.pixelSize() * factor))
    made.setBold(bold)
    return made


def _write(painter: QPainter, area: QRectF, y: float, words: str, font: QFont, color: str) -> None:
    painter.setFont(font)
    painter.setPen(color)
    painter.drawText(QRectF(area.left(), y, area.width(), 32), Qt.AlignmentFlag.AlignHCenter, words)
