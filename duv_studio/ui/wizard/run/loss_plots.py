"""The live plots of a training, by pyqtgraph: import this only once a plot is to be seen, and not in the GUI thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from duv_studio.engine.midi.song import FloatArray
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.training.run_history import BASE, IDENTITY, LR, RunHistory, Series
from duv_studio.ui.wizard.run.curves import between, mixed, nearest, peaks
from duv_studio.ui.wizard.run.legend import FAINT, PENS, Look, star

_MARGIN = 0.06  # of the height, above and below what is drawn
_OUTLIERS = 0.5  # percent of raw values at either end that may leave the plot
_STAR, _POINT = 17, 8  # pixels
_BOLD_POINTS = 250  # a wide pen costs ten times as much: with more points, full colour alone makes a curve bold

LOOKS = {
    "raw": Look("accent", "faint"),
    "smooth": Look("accent"),
    "lr": Look("border_strong", "line"),
    "validation": Look("warning", "points"),
    "best": Look("success", "star"),
    IDENTITY: Look("text_muted", "dot"),
    BASE: Look("text", "dash"),
}


@dataclass(frozen=True)
class PlotKind:
    """What one plot shows: a column of the log, and words; with the learning rate beside it or not.

    Losses of the songs that are learned from and of those that are kept aside never share a plot: they are not measured
    on the same music, nor on input that is as hard.
    """

    column: str
    title: str
    axis: str
    form: str = ".3f"  # of values in words
    with_lr: bool = False

    @property
    def learned(self) -> bool:
        """Whether it is about songs that are learned from."""
        return self.column.startswith("train_")


class CurvePlot(pg.PlotWidget):
    """Losses of the songs that are learned from, raw and smoothed, or of those kept aside, with who must be beaten.

    Earlier runs stand beside those of the same songs.
    The wheel and drags move along the steps; the height always fits what is seen; a double click shows all.
    """

    read = Signal(str)  # what lies under the pointer; "" when it has left

    def __init__(self, kind: PlotKind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self.history = RunHistory()
        self._others: dict[str, tuple[RunHistory, Look]] = {}
        self._hidden: set[str] = set()
        self._whole = True  # whether all steps are shown
        self._bold = True  # whether the smoothed curve is drawn with a wide pen
        self.lines: dict[str, pg.PlotDataItem] = {}
        self._levels: dict[str, pg.InfiniteLine] = {}
        self._dress()
        self._lr_box = self._add_lr() if kind.with_lr else None
        self._add_marks()
        self.retint()

    # What it is made of

    def _dress(self) -> None:
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMouseEnabled(x=True, y=False)
        self.setLabel("bottom", tr("step"))
        self.setLabel("left", self.kind.axis)
        self.getPlotItem().showGrid(x=False, y=True, alpha=0.16)
        for name in ("left", "bottom", "right"):
            axis = self.getAxis(name)
            axis.enableAutoSIPrefix(False)
            # Every line of the grid, being translucent, takes a quarter of a millisecond: a few from the left do.
            axis.setStyle(tickLength=-4, maxTickLevel=0)
        self.getAxis("right").setGrid(False)
        self.getAxis("left").setWidth(62)
        box = self.getViewBox()
        box.disableAutoRange()
        box.sigRangeChangedManually.connect(self._on_moved)
        self.scene().sigMouseMoved.connect(self._on_pointer)
        self.setAccessibleName(f"{self.kind.title} {self.kind.axis}".strip())

    def _add_lr(self) -> pg.ViewBox:
        """A second box behind the same axis of steps, with a scale at the right."""
        box = pg.ViewBox(enableMenu=False)
        self.showAxis("right")
        self.setLabel("right", tr("learning rate"))
        self.getAxis("right").setWidth(64)
        self.scene().addItem(box)
        self.getAxis("right").linkToView(box)
        box.setXLink(self.getViewBox())
        box.setMouseEnabled(x=False, y=False)
        box.disableAutoRange()
        box.setZValue(-10)
        self.getViewBox().sigResized.connect(self._follow_box)
        self.lines["lr"] = pg.PlotDataItem(skipFiniteCheck=True)
        self.lines["lr"].curve.setSegmentedLineMode("on")
        box.addItem(self.lines["lr"])
        return box

    def _follow_box(self) -> None:
        if self._lr_box is not None:
            self._lr_box.setGeometry(self.getViewBox().sceneBoundingRect())

    def _add_marks(self) -> None:
        for key in ("raw", "smooth") if self.kind.learned else ("validation",):
            self.lines[key] = self._curve()
        for key in (IDENTITY, BASE):
            line = pg.InfiniteLine(angle=0, movable=False)
            line.setVisible(False)
            self._levels[key] = line
            self.addItem(line, ignoreBounds=True)
        self._points = pg.ScatterPlotItem(size=_POINT, pxMode=True)
        self.best_mark = pg.ScatterPlotItem(size=_STAR, pxMode=True, symbol=_star_path())
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.setVisible(False)
        for z, item in enumerate((self._points, self.best_mark, self._cursor)):
            item.setZValue(10 + z)
            self.addItem(item, ignoreBounds=True)

    def _curve(self) -> pg.PlotDataItem:
        curve = pg.PlotDataItem(skipFiniteCheck=True)
        curve.curve.setSegmentedLineMode("on")  # a path of thousands of lines takes ten times as long to paint
        self.addItem(curve, ignoreBounds=True)
        return curve

    # What it shows

    def show_run(self, history: RunHistory) -> None:
        """Draw the log of a run so far."""
        self.history = history
        if not self.kind.learned:
            self._show_held_out(history)
        self.fit()

    def _show_held_out(self, history: RunHistory) -> None:
        validation = history.series(self.kind.column)
        self._points.setData(*validation)
        self._show_best(validation)
        for row, line in self._levels.items():
            value = history.last(self.kind.column, row)
            line.setVisible(bool(np.isfinite(value)) and row not in self._hidden)
            line.setValue(value if np.isfinite(value) else 0.0)

    def _draw_curves(self) -> None:
        """Give every curve the few points of it that can be told apart on the screen."""
        left, right = self.getViewBox().viewRange()[0]
        for key, series in self._series().items():
            self.lines[key].setData(*peaks(series, left, right))
        self._embolden(len(self.history.series(self.kind.column).steps) <= _BOLD_POINTS)
        if self._lr_box is not None:
            self._fit_lr(self.history.series(LR))

    def _series(self) -> dict[str, Series]:
        """What each curve draws, whole."""
        column = self.kind.column
        found: dict[str, Series] = {
            key: self._of(self.history, key) for key in ("raw", "smooth", "validation") if key in self.lines
        }
        if self._lr_box is not None:
            found["lr"] = self.history.series(LR)
        for key, (history, _) in self._others.items():
            found[f"other {key}"] = history.smoothed(column) if self.kind.learned else history.series(column)
        return found

    def _of(self, history: RunHistory, key: str) -> Series:
        return history.smoothed(self.kind.column) if key == "smooth" else history.series(self.kind.column)

    def _embolden(self, bold: bool) -> None:
        if bold != self._bold:
            self._bold = bold
            self.retint()

    def _show_best(self, validation: Series) -> None:
        best = self.history.best
        at = np.flatnonzero(validation.steps == (-1 if best is None else best[0]))[-1:]
        self.best_mark.setData(validation.steps[at], validation.values[at])

    def _fit_lr(self, lr: Series) -> None:
        top = float(lr.values.max()) if len(lr.values) else 1.0
        assert self._lr_box is not None
        self._lr_box.setYRange(0.0, top * 1.1 or 1.0, padding=0)

    def set_others(self, others: Mapping[str, tuple[RunHistory, Look]]) -> None:
        """Draw earlier runs beside this one, by key."""
        for key in [k for k in self.lines if k.startswith("other ")]:
            self.removeItem(self.lines.pop(key))
        self._others = dict(others)
        for key in self._others:
            curve = self.lines[f"other {key}"] = self._curve()
            curve.setVisible(key not in self._hidden)
        self.retint()
        self.fit()

    def set_shown(self, key: str, on: bool) -> None:
        """Show or hide one kind of mark, or an earlier run."""
        self._hidden = self._hidden - {key} if on else self._hidden | {key}
        if key == "validation":
            self._points.setVisible(on)
        if key == "best":
            self.best_mark.setVisible(on)
        elif key in self._levels:
            self._levels[key].setVisible(on and bool(np.isfinite(self.history.last(self.kind.column, key))))
        for name in (key, f"other {key}"):
            if name in self.lines:
                self.lines[name].setVisible(on)
        self.fit()

    # Which part is seen

    def fit(self) -> None:
        """Show all steps, unless the user chose some, and just the height that is needed."""
        if self._whole:
            self.setXRange(0.0, max(self._last_step(), 1.0) * 1.03, padding=0)
        low, high = self._height()
        margin = (high - low) * _MARGIN or abs(high) * _MARGIN or 1.0
        self.setYRange(low - margin, high + margin, padding=0)
        self._draw_curves()

    def _last_step(self) -> float:
        return float(max(self.history.step, *(history.step for history, _ in self._others.values()), 0))

    def _height(self) -> tuple[float, float]:
        """The lowest and the highest value that is worth being seen."""
        left, right = self.getViewBox().viewRange()[0]
        parts: list[FloatArray] = []
        for key, series in self._series().items():
            if key == "lr" or key.removeprefix("other ") in self._hidden:
                continue
            seen = between(series, left, right)
            raw = key == "raw" and len(seen)
            parts.append(np.percentile(seen, (_OUTLIERS, 100 - _OUTLIERS)) if raw else seen)
        levels = [float(line.value()) for line in self._levels.values() if line.isVisible()]
        values = np.concatenate([*parts, np.array(levels)])
        return (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)

    def _on_moved(self) -> None:
        self._whole = False
        self.fit()

    def mouseDoubleClickEvent(self, event: object) -> None:
        """Show all again."""
        self._whole = True
        self.fit()

    # Under the pointer

    def _on_pointer(self, where: QPointF) -> None:
        box = self.getViewBox()
        inside = box.sceneBoundingRect().contains(where)
        text = self.words_at(float(box.mapSceneToView(where).x())) if inside else ""
        self._cursor.setVisible(bool(text))
        self.read.emit(text)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under it any more."""
        super().leaveEvent(event)
        self._cursor.setVisible(False)
        self.read.emit("")

    def words_at(self, x: float) -> str:
        """Return what is known of the step nearest to `x`, and move the cursor there."""
        series = self.history.series(self.kind.column)
        at = nearest(series.steps, x)
        if at is None:
            return ""
        form, step = self.kind.form, float(series.steps[at])
        self._cursor.setValue(step)
        value = format(series.values[at], form)
        about = self._words_learned(at, value, step) if self.kind.learned else self._words_held_out(value)
        return "  ·  ".join([tr("step {n}", n=f"{step:,.0f}"), *about])

    def _words_learned(self, at: int, value: str, step: float) -> list[str]:
        smooth = format(self.history.smoothed(self.kind.column).values[at], self.kind.form)
        parts = [tr("training {raw}, smoothed {smooth}", raw=value, smooth=smooth)]
        lr = self.history.series(LR)
        near = nearest(lr.steps, step)
        if self.kind.with_lr and near is not None:
            parts.append(tr("learning rate {lr}", lr=f"{lr.values[near]:.2e}"))
        return parts

    def _words_held_out(self, value: str) -> list[str]:
        parts = [tr("validation {value}", value=value)]
        for row, words in ((BASE, "base {value}"), (IDENTITY, "does nothing {value}")):
            level = self.history.last(self.kind.column, row)
            if np.isfinite(level):
                parts.append(tr(words, value=format(level, self.kind.form)))
        return parts

    # Its colours

    def retint(self) -> None:
        """Take the colours of the theme in force."""
        look = theme.current()
        self.setBackground(look.color("canvas"))
        if self.kind.title:
            self.setTitle(self.kind.title, color=look.text, size="9pt")
        for name in ("left", "bottom", "right"):
            axis = self.getAxis(name)
            axis.setPen(pg.mkPen(look.color("border_strong")))
            axis.setTextPen(pg.mkPen(look.color("text_muted")))
        for key, curve in self.lines.items():
            width = 2 if key == "smooth" and self._bold else 1
            curve.setPen(_pen(self._look_of(key), width, faint=key == "raw"))
        for key, line in self._levels.items():
            line.setPen(_pen(LOOKS[key]))
        for item, key in ((self._points, "validation"), (self.best_mark, "best")):
            item.setBrush(pg.mkBrush(LOOKS[key].qcolor()))
            item.setPen(pg.mkPen(look.color("canvas")))
        self._cursor.setPen(pg.mkPen(look.color("border_strong")))

    def _look_of(self, key: str) -> Look:
        if key == "validation":  # a line between its points
            return Look(LOOKS[key].color)
        return self._others[key.removeprefix("other ")][1] if key.startswith("other ") else LOOKS[key]

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_cursor"):
            self.retint()


def _pen(look: Look, width: int = 1, faint: bool = False) -> QPen:
    color = look.qcolor()
    if faint:  # mixed with the ground, not let through: overlapping see-through lines take ten times as long to paint
        color = mixed(color, theme.current().color("canvas"), FAINT)
    return pg.mkPen(color, width=width, style=PENS.get(look.form, Qt.PenStyle.SolidLine))


def _star_path() -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(star(QPointF(0, 0), 0.5))
    path.closeSubpath()
    return path
