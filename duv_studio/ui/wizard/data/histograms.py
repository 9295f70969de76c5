"""Small histograms, painted in the colours of the theme: how loud the notes are, and how long they were held."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from duv_studio.training.lora.survey.survey import Histogram
from duv_studio.ui.i18n import count, tr
from duv_studio.ui.style import theme

_LEAST = 1.5  # pixels: a bar of few notes is still seen
_TICK = 4


@dataclass(frozen=True)
class Tick:
    """A word below the axis; `strong` draws a line through the bars."""

    at: float
    text: str
    strong: bool = False


@dataclass(frozen=True)
class Look:
    """How a histogram is drawn: its heading, ticks, the colour of the bar around a value, and a value in words."""

    heading: str
    ticks: Sequence[Tick]
    color: Callable[[float], QColor]
    word: Callable[[float, float], str]
    empty: str


class BarChart(QWidget):
    """One histogram with its heading, a summary on the right, bars and an axis."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self.shown: Histogram | None = None
        self._summary = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_histogram(None)

    def set_histogram(self, histogram: Histogram | None, summary: str = "") -> None:
        """Show other counts; None or no notes at all say why there is nothing to see."""
        self.shown = histogram if histogram is not None and histogram.total else None
        self._summary = summary if self.shown is not None else ""
        self.setAccessibleName(f"{self.look.heading}: {self._summary or self.look.empty}")
        self.update()

    def sizeHint(self) -> QSize:
        """Heading, bars and axis."""
        return QSize(260, 2 * self.fontMetrics().height() + 74)

    @property
    def bars(self) -> QRectF:
        """Where the bars stand."""
        line = self.fontMetrics().height()
        return QRectF(0, line + 6, self.width(), self.height() - 2 * line - 6 - _TICK)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw everything."""
        painter = QPainter(self)
        look, area = theme.current(), self.bars
        self._words(painter)
        painter.fillRect(QRectF(area.left(), area.bottom(), area.width(), 1), look.color("border_strong"))
        if self.shown is None:
            painter.setPen(look.color("text_muted"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.look.empty)
            return
        self._marks(painter, area)
        for bar, value in zip(self.rectangles(), _middles(self.shown), strict=True):
            if bar.height():
                painter.fillRect(bar, self.look.color(value))

    def rectangles(self) -> list[QRectF]:
        """A rectangle for every bin, of no height where it holds nothing."""
        if self.shown is None:
            return []
        counts, area = self.shown.counts, self.bars
        step = area.width() / len(counts)
        gap = 1.0 if step > 3 else 0.0
        heights = np.where(counts > 0, np.maximum(counts / counts.max() * area.height(), _LEAST), 0.0)
        return [
            QRectF(area.left() + i * step, area.bottom() - h, step - gap, h) for i, h in enumerate(heights.tolist())
        ]

    def event(self, event: QEvent) -> bool:
        """A bar under the pointer tells its number."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def tip_at(self, point: QPointF) -> str:
        """What is to be said of the bin at a point of the widget."""
        area = self.bars
        if self.shown is None or not area.left() <= point.x() < area.right():
            return ""
        i = int((point.x() - area.left()) / area.width() * len(self.shown.counts))
        notes = count(int(self.shown.counts[i]), "note", "notes")
        return f"{self.look.word(float(self.shown.edges[i]), float(self.shown.edges[i + 1]))}: {notes}"

    def _words(self, painter: QPainter) -> None:
        line = QRectF(0, 0, self.width(), self.fontMetrics().height() + 2)
        painter.setPen(theme.current().color("text"))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, self.look.heading)
        painter.setPen(theme.current().color("text_muted"))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, self._summary)

    def _marks(self, painter: QPainter, area: QRectF) -> None:
        assert self.shown is not None
        look, low, high = theme.current(), float(self.shown.edges[0]), float(self.shown.edges[-1])
        for tick in self.look.ticks:
            x = area.left() + (tick.at - low) / (high - low) * area.width()
            if tick.strong:
                painter.setPen(QPen(look.color("text_muted"), 1, Qt.PenStyle.DashLine))
                painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(look.color("text_muted"))
            painter.drawText(self._below(x, area, tick.text), Qt.AlignmentFlag.AlignCenter, tick.text)

    def _below(self, x: float, area: QRectF, text: str) -> QRectF:
        width = self.fontMetrics().horizontalAdvance(text) + 2
        left = min(max(x - width / 2, 0.0), self.width() - width)
        return QRectF(left, area.bottom() + _TICK, width, self.fontMetrics().height())


def velocity_chart() -> BarChart:
    """How loud: every bar in the colour that its velocity has in the piano roll."""
    ticks = [Tick(at, str(at)) for at in (1, 32, 64, 96, 127)]
    return BarChart(
        Look(
            tr("Velocity"),
            ticks,
            lambda value: theme.current().velocity_color(min(max(int(value), 0), 127)),
            lambda low, high: tr("{low} to {high}", low=round(low), high=round(high) - 1),
            tr("No notes yet"),
        )
    )


def length_chart() -> BarChart:
    """How long against what is written: octaves on the axis, so that half and double are alike."""
    shares = ((-3, "⅛"), (-2, "¼"), (-1, "½"), (1, "2×"), (2, "4×"))
    ticks = [*(Tick(at, text) for at, text in shares), Tick(0, tr("as written"), strong=True)]
    return BarChart(
        Look(
            tr("Length, played to written"),
            ticks,
            lambda value: theme.current().color("accent"),
            lambda low, high: tr("{low} to {high} %", low=round(100 * 2**low), high=round(100 * 2**high)),
            tr("Drums have no lengths to learn"),
        )
    )


def coarser(histogram: Histogram, by: int) -> Histogram:
    """Return the same notes in bins `by` times as wide."""
    counts = histogram.counts.reshape(-1, by).sum(axis=1)
    return Histogram(histogram.edges[::by], counts)


def spread(histogram: Histogram) -> tuple[float, float]:
    """Return mean and standard deviation of the values, as far as bins tell them; nan without notes."""
    if not histogram.total:
        return float("nan"), float("nan")
    middles = np.array(_middles(histogram))
    mean = float(np.average(middles, weights=histogram.counts))
    return mean, float(np.sqrt(np.average((middles - mean) ** 2, weights=histogram.counts)))


def _middles(histogram: Histogram) -> list[float]:
    return ((histogram.edges[:-1] + histogram.edges[1:]) / 2).tolist()
