"""Batches as the main window has them: the one that runs, its window, its sign, and the question before the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from duv_studio.ui.batch.chip import BatchChip
from duv_studio.ui.batch.current_player import Playing
from duv_studio.ui.batch.dialogs import BatchDialogs
from duv_studio.ui.batch.runner import BatchRunner, Run
from duv_studio.ui.document.preferences import Preferences

if TYPE_CHECKING:
    from duv_studio.ui.batch.window import BatchWindow


class BatchDesk(QObject):
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
            from duv_studio.ui.batch.file_search import Lister
            from duv_studio.ui.batch.window import BatchWindow, Services

            services = Services(self._playing, self.runner, Lister(), self.dialogs, self._unexpected)
            # Without a parent: a window that has one always lies in front of it.
            self.window = BatchWindow(services, self._preferences)
            self.window.open_wanted.connect(self.open_wanted)
        return self.window

    def _on_ended(self, outcome: object) -> None:
        if self.window is not None and self.window.isVisible():
            self.chip.seen()
