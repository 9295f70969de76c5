"""The page on which the training runs: its plots, its numbers, and what may be wished of it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget, QWizardPage

from duv_studio.errors import DuvError
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.training.error_remedies import Remedy, remedies
from duv_studio.ui.training.session import Stage, TrainingSession
from duv_studio.ui.training.trainer_thread import Crash, newest_log
from duv_studio.ui.widgets.message_bar import Message, MessageArea
from duv_studio.ui.widgets.report_dialog import ReportDialog
from duv_studio.ui.wizard.run.run_numbers import RunNumbers
from duv_studio.ui.wizard.run.run_plots import RunPlots
from duv_studio.ui.wizard.start.run_table import RecentRuns

if TYPE_CHECKING:
    from duv_studio.ui.wizard.recipe.recipe_document import WizardState

CLOCK_MS = 500
_STEPS = 1000
_TROUBLE, _EXPORT = "trouble", "export"


class RunPage(QWizardPage):
    """Starts the training when it is come to with a recipe that was not trained yet, and shows one that runs."""

    page_wanted = Signal(int)
    preview_wanted = Signal(object)  # file of the best adapter so far

    def __init__(
        self, state: WizardState, session: TrainingSession | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.state = state
        self.session = session or TrainingSession(self)
        self._anew = False  # "run again with changes" was asked for
        self.report: ReportDialog | None = None
        self.setTitle(tr("Run"))
        self.setSubTitle(tr("It may be stopped and gone on from at any time; the best adapter so far is always kept."))
        self._build()
        self._connect()
        self._clock = QTimer(self)
        self._clock.setInterval(CLOCK_MS)
        self._clock.timeout.connect(self._on_clock)
        for line in self.session.lines:
            self.plots.say(line)
        self._follow()

    # What it is made of

    def _build(self) -> None:
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the training"))
        self.messages = MessageArea()
        self.numbers = RunNumbers()
        self.plots = RunPlots()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.SPACE_S, 0, 0)
        column.setSpacing(theme.SPACE_S)
        for widget in (self.status, self.bar, self.messages, self.numbers):
            column.addWidget(widget)
        column.addWidget(self.plots, 1)
        column.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        self.stop_button = QPushButton(tr("&Stop Now"))
        self.epoch_button = QPushButton(tr("Stop After This &Epoch"))
        self.resume_button = QPushButton(tr("&Resume"))
        self.again_button = QPushButton(tr("Run Again with &Changes…"))
        self.preview_button = QPushButton(tr("&Preview in the Window"))
        self.stop_button.setToolTip(tr("Stop after the running step; it can be resumed"))
        self.epoch_button.setToolTip(tr("Stop once this epoch is validated; it can be resumed"))
        self.resume_button.setToolTip(tr("Go on where it stands"))
        self.again_button.setToolTip(tr("Change the recipe and train from the beginning; this run stays to compare"))
        self.preview_button.setToolTip(tr("Let the best adapter so far play the song in the main window"))
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_S)
        for button in (self.stop_button, self.epoch_button, self.resume_button, self.again_button):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.preview_button)
        return row

    def _connect(self) -> None:
        s = self.session
        s.started.connect(self._on_started)
        s.progressed.connect(self._on_progressed)
        s.said.connect(self.plots.say)
        s.state_changed.connect(self._follow)
        s.finished.connect(self._on_finished)
        s.failed.connect(self._on_failed)
        self.stop_button.clicked.connect(s.stop_now)
        self.epoch_button.clicked.connect(s.stop_after_epoch)
        self.resume_button.clicked.connect(self.resume)
        self.again_button.clicked.connect(self.run_again)
        self.preview_button.clicked.connect(self._on_preview)
        self.plots.failed.connect(self._on_export_failed)

    # Coming and going

    def initializePage(self) -> None:
        """Begin, unless this recipe runs or ran already."""
        if self.session.running or self.state.recipe is None:
            return
        if self._anew or self.session.recipe != self.state.recipe or not self._has_outcome():
            self.start(restart=self._anew)

    def _has_outcome(self) -> bool:
        return self.session.result is not None or self.session.error is not None

    def isComplete(self) -> bool:
        """Go on to the result once there is one."""
        return not self.session.running and self.session.result is not None

    def showEvent(self, event: QShowEvent) -> None:
        """The plots are brought when they are looked at for the first time."""
        super().showEvent(event)
        self.plots.elsewhere = self._other_runs()
        self.plots.load()
        self._clock.start()
        self._show_all()
        if self.session.error is not None:
            self._show_trouble(self.session.error)

    def _other_runs(self) -> tuple[Path, ...]:
        """Folders that were trained into, to compare with."""
        preferences = getattr(self.wizard(), "preferences", None)
        return tuple(RecentRuns(preferences).folders) if isinstance(preferences, Preferences) else ()

    def hideEvent(self, event: QHideEvent) -> None:
        """No one looks at the clock."""
        super().hideEvent(event)
        self._clock.stop()

    def shut_down(self) -> None:
        """Wait for the page's own work; the session is not its own."""
        self._clock.stop()
        self.plots.shut_down()

    # Wishes

    def start(self, restart: bool = False) -> None:
        """Train what the recipe says; go on where it stood, unless `restart`."""
        recipe = self.state.recipe
        if recipe is None or self.session.running:
            return
        self._anew = False
        try:
            family = recipe.family(self.state.path or recipe.output_dir)
        except DuvError as error:
            self.messages.show_message(_TROUBLE, Message.of(error))
            return
        self.session.start(recipe, family, self.state.devices, self.state.workers, restart)

    def resume(self) -> None:
        """Go on where it stands."""
        self.start()

    def run_again(self) -> None:
        """Back to the recipe; coming here again starts over."""
        from duv_studio.ui.wizard.step_list import Page

        self._anew = True
        self.page_wanted.emit(int(Page.RECIPE))

    def _on_preview(self) -> None:
        best = self.session.best_adapter
        if best is not None:
            self.preview_wanted.emit(best)

    # What the session tells

    def _on_started(self) -> None:
        self.plots.messages.clear()
        self.messages.clear(_TROUBLE)
        self._show_all()

    def _on_progressed(self) -> None:
        if self.isVisible():
            self._show_all()

    def _on_clock(self) -> None:
        if self.session.running:
            self.numbers.show_session(self.session)

    def _show_all(self) -> None:
        s = self.session
        if s.output is not None:
            self.plots.set_running_log(newest_log(s.output) if len(s.history) else None)
        self.plots.show_run(s.history, s.output)
        self.numbers.show_session(s)
        self._show_bar()
        self.preview_button.setEnabled(s.best_adapter is not None)

    def _show_bar(self) -> None:
        share = self.session.share
        busy = self.session.running and share is None
        self.bar.setRange(0, 0 if busy else _STEPS)
        if not busy:
            self.bar.setValue(round((share or 0.0) * _STEPS))

    def _on_finished(self, result: Any) -> None:
        self._show_all()

    def _on_failed(self, error: Exception) -> None:
        self._show_trouble(error)

    def _follow(self) -> None:
        """Words and buttons for where the session stands."""
        s, running = self.session, self.session.running
        self.status.setText(words(s))
        self._show_bar()
        for button in (self.stop_button, self.epoch_button):
            button.setVisible(running)
        self.stop_button.setEnabled(s.stage is not Stage.STOPPING)
        self.epoch_button.setEnabled(s.stage in (Stage.PREPARING, Stage.READING, Stage.TRAINING))
        self.resume_button.setVisible(not running and s.resumable)
        self.again_button.setVisible(not running)
        self.again_button.setEnabled(s.recipe is not None)
        self.preview_button.setEnabled(s.best_adapter is not None)
        self.completeChanged.emit()

    # Errors

    def _show_trouble(self, error: Exception) -> None:
        title = tr("The training stopped") if self.session.history.step else tr("The training did not begin")
        if isinstance(error, Crash):
            report = self._action(tr("Show Report"), error.trace)
            report.triggered.connect(self._show_report)
            text = tr("This is a fault of the program: {why}", why=str(error))
            self.messages.show_message(_TROUBLE, Message("error", title, text, actions=(report,)))
            return
        said = Message.of(error if isinstance(error, DuvError) else DuvError(str(error)), title)
        recipe = self.session.recipe
        found = remedies(error, recipe) if recipe is not None else ()
        hint = " ".join(r.sentence for r in found if r.sentence) or said.hint
        actions = tuple(self._remedy_action(remedy) for remedy in found)
        self.messages.show_message(_TROUBLE, Message("error", title, said.text, hint, said.file, actions))

    def _action(self, text: str, data: object) -> QAction:
        action = QAction(text, self)
        action.setData(data)
        return action

    def _remedy_action(self, remedy: Remedy) -> QAction:
        action = self._action(remedy.button, remedy)
        action.triggered.connect(self._on_remedy)
        return action

    def _on_remedy(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.apply(action.data())

    def apply(self, remedy: Remedy) -> None:
        """Do what a remedy says, and train again."""
        from duv_studio.ui.wizard.step_list import Page

        if remedy.choose_data:
            self.page_wanted.emit(int(Page.DATA))
            return
        try:
            for path, value in remedy.edits:
                self.state.set_value(path, value)
        except DuvError as error:
            self.messages.show_message(_TROUBLE, Message.of(error))
            return
        if remedy.devices is not None:
            self.state.devices = remedy.devices
        self.start(remedy.restart)

    def _show_report(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.report = ReportDialog(str(action.data()), self)
        self.report.show()

    def _on_export_failed(self, error: Exception) -> None:
        found = error if isinstance(error, DuvError) else DuvError(str(error))
        self.messages.show_message(_EXPORT, Message.of(found))


def words(session: TrainingSession) -> str:
    """Return what a session does, or the result."""
    family = "" if session.family is None else str(session.family)
    stage = {
        Stage.PREPARING: tr("Preparing…"),
        Stage.READING: tr("Reading the songs and the base…"),
        Stage.TRAINING: tr("Learning how you play the {family}.", family=family),
        Stage.ENDING_EPOCH: tr("Stops after this epoch…"),
        Stage.STOPPING: tr("Stops after this step…"),
        Stage.JUDGING: tr("Listening to songs it has never seen…"),
    }.get(session.stage)
    return stage or outcome(session)


def outcome(session: TrainingSession) -> str:
    """Return how a run ended."""
    status = getattr(session.result, "status", None)
    if session.error is not None:
        return tr("It stopped; what was learned is kept.") if session.best_adapter else tr("It did not get far.")
    if status == "interrupted":
        best = session.history.best
        kept = "" if best is None else tr(" The best adapter is of step {n}.", n=f"{best[0]:,}")
        return tr("Stopped; it can be resumed.") + kept
    if status == "failed":
        return tr("Done, but not every check was passed: see Messages.")
    if status is not None:
        return tr("Done in {time}.", time=_duration(session.elapsed))
    return tr("Stopped before the first step.") if session.recipe is not None else tr("Nothing was trained yet.")


def _duration(seconds: float) -> str:
    if not math.isfinite(seconds) or seconds < 60:
        return tr("{n} seconds", n=max(round(seconds), 1)) if math.isfinite(seconds) else "–"
    return tr("{n} minutes", n=round(seconds / 60))
