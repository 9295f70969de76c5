"""The batch window: files on the right, what is done with them on the left, how far it is below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from duv_studio.engine.batch.events import BatchEvent, FileResult, Planned, Status, Summary
from duv_studio.engine.batch.request import Request
from duv_studio.errors import DuvError
from duv_studio.ui.batch.current_player import Playing
from duv_studio.ui.batch.dialogs import BatchDialogs
from duv_studio.ui.batch.empty_state import BatchEmptyState
from duv_studio.ui.batch.file_search import FileSearch
from duv_studio.ui.batch.model import FAILED
from duv_studio.ui.batch.progress_footer import ProgressFooter
from duv_studio.ui.batch.row_text import outcome
from duv_studio.ui.batch.runner import BatchRunner, Stage, again
from duv_studio.ui.batch.sources_form import WIDTH, BatchForm
from duv_studio.ui.batch.table import BatchTable
from duv_studio.ui.document import dropped_files as drop
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.document.task_pool import TaskContext, Tasks
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import icons, theme
from duv_studio.ui.widgets.empty_state import DropOverlay
from duv_studio.ui.widgets.fields import set_property
from duv_studio.ui.widgets.message_bar import Message, MessageArea

LOOKING, RUN, REPORT = "looking", "run", "report"  # topics of messages
_SIZE = (1220, 700)
_CLOCK_MS = 500  # the time that remains goes on while a long file is played
_GEOMETRY, _SPLITTER = "batch/geometry", "batch/splitter"


@dataclass(frozen=True)
class Services:
    """What the window works with; tests bring their own."""

    playing: Playing
    runner: BatchRunner
    lister: FileSearch
    dialogs: BatchDialogs
    unexpected: Callable[[Exception], None]


class BatchWindow(QDialog):
    """Stays open beside the main window, or behind it; a batch that runs goes on when it is closed."""

    open_wanted = Signal(object)  # Path, of a file to be shown in the main window

    def __init__(self, services: Services, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.services, self.preferences = services, preferences
        self.runner, self.lister = services.runner, services.lister
        self.tasks = Tasks(self, max_threads=1)
        self._listed: tuple[tuple[Path, ...], Path | None] = ((), None)  # what the rows were looked for in
        self._shows_run = False  # whether the rows are those of a run, not only what was found
        self.setWindowTitle(tr("Batch"))
        self.setWindowFlag(Qt.WindowType.WindowMinMaxButtonsHint)
        self._make_parts()
        self._lay_out()
        self._connect()
        self._restore()
        self.refresh()

    # Parts

    def _make_parts(self) -> None:
        services = self.services
        self.form = BatchForm(services.playing, self.preferences, services.dialogs)
        self.table, self.empty, self.foot = BatchTable(), BatchEmptyState(), ProgressFooter()
        self.messages = MessageArea()
        self.messages.set_margin(0)
        self.show_failed = QAction(tr("Show Failed"), self)
        self.show_failed.triggered.connect(self._on_show_failed)
        self.open_target = QAction(tr("Open Folder"), self)
        self.open_target.triggered.connect(self._on_open_target)
        self._clock = QTimer(self)
        self._clock.setInterval(_CLOCK_MS)
        self._clock.timeout.connect(self._on_clock)

    def _lay_out(self) -> None:
        self.middle = QStackedWidget()
        self.middle.addWidget(self.empty)
        self.middle.addWidget(self.table)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(theme.SPACE_M, theme.SPACE_M, theme.SPACE_M, theme.SPACE_M)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(self.messages)
        column.addWidget(self.middle, 1)
        column.addWidget(self.foot)
        self.splitter = QSplitter()
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.form)
        self.splitter.addWidget(right)
        self.splitter.setStretchFactor(1, 1)
        self.form.setMinimumWidth(300)
        right.setMinimumWidth(520)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.splitter)
        self.overlay = DropOverlay(self)
        self.setAcceptDrops(True)
        self.setMinimumSize(1040, 560)

    def _connect(self) -> None:
        form, foot, runner, lister = self.form, self.foot, self.runner, self.lister
        form.sources.changed.connect(self._on_sources)
        form.target.changed.connect(self._on_target)
        self.services.playing.changed.connect(self._on_playing)
        self.empty.folder.clicked.connect(form.sources.ask_folder)
        self.empty.files.clicked.connect(form.sources.ask_files)
        self.table.open_wanted.connect(self.open_wanted)
        self.table.folder_wanted.connect(self._on_folder)
        foot.start.clicked.connect(self.start)
        foot.resume.clicked.connect(self.resume)
        foot.retry.clicked.connect(self.retry)
        foot.pause.clicked.connect(runner.pause)
        foot.go_on.clicked.connect(runner.go_on)
        foot.cancel.clicked.connect(self.cancel)
        foot.report.clicked.connect(self.save_report)
        foot.folder.clicked.connect(self._on_open_target)
        lister.changed.connect(self.refresh)
        lister.listed.connect(self._on_listed)
        lister.failed.connect(self._on_not_listed)
        runner.started.connect(self._on_started)
        runner.events_arrived.connect(self._on_events)
        runner.state_changed.connect(self.refresh)
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)

    def _restore(self) -> None:
        geometry, splitter = self.preferences.layout(_GEOMETRY), self.preferences.layout(_SPLITTER)
        if geometry is None or not self.restoreGeometry(geometry):
            self.resize(*_SIZE)
        if splitter is None or not self.splitter.restoreState(splitter):
            self.splitter.setSizes([WIDTH, _SIZE[0] - WIDTH])

    def save_state(self) -> None:
        """Remember places and choices."""
        self.preferences.set_layout(_GEOMETRY, self.saveGeometry())
        self.preferences.set_layout(_SPLITTER, self.splitter.saveState())
        self.form.remember()

    def shut_down(self) -> None:
        """Wait for what is under way here; the runner is its owner's affair."""
        self._clock.stop()
        self.table.follow(False)
        self.lister.shut_down()
        self.tasks.shutdown()

    def retint(self) -> None:
        """Follow a change of theme."""
        icons.retint(self)
        self.form.sources.retint()

    # Files

    def read(self, paths: Sequence[Path]) -> None:
        """Add folders and files; while a batch runs there is only a message."""
        if self.runner.running:
            text = tr("Files can be added when it has ended.")
            self.messages.show_message(LOOKING, Message("info", tr("A batch is running"), text))
        elif self._shows_run:
            self.form.sources.set_paths(paths)  # those of the last batch are done
        else:
            self.form.sources.add(paths)

    def _on_sources(self) -> None:
        sources = self.form.sources.paths
        self.form.target.set_sources(sources)
        self._look()

    def _on_target(self) -> None:
        if self._listed != self._wanted():
            self._look()
        self.refresh()

    def _wanted(self) -> tuple[tuple[Path, ...], Path | None]:
        return self.form.sources.paths, self.form.target.path

    def _look(self) -> None:
        if self.runner.running:
            return
        self.messages.clear(LOOKING)
        self.messages.clear(RUN)
        if self._shows_run:  # results of other files would seem to be of these
            self.table.model.show_rows(())
        self._shows_run = False
        self._listed = sources, target = self._wanted()
        if sources:
            # Without a target one that cannot be: nothing is left out then.
            self.lister.look(sources, target or sources[0].parent / ".duv-no-target")
        else:
            self.lister.cancel()
            self.table.model.show_rows(())
        self.refresh()

    def _on_listed(self, rows: tuple[FileResult, ...]) -> None:
        self.table.model.show_rows(rows)
        self.table.leave_empty_group()
        self.refresh()

    def _on_not_listed(self, error: Exception) -> None:
        self.table.model.show_rows(())
        self._tell_error(LOOKING, error, tr("These files cannot be listed"))
        self.refresh()

    # Run

    def start(self) -> None:
        """Begin again."""
        self._begin(lambda: self.form.request())

    def resume(self) -> None:
        """Go on with the batch that was written to this folder."""
        self._begin(lambda: again(self.form.request()))

    def retry(self) -> None:
        """Try those again that failed: the batch as it was, for what is done is not done again."""
        last = self.runner.request
        if last is not None:
            self._begin(lambda: replace(again(last), target=self._results))

    def cancel(self) -> None:
        """Stop what goes on: the search, or the batch."""
        if self.runner.running:
            self.runner.cancel()
        elif self.lister.running:
            self.lister.cancel()
            self._listed = ((), None)

    def _begin(self, ask: Callable[[], Request]) -> None:
        if self.runner.running:
            return
        for topic in (LOOKING, RUN, REPORT):
            self.messages.clear(topic)
        try:
            request = ask()
        except DuvError as error:
            self._tell_error(RUN, error, tr("It cannot begin yet"))
            return
        self.lister.cancel()  # the run looks for itself
        self.form.remember()
        self.runner.start(request)

    def _on_started(self) -> None:
        self._shows_run = True
        self._clock.start()
        self.table.follow(True)

    def _on_events(self, events: tuple[BatchEvent, ...]) -> None:
        self.table.model.take(events)
        if any(isinstance(one, Planned) for one in events):
            self.table.leave_empty_group()
        self._show_progress()
        self.refresh()

    def _on_clock(self) -> None:
        self._show_progress()

    def _show_progress(self) -> None:
        self.foot.show_run(self.runner)

    def _end(self) -> None:
        self._clock.stop()
        self.table.model.let_go()
        self.table.follow(False)
        self.table.leave_empty_group()
        self.refresh()

    def _on_finished(self, summary: Summary | None) -> None:
        if summary is not None and summary.moved is not None:
            self._follow_folder(summary)
        self._end()
        if summary is not None:
            failed = (self.show_failed,) if summary.count(Status.FAILED) else ()
            self.messages.show_message(RUN, outcome(summary, failed, self.open_target))

    def _follow_folder(self, summary: Summary) -> None:
        """The folder was taken away meanwhile: go on where it is now; the rows stay those of the run."""
        assert summary.moved is not None
        self.table.model.show_rows(summary.rows)
        if summary.moved.now is not None:
            self._listed = self.form.sources.paths, summary.moved.now
            self.form.target.move_to(summary.moved.now)

    def _on_failed(self, error: Exception) -> None:
        # Before the first file nothing has happened: what is listed is still to be done.
        self._shows_run = self.runner.pace.done > 0
        self._end()
        self._tell_error(RUN, error, tr("The batch could not be run"))

    def _tell_error(self, topic: str, error: Exception, title: str) -> None:
        if isinstance(error, DuvError):
            self.messages.show_message(topic, Message.of(error, title))
        else:
            self.messages.show_message(topic, Message("error", title))
            self.services.unexpected(error)

    # What is shown

    def refresh(self) -> None:
        """Show what fits the moment."""
        focused = self.focusWidget()
        runs, looks = self.runner.running, self.lister.running
        rows = self.table.model.counts[""]
        self.table.refresh()
        self.form.setEnabled(not runs)
        self.middle.setCurrentWidget(self.table if rows else self.empty)
        if looks or (runs and not rows):
            self.empty.looking(self.lister.files)
        else:
            self.empty.invite()
        if runs or self._shows_run:
            self._show_progress()
        elif looks:
            self.foot.show_search(self.lister.files)
        else:
            self.foot.show_files(rows)
        self.foot.bar.setVisible(runs or looks or self._shows_run)
        self._show_buttons(runs, looks, rows)
        self._keep_focus(focused)

    def _show_buttons(self, runs: bool, looks: bool, rows: int) -> None:
        foot, stage = self.foot, self.runner.stage
        ended = self._shows_run and not runs
        stopped = ended and not self._complete
        self.form.target.look_back(self._resumable)
        foot.show_rule(self.form.target.rule)
        foot.start.setVisible(not runs)
        foot.start.setEnabled(bool(rows or looks) and not self.services.playing.loading)
        foot.pause.setVisible(runs and stage is not Stage.PAUSED)
        foot.pause.setEnabled(stage is not Stage.CANCELLING)
        foot.go_on.setVisible(stage is Stage.PAUSED)
        foot.cancel.setVisible(runs or looks)
        foot.cancel.setEnabled(stage is not Stage.CANCELLING)
        foot.report.setVisible(ended and bool(rows))
        foot.folder.setVisible(ended)
        foot.retry.setVisible(ended and self.table.model.counts[FAILED] > 0)
        foot.resume.setVisible(not runs and bool(rows) and self._resumable)
        set_property(foot.resume, "primary", "true" if stopped else "false")
        set_property(foot.start, "primary", "false" if ended else "true")

    def _keep_focus(self, before: QWidget | None) -> None:
        """Lead the keyboard on from what went away: Qt would take the next one, which may be Cancel, or Start."""
        if before is None or not self.isVisible() or (before.isVisible() and before.isEnabled()):
            return
        places = (self.foot.go_on, self.foot.pause, self.table.view, self.empty.folder)
        next((place for place in places if place.isVisible() and place.isEnabled()), self).setFocus()

    @property
    def _complete(self) -> bool:
        summary = self.runner.summary
        return summary is not None and not summary.cancelled

    @property
    def _resumable(self) -> bool:
        """Whether something may be left of the batch in the target: of one that came to its end there is not."""
        return self.form.target.has_journal and not (self._shows_run and self._complete)

    def _on_playing(self) -> None:
        if not self.runner.running:
            self.foot.start.setEnabled(bool(self.table.model.counts[""]) and not self.services.playing.loading)

    # Afterwards

    def save_report(self) -> None:
        """Ask where, and write the table of all files."""
        last = self.runner.request
        folder = Path.home() if last is None else self._results
        path = self.services.dialogs.ask_report(self, folder / tr("report.csv"))
        if path is None:
            return
        path = path if path.suffix else path.with_suffix(".csv")
        rows = tuple(self.table.model.rows)

        def write(context: TaskContext) -> Path:
            from duv_studio.engine.batch.results import write_report

            write_report(rows, path)
            return path

        self.tasks.start(REPORT, write, self._on_report, self._on_no_report)

    def _on_report(self, path: Path) -> None:
        self.messages.show_message(REPORT, Message("success", tr("The report is written"), file=path))

    def _on_no_report(self, error: Exception) -> None:
        self._tell_error(REPORT, error, tr("The report could not be written"))

    def _on_show_failed(self) -> None:
        self.table.choose_group(FAILED)
        self.table.view.setFocus()

    def _on_open_target(self) -> None:
        if self.runner.request is not None:
            self._open(self._results)

    @property
    def _results(self) -> Path:
        """The folder of the last run's results, where it is now."""
        assert self.runner.request is not None
        summary = self.runner.summary
        moved = summary.moved.now if summary is not None and summary.moved is not None else None
        return moved or self.runner.request.target

    def _on_folder(self, path: Path) -> None:
        self._open(path.parent)

    def _open(self, folder: Path) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    # Drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and folders of this machine may be dropped."""
        if drop.local_paths(event.mimeData()) and not self.runner.running and drop.accept_copy(event):
            self.overlay.cover(tr("Drop to add"))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They went away again."""
        self.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read them."""
        self.overlay.hide()
        drop.accept_copy(event)
        self.read(drop.local_paths(event.mimeData()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the overlay over everything."""
        super().resizeEvent(event)
        if self.overlay.isVisible():
            self.overlay.cover(tr("Drop to add"))
