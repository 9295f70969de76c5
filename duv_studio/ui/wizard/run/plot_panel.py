"""A legend over two plots: the songs that are learned from, and those that are kept aside; and what they say."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.training.run_history import BASE, IDENTITY, RunHistory
from duv_studio.ui.wizard.run.legend import Legend, Look
from duv_studio.ui.wizard.run.loss_plots import LOOKS, CurvePlot, PlotKind

COMPARED = (
    "Base and adapter are compared on the right, on the same songs, which nobody learns from. On the left are other"
    " songs, made mechanical anew at every step: their loss cannot be compared with the right."
)
DOES_NOTHING = (
    "“Does nothing” leaves every note at its track's level and its written length. An adapter that does not come below"
    " it has learned nothing yet: let it train on, give it more songs, and check that they were played by hand."
)


class PlotPanel(QWidget):
    """Plots side by side under one legend, with a sentence about what may be compared."""

    read = Signal(str)

    def __init__(self, kinds: tuple[PlotKind, ...], said: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plots = [CurvePlot(kind) for kind in kinds]
        self.legend = Legend(tuple(LOOKS))
        self.legend.toggled.connect(self._on_toggled)
        self.setAutoFillBackground(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_S, theme.SPACE_S, theme.SPACE_S, theme.SPACE_S)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(self.legend)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_S)
        column.addLayout(row, 1)
        for plot in self.plots:
            plot.read.connect(self.read)
            row.addWidget(plot, 1)
        self.said = QLabel(said)
        self.said.setWordWrap(True)
        self.said.setProperty("role", "muted")
        self.said.setVisible(bool(said))
        column.addWidget(self.said)
        for key, name in (("raw", tr("Training")), ("smooth", tr("smoothed")), ("validation", tr("Validation"))):
            self.legend.put(key, name, LOOKS[key])

    def show_run(self, history: RunHistory) -> None:
        """Draw a run, and name what appears in it."""
        for plot in self.plots:
            plot.show_run(history)
        known = {
            "best": (tr("Best"), history.best is not None),
            IDENTITY: (tr("Does nothing"), self._has(history, IDENTITY)),
            BASE: (tr("Base"), self._has(history, BASE)),
            "lr": (tr("Learning rate"), any(p.kind.with_lr for p in self.plots)),
        }
        for key, (name, there) in known.items():
            if there:
                self.legend.put(key, name, LOOKS[key], tr(DOES_NOTHING) if key == IDENTITY else "")
            else:
                self.legend.remove(key)

    def _has(self, history: RunHistory, row: str) -> bool:
        return any(len(history.series(plot.kind.column, row).steps) for plot in self.plots)

    def set_others(self, others: Mapping[str, tuple[str, RunHistory, Look]]) -> None:
        """Draw earlier runs, by key; with the name of each."""
        for key in [k for k in self.legend.entries if k not in LOOKS and k not in others]:
            self.legend.remove(key)
        for plot in self.plots:
            plot.set_others({key: (history, look) for key, (_, history, look) in others.items()})
        for key, (name, _, look) in others.items():
            self.legend.put(key, name, look)

    def _on_toggled(self, key: str, on: bool) -> None:
        for plot in self.plots:
            plot.set_shown(key, on)
