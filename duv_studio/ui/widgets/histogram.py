"""Two small histograms of velocity, before and after, on one axis."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from duv_studio.engine.midi.song import IntArray
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme

BIN = 4  # velocities per bar
_BINS = 128 // BIN


class VelocityHistogram(QWidget):
    """How loud the notes are; each row is scaled to its own highest bar, because flat tracks have only one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[tuple[str, IntArray | None], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_velocities(None, None)

    def sizeHint(self) -> QSize:
        """Two rows and their words."""
        return QSize(240, 2 * (self.fontMetrics().height() + 30))

    def set_velocities(self, before: IntArray | None, after: IntArray | None) -> None:
        """Show velocities (n,), 1..127; None draws an empty row."""
        self._rows = ((tr("Before"), before), (tr("After"), after))
        words = ", ".join(f"{name}: {describe(values)}" for name, values in self._rows)
        self.setAccessibleName(tr("Velocities. {words}", words=words))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both rows."""
        painter = QPainter(self)
        look, height = theme.current(), self.height() / 2
        for i, (name, values) in enumerate(self._rows):
            area = QRectF(0, i * height, self.width(), height - 4)
            self._draw_words(painter, area, name, describe(values))
            bars = area.adjusted(0, self.fontMetrics().height() + 3, 0, 0)
            painter.fillRect(QRectF(bars.left(), bars.bottom() - 1, bars.width(), 1), look.color("border_strong"))
            if values is not None and len(values):
                _draw_bars(painter, bars, values, filled=i == 1)

    def _draw_words(self, painter: QPainter, area: QRectF, name: str, numbers: str) -> None:
        look, font = theme.current(), QFont(self.font())
        painter.setFont(font)
        painter.setPen(look.color("text"))
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, name)
        painter.setPen(look.color("text_muted"))
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, numbers)


def describe(velocities: IntArray | None) -> str:
    """Return mean and standard deviation in words."""
    if velocities is None or not len(velocities):
        return "–"
    return tr("{mean} ± {spread}", mean=round(float(np.mean(velocities))), spread=f"{float(np.std(velocities)):.1f}")


def heights(velocities: IntArray) -> np.ndarray:
    """Return the share 0..1 of the highest bar for each of the 32 bars; a bar with few notes stays visible."""
    counts = np.bincount(velocities // BIN, minlength=_BINS)
    shares = counts / counts.max()
    return np.where(counts > 0, np.maximum(shares, 0.06), 0.0)


def _draw_bars(painter: QPainter, area: QRectF, velocities: IntArray, filled: bool) -> None:
    step = area.width() / _BINS
    for i, share in enumerate(heights(velocities)):
        if share:
            bar = QRectF(area.left() + i * step, area.bottom() - share * area.height(), step - 1, share * area.height())
            _draw_bar(painter, bar, theme.current().velocity_color(i * BIN + BIN // 2), filled)


def _draw_bar(painter: QPainter, bar: QRectF, color: QColor, filled: bool) -> None:
    if filled:
        painter.fillRect(bar, color)
    else:  # like the notes of the piano roll: before is hollow
        painter.setPen(theme.current().color("text_muted"))
        painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5))
