"""The last page: what the adapter does better than the base on songs it never saw, and the way into the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget, QWizardPage

from duv_studio.engine.adapters.score_rows import LOOKUP
from duv_studio.engine.adapters.user_library import add_adapter, read_notes, retitle_adapter, write_notes
from duv_studio.errors import DuvError
from duv_studio.ui.document.task_pool import TaskContext, Tasks
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.fields import Fold, bare_scroll
from duv_studio.ui.widgets.message_bar import Message, MessageArea
from duv_studio.ui.wizard.result.check_results import CheckResults
from duv_studio.ui.wizard.result.gain_plot import GainPlot
from duv_studio.ui.wizard.result.install_card import InstallCard
from duv_studio.ui.wizard.result.judging import judging
from duv_studio.ui.wizard.result.run_result import Outcome, read_run_result
from duv_studio.ui.wizard.result.score_table import ScoreTable, gain_rows, table
from duv_studio.ui.wizard.result.stopped_row import StoppedRow
from duv_studio.ui.wizard.result.verdict_card import VerdictCard

if TYPE_CHECKING:
    from duv_studio.ui.training.session import TrainingSession
    from duv_studio.ui.wizard.recipe.recipe_document import WizardState

TOPIC, INSTALL, JUDGE = "result", "install", "judge"


class ResultPage(QWizardPage):
    """The outcome of the session's run, or of the folder of an earlier one."""

    use_wanted = Signal(object, object)  # file of the adapter, and the base model that it needs or None
    resume_wanted = Signal(object)  # folder of a run that was stopped
    adapters_changed = Signal()

    def __init__(
        self, state: WizardState, session: TrainingSession | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.state, self.session = state, session
        self.outcome: Outcome | None = None
        self.installed: Path | None = None
        self.tasks = Tasks(self)
        self.judge_tasks = Tasks(self, max_threads=1)  # one that was cancelled ends before the next one begins
        self.setTitle(tr("Result"))
        self.setSubTitle(tr("What the adapter does on songs that it never saw, compared with the model alone."))
        self.setFinalPage(True)
        self.messages = MessageArea()
        self.verdict, self.stopped = VerdictCard(), StoppedRow()
        self.keep = InstallCard()
        self.table, self.plot, self.checks = ScoreTable(), GainPlot(), CheckResults()
        self.measured_heading, self.plot_heading = _heading(""), _heading(tr("What the adapter changes"))
        self.checks_fold = Fold(tr("Checks"), self.checks)
        self._lay_out()
        self.keep.use.clicked.connect(self._use)
        self.stopped.judge.clicked.connect(self._judge)
        self.stopped.cancel.clicked.connect(self._cancel_judging)
        self.stopped.resume.clicked.connect(self._resume)
        self.keep.notes.left.connect(self._keep_notes)

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, theme.SPACE_M, 0)
        column.setSpacing(theme.SPACE_S)
        evidence = (self.plot_heading, self.plot, self.measured_heading, self.table, self.checks_fold)
        widgets: tuple[QWidget, ...] = (self.verdict, self.stopped, self.keep, *evidence)
        for widget in widgets:
            column.addWidget(widget)
        column.addStretch(1)
        self._scroll = scroll = bare_scroll(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.messages)
        whole.addWidget(scroll, 1)

    def initializePage(self) -> None:
        """Show the run that has just ended."""
        recipe = self.session.recipe if self.session is not None else None
        if recipe is not None:
            self.show_folder(Path(recipe.output_dir))

    def cleanupPage(self) -> None:
        """Notes are kept whichever way one leaves."""
        self._keep_notes()

    def validatePage(self) -> bool:
        """The same on the way out."""
        self._keep_notes()
        return True

    def show_folder(self, folder: Path) -> None:
        """Show the result of the run in a folder."""
        self.messages.clear(TOPIC)
        self.judge_tasks.cancel(JUDGE)
        self.installed = None
        try:
            self.show_outcome(read_run_result(folder.absolute()))
        except DuvError as error:
            self.outcome = None
            self._scroll.hide()
            self.messages.show_message(TOPIC, Message.of(error, tr("There is no result yet")))

    def show_outcome(self, outcome: Outcome) -> None:
        """Show an outcome."""
        self.outcome = outcome
        self._scroll.show()
        self.verdict.show_outcome(outcome)
        self.stopped.show_outcome(outcome)
        self.keep.show_outcome(outcome, read_notes(outcome.best))
        rows = gain_rows(outcome)
        self._show_whom(outcome)
        self.plot.show_rows(rows, self.plot_heading.text(), _middle(outcome))
        columns, cells = table(outcome)
        self.table.show_rows(columns, cells)
        self.measured_heading.setText(tr("Everybody who played the unseen songs"))
        self._show_parts(bool(rows), self.plot_heading, self.plot)
        self._show_parts(bool(cells), self.measured_heading, self.table)
        self._show_checks(outcome)

    def _show_whom(self, outcome: Outcome) -> None:
        """Say what is compared with what."""
        self.plot_heading.setText(tr("What the model changes") if outcome.is_model else tr("What the adapter changes"))
        what = tr("the model") if outcome.is_model else tr("the adapter")
        whom = tr("the mean of each place in the bar") if outcome.reference == LOOKUP else tr("the model alone")
        self.setSubTitle(tr("What {what} does on songs that it never saw, compared with {whom}.", what=what, whom=whom))

    def _show_parts(self, visible: bool, *parts: QWidget) -> None:
        for part in parts:
            part.setVisible(visible)

    def _show_checks(self, outcome: Outcome) -> None:
        self.checks.show_checks(outcome.checks)
        failed = sum(not check.passed for check in outcome.checks)
        self.checks_fold.setVisible(bool(outcome.checks))
        done = tr("Checks: all {n} passed", n=len(outcome.checks))
        lost = tr("Checks: {failed} of {n} failed", failed=failed, n=len(outcome.checks))
        self.checks_fold.button.setText(f" {lost if failed else done}")
        self.checks_fold.button.setChecked(bool(failed))

    # A run that was stopped

    def _judge(self) -> None:
        if self.outcome is None or self.judge_tasks.running(JUDGE):
            return
        self._keep_notes()
        self.messages.clear(TOPIC)
        self.stopped.show_share(0.0)
        self.keep.set_busy(True)
        work = judging(self.outcome.folder)
        self.judge_tasks.start(JUDGE, work, self.show_outcome, self._on_not_judged, self.stopped.show_share)

    def _cancel_judging(self) -> None:
        self.judge_tasks.cancel(JUDGE)
        self.stopped.show_idle()
        self.keep.set_busy(False)

    def _on_not_judged(self, error: Exception) -> None:
        self._cancel_judging()
        if not isinstance(error, DuvError):
            raise error
        self.messages.show_message(TOPIC, Message.of(error, tr("It could not be judged")))

    def _resume(self) -> None:
        if self.outcome is not None:
            self.resume_wanted.emit(self.outcome.folder)

    # Keeping it

    def _use(self) -> None:
        outcome = self.outcome
        if outcome is None or self.tasks.running(INSTALL):
            return
        title, notes, replacing = self.keep.title, self.keep.notes.toPlainText(), self.keep.replaces
        self.keep.set_busy(True)
        self.tasks.start(INSTALL, installation(outcome, title, notes, replacing), self._on_installed, self._on_failed)

    def _on_installed(self, path: Path) -> None:
        assert self.outcome is not None
        self.installed = path
        self.keep.show_used()
        self.adapters_changed.emit()
        self.use_wanted.emit(path, self.outcome.base)

    def _on_failed(self, error: Exception) -> None:
        self.keep.set_busy(False)
        if not isinstance(error, DuvError):
            raise error
        self.messages.show_message(TOPIC, Message.of(error, tr("It could not be put among your adapters")))

    def _keep_notes(self) -> None:
        text = self.keep.notes.changed_text()
        if self.outcome is None or text is None:
            return
        try:
            for path in (self.outcome.best, self.installed):
                if path is not None:
                    write_notes(path, text)
        except DuvError as error:
            self.messages.show_message(TOPIC, Message.of(error, tr("The notes could not be kept")))

    def shut_down(self) -> None:
        """Wait for what is being written."""
        self.tasks.shutdown()
        self.judge_tasks.shutdown()


def installation(outcome: Outcome, title: str, notes: str, replacing: bool) -> Callable[[TaskContext], Path]:
    """Return the work of putting a run's best adapter among the user's own; a whole model stays where it is."""

    def install(context: TaskContext) -> Path:
        if outcome.header is None:
            return outcome.best
        if title and title != outcome.header.title:
            retitle_adapter(outcome.best, title)
        target = add_adapter(outcome.best, title, replacing=replacing)
        for path in (outcome.best, target):
            write_notes(path, notes)
        return target

    return install


def _middle(outcome: Outcome) -> str:
    """What stands below the middle of the plot."""
    return tr("the mean of each place") if outcome.reference == LOOKUP else tr("the base")


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label
