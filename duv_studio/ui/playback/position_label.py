"""Where it plays, as bars:beats and as time, or why nothing is heard yet."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from duv_studio.engine.midi.song import Song
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme

_LARGE_PX, _SMALL_PX = 15, 11
_WIDEST = "0000:00", "00:00.0 / 00:00"


class PositionLabel(QWidget):
    """Two lines whose figures do not move about; painted only when they change."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.texts = ("", "")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def show_texts(self, large: str, small: str) -> None:
        """Write two lines."""
        if (large, small) != self.texts:
            self.texts = (large, small)
            self.update()

    def sizeHint(self) -> QSize:
        """As wide as the longest song needs."""
        widths = [QFontMetrics(font).horizontalAdvance(t) for font, t in zip(self._fonts(), _WIDEST, strict=True)]
        return QSize(max(widths) + 2 * theme.SPACE_XS, 30)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter, middle = theme.current(), QPainter(self), self.height() // 2
        areas = QRect(0, middle - 17, self.width(), 18), QRect(0, middle + 1, self.width(), 14)
        colors = (
            "text" if self.isEnabled() else "text_disabled",
            "text_muted" if self.isEnabled() else "text_disabled",
        )
        for area, font, text, color in zip(areas, self._fonts(), self.texts, colors, strict=True):
            painter.setFont(font)
            painter.setPen(look.color(color))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, shown)
        painter.end()

    def _fonts(self) -> tuple[QFont, QFont]:
        large, small = QFont(self.font()), QFont(self.font())
        large.setPixelSize(_LARGE_PX)
        large.setBold(True)
        small.setPixelSize(_SMALL_PX)
        for font in (large, small):
            font.setFeature(QFont.Tag("tnum"), 1)
        return large, small


def bars_and_beats(song: Song, seconds: float) -> str:
    """Return "12:3": the bar and the beat of the meter in it, both from 1."""
    at = song.meter.position(np.int64(song.tempo.ticks_at(seconds + 1e-6)))
    beat = int(float(at.beat) * int(at.denominator) / 4.0 + 1e-6)
    return f"{int(at.bar) + 1}:{beat + 1}"


def time_text(seconds: float, length: float) -> str:
    """Return "0:24.5 / 3:05"."""
    tenths = int(seconds * 10 + 1e-6)
    minutes, rest = divmod(tenths, 600)
    whole = round(length)
    return tr("{at} / {length}", at=f"{minutes}:{rest / 10:04.1f}", length=f"{whole // 60}:{whole % 60:02d}")
