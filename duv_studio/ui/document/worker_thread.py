"""One long job at a time in a thread of its own, never killed: its outcome is reported when the thread has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

Outcome = tuple[Any, Exception | None]  # the result of a job: the one or the other
Work = Callable[[], Outcome]


class _Worker(QObject):
    """Lives in the thread."""

    done = Signal(object)

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work = work

    @Slot()
    def run(self) -> None:
        """Do it; every failure travels to the GUI thread."""
        try:
            outcome = self._work()
        except Exception as error:
            outcome = None, error
        self.done.emit(outcome)


class WorkerThread(QObject):
    """Lives in the GUI thread. How a job is asked to stop is between it and whoever began it."""

    ended = Signal(object, object)  # result and exception, one of them None

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._thread: QThread | None = None
        self._worker: _Worker | None = None
        self._outcome: Outcome = (None, None)

    @property
    def running(self) -> bool:
        """Whether there is a thread, at work or about to end."""
        return self._thread is not None

    def begin(self, work: Work) -> None:
        """Do `work` in a new thread; RuntimeError while another one is at it."""
        if self.running:
            raise RuntimeError(f"a {self._name} runs already")
        self._outcome = None, None
        self._thread, self._worker = QThread(), _Worker(work)
        self._thread.setObjectName(self._name)
        self._worker.moveToThread(self._thread)
        self._thread.started.connect(self._worker.run)
        self._worker.done.connect(self._on_done, Qt.ConnectionType.QueuedConnection)
        self._thread.finished.connect(self._on_finished, Qt.ConnectionType.QueuedConnection)
        self._thread.start()

    def wait(self) -> None:
        """Wait for the end of the thread, and tell no one; for the end of the application."""
        if self._thread is not None:
            self._thread.quit()
            self._forget()

    @Slot(object)
    def _on_done(self, outcome: Outcome) -> None:
        self._outcome = outcome
        if self._thread is not None:
            self._thread.quit()

    @Slot()
    def _on_finished(self) -> None:
        if self._thread is not None and self.sender() is self._thread:
            self._forget()
            self.ended.emit(*self._outcome)

    def _forget(self) -> None:
        assert self._thread is not None
        self._thread.wait()  # it said that it has ended; this is for the last of its own affairs
        self._thread.deleteLater()  # the worker goes with its last name: its own thread can delete it no more
        self._thread = self._worker = None
