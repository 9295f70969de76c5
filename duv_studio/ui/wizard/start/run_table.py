"""Earlier runs as a table, with what can be done with the selected one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from duv_studio.training.lora.fit.run_files import RunSummary, summary_of
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.i18n import plain_tip, tr
from duv_studio.ui.panels.track_model import family_label
from duv_studio.ui.style import theme

_RUN = Qt.ItemDataRole.UserRole
_STATUS = {
    "running": "cut off",  # whoever looks at this page is not training it
    "interrupted": "stopped",
    "finished": "finished",
    "failed": "learned nothing",
}
LONGEST = 30
_KEY = "training/runs"


class RunTable(QWidget):
    """Rows of runs; Enter or a double click goes on with one that can, and shows the result of others."""

    resume_wanted = Signal(object)  # RunSummary
    again_wanted = Signal(object)  # RunSummary
    result_wanted = Signal(object)  # RunSummary

    def __init__(self) -> None:
        super().__init__()
        self._runs: RecentRuns | None = None
        self.table = _Table()
        self.table.itemSelectionChanged.connect(self._on_selection)
        self.table.itemActivated.connect(self._on_activated)
        self.table.removal_wanted.connect(self._on_forget)
        self.empty = QLabel(tr("No runs yet. What you train is listed here, and can be gone on with after a stop."))
        self.empty.setProperty("role", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.resume = self._button(tr("&Resume"), tr("Go on where it was stopped"), self._on_resume)
        self.again = self._button(tr("Train again with c&hanges"), tr("Take its recipe as a beginning"), self._on_again)
        self.result = self._button(tr("Show r&esult"), tr("What came of it"), self._on_result)
        self.forget = self._button(tr("&Forget"), tr("Take it off this list; its files stay"), self._on_forget)
        self._lay_out()
        self.refresh()

    @property
    def current(self) -> RunSummary | None:
        """The run that is chosen."""
        chosen = self.table.selectedItems()
        return chosen[0].data(0, _RUN) if chosen else None

    def show_runs(self, runs: RecentRuns) -> None:
        """Show the runs of another list."""
        self._runs = runs
        self.refresh()

    def refresh(self) -> None:
        """Look at the folders again."""
        found = [] if self._runs is None else self._runs.summaries()
        self.table.clear()
        self.table.addTopLevelItems([_row(run) for run in found])
        self._stack.setCurrentIndex(0 if found else 1)
        for button in (self.resume, self.again, self.result, self.forget):
            button.setVisible(bool(found))
        self._on_selection()

    def select(self, folder: Path) -> None:
        """Choose the run of a folder."""
        for k in range(self.table.topLevelItemCount()):
            item = self.table.topLevelItem(k)
            if item is not None and item.data(0, _RUN).folder == folder.absolute():
                self.table.setCurrentItem(item)

    def _button(self, text: str, tip: str, slot: object) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(slot)
        return button

    def _lay_out(self) -> None:
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SPACE_S)
        for button in (self.resume, self.again, self.result):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.forget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(holder, 1)
        column.addLayout(buttons)

    def _on_selection(self) -> None:
        run = self.current
        self.resume.setEnabled(run is not None and run.can_resume)
        self.again.setEnabled(run is not None and bool(run.recipe))
        self.result.setEnabled(run is not None and run.status in ("finished", "failed", "interrupted"))
        self.forget.setEnabled(run is not None)

    def _on_activated(self) -> None:
        for button in (self.resume, self.result, self.again):
            if button.isEnabled():
                button.click()
                return

    def _on_resume(self) -> None:
        self.resume_wanted.emit(self.current)

    def _on_again(self) -> None:
        self.again_wanted.emit(self.current)

    def _on_result(self) -> None:
        self.result_wanted.emit(self.current)

    def _on_forget(self) -> None:
        if self.current is not None and self._runs is not None:
            self._runs.remove(self.current.folder)
            self.refresh()


class _Table(QTreeWidget):
    removal_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderLabels([tr("Name"), tr("Instrument"), tr("State"), tr("On unseen songs"), tr("Last change")])
        self.setAccessibleName(tr("Earlier runs"))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setProperty("framed", True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        head = self.header()
        head.setStretchLastSection(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Del forgets a run."""
        if event.key() == Qt.Key.Key_Delete:
            self.removal_wanted.emit()
        else:
            super().keyPressEvent(event)


def capital(word: str) -> str:
    """The word with a capital."""
    return word[:1].upper() + word[1:]


def _row(run: RunSummary) -> QTreeWidgetItem:
    when = QLocale().toString(
        QDateTime.fromSecsSinceEpoch(int(run.changed.timestamp())), QLocale.FormatType.ShortFormat
    )
    status = tr(_STATUS.get(run.status, run.status))
    family = "" if run.family is None else capital(family_label(run.family))
    item = QTreeWidgetItem([run.title, family, status, run.verdict or "–", when])
    item.setData(0, _RUN, run)
    for column in range(item.columnCount()):
        item.setToolTip(column, plain_tip(str(run.folder)))
    return item


class RecentRuns:
    """A list of folders that outlives the session."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    @property
    def folders(self) -> list[Path]:
        """The folders, newest first; they may be gone by now."""
        return [Path(text) for text in self._preferences.words(_KEY)]

    def add(self, folder: Path) -> None:
        """Put a folder on top; call it when a training begins."""
        folder = folder.absolute()
        self._set([folder, *(f for f in self.folders if f != folder)][:LONGEST])

    def remove(self, folder: Path) -> None:
        """Forget a folder; its files stay."""
        self._set([f for f in self.folders if f != folder.absolute()])

    def summaries(self) -> list[RunSummary]:
        """Those that are still there."""
        return [found for folder in self.folders if (found := summary_of(folder)) is not None]

    def _set(self, folders: list[Path]) -> None:
        self._preferences.set_words(_KEY, [str(f) for f in folders if "\n" not in str(f)])
