"""The legend of a plot: what each line is, and a click hides it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from duv_studio.ui.i18n import plain_tip, tr
from duv_studio.ui.style import theme

_SWATCH, _GAP, _MOST_TEXT = 22, 6, 150
_OTHERS = (60, 122, 8, 92, 40)  # places on the velocity scale that are easily told apart
FAINT = 0.38  # opacity of raw values
PENS = {"dash": Qt.PenStyle.DashLine, "dot": Qt.PenStyle.DotLine}


@dataclass(frozen=True)
class Look:
    """How one kind of mark is drawn: a theme's colour or one of the colours of earlier runs, and its form."""

    color: str | int
    form: str = "line"  # line, faint, dash, dot, points, star

    def qcolor(self) -> QColor:
        """Its colour in the theme in force."""
        if isinstance(self.color, str):
            return QColor(theme.current().color(self.color))
        return theme.current().velocity_color(_OTHERS[self.color % len(_OTHERS)])


class LegendEntry(QAbstractButton):
    """A swatch and its name; checked while the line is shown."""

    def __init__(self, key: str, name: str, look: Look, about: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key, self.look = key, look
        self.setText(name)
        self.setCheckable(True)
        self.setChecked(True)
        hint = tr("{name}: click to hide or show", name=name)
        self.setToolTip(f"<qt>{escape(hint)}<p>{escape(about)}</p></qt>" if about else plain_tip(hint))
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Swatch and name; a very long name is shortened."""
        text = min(self.fontMetrics().horizontalAdvance(self.text()) + 2, _MOST_TEXT)
        return QSize(_SWATCH + _GAP + text + 8, self.fontMetrics().height() + 8)

    def minimumSizeHint(self) -> QSize:
        """The swatch and a little."""
        return QSize(_SWATCH + _GAP + 24, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as the plot draws."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.hasFocus() or self.underMouse():
            painter.setPen(theme.current().color("accent" if self.hasFocus() else "border"))
            painter.drawRoundedRect(area, 4, 4)
        painter.setOpacity(1.0 if self.isChecked() else 0.45)
        swatch(painter, QRectF(4, 0, _SWATCH, self.height()), self.look)
        painter.setPen(theme.current().color("text" if self.isChecked() else "text_muted"))
        words = QRectF(4 + _SWATCH + _GAP, 0, self.width() - _SWATCH - _GAP - 6, self.height())
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, int(words.width()))
        painter.setOpacity(1.0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, text)


def swatch(painter: QPainter, area: QRectF, look: Look) -> None:
    """Draw a small piece of a line or its points."""
    color, y = look.qcolor(), area.center().y()
    if look.form == "faint":
        color.setAlphaF(FAINT)
    if look.form in ("points", "star"):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        if look.form == "points":
            painter.drawEllipse(area.center(), 4.0, 4.0)
        else:
            painter.drawPolygon(star(area.center(), 7.0))
        return
    painter.setPen(QPen(color, 2 if look.form == "line" else 1.4, PENS.get(look.form, Qt.PenStyle.SolidLine)))
    painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))


def star(center: QPointF, radius: float) -> list[QPointF]:
    """Return the ten corners of a star."""
    corners = []
    for i in range(10):
        r = radius if i % 2 == 0 else radius * 0.42
        angle = math.pi * (i / 5 - 0.5)
        corners.append(center + QPointF(r * math.cos(angle), r * math.sin(angle)))
    return corners


class Legend(QWidget):
    """Entries in a row."""

    toggled = Signal(str, bool)  # key, whether it is shown

    def __init__(self, order: Sequence[str] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._order = tuple(order)
        self.entries: dict[str, LegendEntry] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.SPACE_S)
        self._row.addStretch(1)

    def put(self, key: str, name: str, look: Look, about: str = "") -> None:
        """Add an entry at its place in the order, or at the end; unless it is there. Its tip tells `about` it."""
        if key in self.entries:
            return
        entry = LegendEntry(key, name, look, about, self)
        entry.toggled.connect(self._on_toggled)
        place = sum(self._rank(other) <= self._rank(key) for other in self.entries)
        self.entries[key] = entry
        self._row.insertWidget(place, entry)
        self.entries = dict(sorted(self.entries.items(), key=lambda item: self._row.indexOf(item[1])))

    def _rank(self, key: str) -> int:
        return self._order.index(key) if key in self._order else len(self._order)

    def remove(self, key: str) -> None:
        """Take an entry away."""
        entry = self.entries.pop(key, None)
        if entry is not None:
            self._row.removeWidget(entry)
            entry.hide()
            entry.deleteLater()

    def _on_toggled(self, on: bool) -> None:
        entry = self.sender()
        assert isinstance(entry, LegendEntry)
        self.toggled.emit(entry.key, on)
