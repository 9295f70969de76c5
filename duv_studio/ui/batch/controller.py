"""Batches as the main window sees them: the running one, its window, its chip in the status bar, and quitting."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from duv_studio.ui.batch.current_player import Playing
from duv_studio.ui.batch.dialogs import BatchDialogs
from duv_studio.ui.batch.progress_footer import files_text
from duv_studio.ui.batch.runner import BatchRunner, Run, Stage
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.i18n import clock, percent, tr
from duv_studio.ui.widgets.progress_chip import ProgressChip

if TYPE_CHECKING:
    from duv_studio.ui.batch.window import BatchWindow


class BatchController(QObject):
    """Makes the window when it is asked for first, and keeps it."""

    open_wanted = Signal(object)  # Path, of a file to be shown in the main window

    def __init__(
        self,
        main: QWidget,
        playing: Playing,
        preferences: Preferences,
        unexpected: Callable[[Exception], None],
        *,
        run: Run | None = None,
        dialogs: BatchDialogs | None = None,
    ) -> None:
        super().__init__(main)
        self._main, self._playing, self._preferences, self._unexpected = main, playing, preferences, unexpected
        self.dialogs = dialogs or BatchDialogs()
        self.runner = BatchRunner(run, self)
        self.chip = BatchChip(self.runner)
        self.chip.clicked.connect(self.show)
        self.window: BatchWindow | None = None
        for signal in (self.runner.finished, self.runner.failed):
            signal.connect(self._on_ended)

    def show(self) -> None:
        """Show the window, or bring it to the front."""
        window = self.make()
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()
        self.chip.seen()

    def read(self, paths: Sequence[Path]) -> None:
        """Show the window with these folders and files."""
        self.make().read(paths)
        self.show()

    def retint(self) -> None:
        """Follow a change of theme."""
        if self.window is not None:
            self.window.retint()

    def may_quit(self) -> bool:
        """Ask when a batch runs; True when the application may end."""
        pace = self.runner.pace
        return not self.runner.running or self.dialogs.ask_quit(self._main, pace.done, pace.files)

    def save_state(self) -> None:
        """Remember what was chosen."""
        if self.window is not None:
            self.window.save_state()

    def shut_down(self) -> None:
        """Cancel the batch and wait for its thread; the window goes."""
        if self.window is not None:
            self.window.hide()
            self.window.shut_down()
        self.runner.shut_down()
        if self.window is not None:
            self.window.deleteLater()  # it has no parent that would take it along
            self.window = None

    def make(self) -> BatchWindow:
        """The window, made when it is asked for first."""
        if self.window is None:
            # Late: the main window's first paint needs none of it.
            from duv_studio.ui.batch.file_search import FileSearch
            from duv_studio.ui.batch.window import BatchWindow, Services

            services = Services(self._playing, self.runner, FileSearch(), self.dialogs, self._unexpected)
            # Without a parent: a window that has one always lies in front of it.
            self.window = BatchWindow(services, self._preferences)
            self.window.open_wanted.connect(self.open_wanted)
        return self.window

    def _on_ended(self, outcome: object) -> None:
        if self.window is not None and self.window.isVisible():
            self.chip.seen()


class BatchChip(ProgressChip):
    """Of the batch; `clicked` asks for its window."""

    def __init__(self, runner: BatchRunner, parent: QWidget | None = None) -> None:
        super().__init__(tr("Batch · {p}", p=percent(1)), parent)
        self.runner = runner
        runner.started.connect(self.seen)
        runner.state_changed.connect(self.refresh)
        runner.events_arrived.connect(self._on_events)
        runner.finished.connect(self._on_ended)
        runner.failed.connect(self._on_ended)
        self.refresh()

    def refresh(self) -> None:
        """Show where the batch stands."""
        runner = self.runner
        self.say(short_text(runner), tip(runner))
        self.show_work(runner.running, runner.pace.share, runner.error)

    def _on_events(self, events: object) -> None:
        self.refresh()

    def _on_ended(self, outcome: object) -> None:
        self.ended()


def short_text(runner: BatchRunner) -> str:
    """Return two words, and a number while it runs."""
    if runner.stage is Stage.CANCELLING:
        return tr("Batch stops…")
    if runner.stage is Stage.PAUSED:
        return tr("Batch paused")
    if runner.running:
        share = runner.pace.share
        return tr("Batch…") if share is None else tr("Batch · {p}", p=percent(share))
    if runner.error is not None:
        return tr("Batch failed")
    cancelled = runner.summary is None or runner.summary.cancelled
    return tr("Batch stopped") if cancelled else tr("Batch done")


def tip(runner: BatchRunner) -> str:
    """Return where it stands in a few lines."""
    lines = [short_text(runner)]
    if runner.pace.files:
        lines.append(files_text(runner.pace))
    if runner.running and math.isfinite(runner.pace.remaining):
        lines.append(tr("{time} left", time=clock(runner.pace.remaining)))
    return "\n".join([*lines, tr("Click to open the batch window")])
