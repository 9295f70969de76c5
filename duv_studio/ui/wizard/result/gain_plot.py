"""The plot of what an adapter changes: a dot and its 95 % interval for every measure, better to the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme

_ROW, _TOP, _BOTTOM = 28, 4, 22
_NAME_WIDTH, _NUMBER_WIDTH = 0.36, 74  # a share, and pixels
_DOT, _WHISKER = 4.5, 4.0


@dataclass(frozen=True)
class GainRow:
    """One measure; values as they are, `better` is the sign of a gain that is wanted."""

    name: str
    value: float
    low: float | None
    high: float | None
    better: int
    form: str

    @property
    def clear(self) -> int:
        """1 where it is better beyond chance, −1 where it is worse, 0 where no one can tell."""
        if self.low is None or self.high is None or self.low <= 0 <= self.high:
            return 0
        return 1 if (self.value > 0) == (self.better > 0) else -1

    @property
    def words(self) -> str:
        """The same for those who do not see the plot."""
        verdict = {1: tr("better"), -1: tr("worse"), 0: tr("no clear change")}[self.clear]
        within = ""
        if self.low is not None and self.high is not None:
            within = tr(
                ", 95 % interval {low} to {high}", low=signed(self.low, self.form), high=signed(self.high, self.form)
            )
        return f"{self.name}: {signed(self.value, self.form)}{within}, {verdict}"


def signed(value: float, form: str) -> str:
    """Return a difference with its sign: "+0.031", "−1.2"."""
    return format(value, f"+{form}").replace("-", "−")


class GainPlot(QWidget):
    """A row for each measure on a scale of its own, as their units differ; the middle is "no difference"."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[GainRow, ...] = ()
        self._middle = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_rows(self, rows: Sequence[GainRow], name: str = "", middle: str = "") -> None:
        """Show other measures; `name` says of what, `middle` with whom all is compared: the base, if nobody else."""
        self.rows, self._middle = tuple(rows), middle or tr("the base")
        self.setAccessibleName(name or tr("What the adapter changes"))
        self.setAccessibleDescription("\n".join(row.words for row in self.rows))
        self.setToolTip("\n".join(row.words for row in self.rows))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(480, _TOP + _ROW * len(self.rows) + _BOTTOM)

    def minimumSizeHint(self) -> QSize:
        """It can be narrow, never lower."""
        return QSize(320, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axis, words, dots."""
        if not self.rows:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        self._paint_axis(painter, area)
        for i, row in enumerate(self.rows):
            self._paint_row(painter, row, area, _TOP + _ROW * (i + 0.5))

    def _area(self) -> QRectF:
        left = self.width() * _NAME_WIDTH
        return QRectF(left, _TOP, self.width() - left - _NUMBER_WIDTH, _ROW * len(self.rows))

    def _paint_axis(self, painter: QPainter, area: QRectF) -> None:
        look, middle = theme.current(), area.center().x()
        painter.setPen(QPen(look.color("border"), 1))
        for i in range(len(self.rows) + 1):
            y = area.top() + _ROW * i
            painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
        painter.setPen(QPen(look.color("border_strong"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(middle, area.top()), QPointF(middle, area.bottom()))
        painter.setPen(look.color("text_muted"))
        below = QRectF(area.left(), area.bottom() + 2, area.width(), _BOTTOM - 2)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, tr("◂ worse"))
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, self._middle)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, tr("better ▸"))

    def _paint_row(self, painter: QPainter, row: GainRow, area: QRectF, y: float) -> None:
        look = theme.current()
        color = look.color({1: "success", -1: "error", 0: "text_muted"}[row.clear])
        name = painter.fontMetrics().elidedText(row.name, Qt.TextElideMode.ElideRight, int(area.left()) - 8)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(look.color("text"))
        painter.drawText(QRectF(2, y - _ROW / 2, area.left(), _ROW), middle | Qt.AlignmentFlag.AlignLeft, name)
        number = QRectF(area.right(), y - _ROW / 2, _NUMBER_WIDTH - 2, _ROW)
        painter.drawText(number, middle | Qt.AlignmentFlag.AlignRight, signed(row.value, row.form))
        places = places_of(row)
        painter.setPen(QPen(color, 1.6))
        if places.low is not None and places.high is not None:
            low, high = (area.left() + share * area.width() for share in (places.low, places.high))
            painter.drawLine(QPointF(low, y), QPointF(high, y))
            for x in (low, high):
                painter.drawLine(QPointF(x, y - _WHISKER), QPointF(x, y + _WHISKER))
        # Filled where it is beyond chance: not by colour alone.
        painter.setBrush(color if row.clear else look.color("window"))
        painter.drawEllipse(QPointF(area.left() + places.value * area.width(), y), _DOT, _DOT)


@dataclass(frozen=True)
class Places:
    """Where a row's dot and whiskers stand, 0 at the worse end, 0.5 at no difference, 1 at the better end."""

    value: float
    low: float | None
    high: float | None


def places_of(row: GainRow) -> Places:
    """Scale a row so that whatever lies farthest from no difference comes near its end."""
    most = max(abs(x) for x in (row.value, row.low or 0.0, row.high or 0.0)) or 1.0

    def place(x: float) -> float:
        return 0.5 + 0.46 * row.better * x / most

    low, high = (None if x is None else place(x) for x in (row.low, row.high))
    return Places(place(row.value), low, high)
