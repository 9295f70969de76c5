"""The plots of the run page behind their tabs, what they are compared with, and their way into files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QPixmap
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from duv_studio.engine.model.torch_preload import LOADING
from duv_studio.errors import DuvError
from duv_studio.ui.document.task_pool import TaskContext, Tasks
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.training.run_history import RunHistory
from duv_studio.ui.training.trainer_thread import earlier_logs, newest_log
from duv_studio.ui.widgets.elided_label import ElidedLabel
from duv_studio.ui.wizard.run.legend import Look

if TYPE_CHECKING:
    from duv_studio.ui.wizard.run.loss_plots import PlotKind
    from duv_studio.ui.wizard.run.plot_panel import PlotPanel

LOAD, READ = "load plots", "read runs"
SHARPNESS = 2  # pixels of a picture per pixel of the window
HINT = "Point at a curve to read its numbers; the wheel zooms, a double click shows all."
_MOST_ELSEWHERE = 12
_Loaded = tuple[tuple[str, tuple[str, RunHistory, Look]], ...]  # key, name in the legend, what to draw, and how


class RunPlots(QWidget):
    """Three tabs of plots and one of messages. `load` brings pyqtgraph, which no one else waits for."""

    failed = Signal(object)  # DuvError
    ready = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tasks = Tasks(self)
        self.history = RunHistory()
        self.panels: list[PlotPanel] = []
        self.folder: Path | None = None
        self.elsewhere: tuple[Path, ...] = ()  # folders of other runs
        self.compared: tuple[str, ...] = ()  # keys of earlier runs
        self._running_log: Path | None = None
        self.tabs = QTabWidget()
        self.messages = QPlainTextEdit()
        self.messages.setReadOnly(True)
        self.messages.setAccessibleName(tr("Messages"))
        self._waiting = [self._placeholder() for _ in range(3)]
        for waiting, name in zip(self._waiting, (tr("Loss"), tr("Velocity"), tr("Duration")), strict=True):
            self.tabs.addTab(waiting, name)
        self.tabs.addTab(self.messages, tr("Messages"))
        self.tabs.setCornerWidget(self._corner(), Qt.Corner.TopRightCorner)
        self.line = ElidedLabel(tr(HINT))
        self.line.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.line)

    def _placeholder(self) -> QLabel:
        label = QLabel(tr("Preparing the plots…"))
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setProperty("role", "muted")
        return label

    def _corner(self) -> QWidget:
        self.compare_button, self.export_button = QToolButton(), QToolButton()
        self.compare_menu, export = QMenu(self), QMenu(self)
        self.compare_menu.aboutToShow.connect(self.fill_compare_menu)
        export.addAction(tr("Picture (PNG)…"), self.ask_png)
        export.addAction(tr("Table (CSV)…"), self.ask_csv)
        pairs = ((self.compare_button, tr("Compare"), self.compare_menu), (self.export_button, tr("Export"), export))
        corner = QWidget()
        row = QHBoxLayout(corner)
        row.setContentsMargins(0, 0, 0, theme.SPACE_XS)
        row.setSpacing(theme.SPACE_XS)
        for button, text, menu in pairs:
            button.setText(text)
            button.setMenu(menu)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            row.addWidget(button)
        self.compare_button.setToolTip(tr("Draw earlier runs beside this one"))
        self.export_button.setToolTip(tr("Write the plots as a picture, or their numbers as a table"))
        return corner

    # Loading

    def load(self) -> None:
        """Bring the plots, unless they are there or on their way."""
        if not self.panels and not self.tasks.running(LOAD):
            self.tasks.start(LOAD, _import_plots, self._on_loaded, self._on_failed)

    def _on_loaded(self, plots: Any) -> None:
        from duv_studio.ui.wizard.run.plot_panel import COMPARED, DOES_NOTHING, PlotPanel

        self.panels = [
            PlotPanel(_pair("loss", tr("loss"), ".3f", with_lr=True), tr(COMPARED)),
            PlotPanel(_pair("vel_loss", tr("mean error, velocity units"), ".2f"), tr(DOES_NOTHING)),
            PlotPanel(_pair("dur_loss", tr("Huber loss, beats"), ".4f"), tr(DOES_NOTHING)),
        ]
        current = self.tabs.currentIndex()
        for i, (panel, waiting) in enumerate(zip(self.panels, self._waiting, strict=True)):
            panel.read.connect(self._on_read)
            text = self.tabs.tabText(i)
            self.tabs.removeTab(i)
            self.tabs.insertTab(i, panel, text)
            waiting.deleteLater()
        self.tabs.setCurrentIndex(current)
        self.tabs.currentChanged.connect(self._on_tab)
        self.refresh()
        self.ready.emit()

    def _on_failed(self, error: Exception) -> None:
        self.failed.emit(error)

    def shut_down(self) -> None:
        """Wait for what is being loaded."""
        self.tasks.shutdown()

    # What is shown

    def show_run(self, history: RunHistory, folder: Path | None) -> None:
        """Draw a run of an output folder."""
        if folder != self.folder:
            self.compare(())
        if history is not self.history:
            self._on_read("")  # what was read is of another run
        self.history, self.folder = history, folder
        self.refresh()

    def _on_tab(self, index: int) -> None:
        self._on_read("")
        self.refresh()

    def refresh(self) -> None:
        """Draw what is new, on the tab that is seen."""
        shown = self.tabs.currentWidget()
        for panel in self.panels:
            if panel is shown:
                panel.show_run(self.history)

    def say(self, text: str) -> None:
        """Add a line to the messages."""
        self.messages.appendPlainText(text)

    def _on_read(self, text: str) -> None:
        self.line.set_whole(text or tr(HINT))

    # Earlier runs

    def set_running_log(self, log: Path | None) -> None:
        """Tell which log is this run's own: it is not compared with itself."""
        self._running_log = log

    def earlier(self) -> list[Path]:
        """Logs of this folder that are not this run's, newest first, then the newest of every other folder."""
        logs = [] if self.folder is None else earlier_logs(self.folder)
        here = None if self.folder is None else self.folder.absolute()
        others = (newest_log(folder) for folder in self.elsewhere if folder != here)
        mine = [log for log in reversed(logs) if log != self._running_log]
        return mine + [log for log in others if log is not None][:_MOST_ELSEWHERE]

    def _is_mine(self, log: Path) -> bool:
        return self.folder is not None and log.is_relative_to(self.folder)

    def _key(self, log: Path) -> str:
        return log.parent.name if self._is_mine(log) else str(log.parent)

    def _name(self, log: Path) -> str:
        """Runs of this folder have numbers, others the name of their folder."""
        return tr("Run {n}", n=number(log.parent.name)) if self._is_mine(log) else log.parents[2].name

    def _look(self, log: Path) -> Look:
        own = 0 if self.folder is None else len(earlier_logs(self.folder))
        return Look(number(log.parent.name) if self._is_mine(log) else own + self.elsewhere.index(log.parents[2]))

    def fill_compare_menu(self) -> None:
        """List the earlier runs; those that are drawn are ticked."""
        self.compare_menu.clear()
        for log in self.earlier():
            action = self.compare_menu.addAction(f"{self._name(log).replace('&', '&&')} · {_when(log)}")
            action.setData(self._key(log))
            action.setCheckable(True)
            action.setChecked(self._key(log) in self.compared)
            action.toggled.connect(self._on_compare)
        if self.compare_menu.isEmpty():
            self.compare_menu.addAction(tr("There is no earlier run")).setEnabled(False)

    def _on_compare(self, on: bool) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        name = str(action.data())
        rest = tuple(other for other in self.compared if other != name)
        self.compare((*rest, name) if on else rest)

    def compare(self, names: tuple[str, ...]) -> None:
        """Draw these earlier runs, such as "version_0" or the whole path of another folder's, beside this one."""
        self.compared = names
        shown = [(log, self._key(log), self._name(log), self._look(log)) for log in self.earlier()]
        wanted = [told for told in shown if told[1] in names]

        def read(context: TaskContext) -> _Loaded:
            return tuple((key, (name, RunHistory.read(log), look)) for log, key, name, look in wanted)

        self.tasks.start(READ, read, self._on_others, self._on_others_failed)

    def _on_others(self, loaded: _Loaded) -> None:
        for panel in self.panels:
            panel.set_others(dict(loaded))

    def _on_others_failed(self, error: Exception) -> None:
        why = DuvError(tr("An earlier run could not be read: {why}", why=error), title=tr("Nothing to compare with"))
        self.failed.emit(why)

    # Files

    def ask_png(self) -> None:
        """Ask for a place and write the plots that are seen as a picture."""
        path, _ = QFileDialog.getSaveFileName(self, tr("Export the plots"), self._suggested("png"), "PNG (*.png)")
        if path:
            self._write(self.export_png, Path(path))

    def ask_csv(self) -> None:
        """Ask for a place and write all numbers as a table."""
        path, _ = QFileDialog.getSaveFileName(self, tr("Export the numbers"), self._suggested("csv"), "CSV (*.csv)")
        if path:
            self._write(self.export_csv, Path(path))

    def _suggested(self, ending: str) -> str:
        return f"{self.folder.name if self.folder is not None else 'training'}.{ending}"

    def _write(self, write: Any, path: Path) -> None:
        try:
            write(path)
        except DuvError as error:
            self.failed.emit(error)

    def export_png(self, path: Path) -> None:
        """Write the plots that are seen, or the losses, twice as sharp as on the screen; DuvError when that fails."""
        shown = self.tabs.currentWidget()
        panel = next((p for p in self.panels if p is shown), self.panels[0] if self.panels else None)
        if panel is None:
            raise DuvError(tr("The plots are not ready yet"), hint=tr("try again in a moment"), file=path)
        picture = QPixmap(panel.size() * SHARPNESS)
        picture.setDevicePixelRatio(SHARPNESS)
        picture.fill(theme.current().color("window"))
        panel.render(picture)
        if not picture.save(str(path), "PNG"):
            raise DuvError(tr("The picture could not be written"), hint=tr("choose another place"), file=path)

    def export_csv(self, path: Path) -> None:
        """Write all numbers of the run; DuvError when that fails."""
        self.history.write_csv(path)


def _pair(measure: str, axis: str, form: str, with_lr: bool = False) -> tuple[PlotKind, PlotKind]:
    """The same measure of songs that are learned from, and of songs that are kept aside."""
    from duv_studio.ui.wizard.run.loss_plots import PlotKind

    learned = PlotKind(f"train_{measure}", tr("Songs that it learns from"), axis, form, with_lr)
    return learned, PlotKind(f"val_{measure}", tr("Songs that are kept aside"), axis, form)


def _import_plots(context: TaskContext) -> Any:
    """In the pool: pyqtgraph takes a third of a second."""
    with LOADING:
        from duv_studio.ui.wizard.run import plot_panel as plots

    return plots


def number(name: str) -> int:
    """Return the number of "version_N"."""
    return int(name.removeprefix("version_"))


def _when(log: Path) -> str:
    return time.strftime("%d %b %Y, %H:%M", time.localtime(log.stat().st_mtime))
