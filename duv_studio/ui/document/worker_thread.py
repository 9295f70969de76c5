"""Long jobs in threads of their own: one at a time, watched, asked to stop, and never killed."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from duv_studio.errors import Cancelled

Outcome = tuple[Any, Exception | None]  # the result of a job: the one or the other
Work = Callable[[], Outcome]
LOOK_MS = 110  # at most ten times a second, though timers are a little early


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


class LongJob(QObject):
    """A job that a window watches: it starts, passes through stages, and ends with a result or an error.

    A subclass says what happens in `_look` (ten times a second, and once after the end) and in `_ask_to_stop`.
    `finished` brings the result, or None when the job was cancelled before there was one; `failed` the exception.
    Both come after the thread has ended.
    """

    started = Signal()
    finished = Signal(object)
    failed = Signal(object)
    state_changed = Signal()  # `stage` or `running`

    def __init__(self, name: str, idle: StrEnum, preparing: StrEnum, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.result: Any = None
        self.error: Exception | None = None
        self._name, self._idle, self._preparing, self._stage = name, idle, preparing, idle
        self._thread = WorkerThread(name, self)
        self._thread.ended.connect(self._on_ended)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    @property
    def running(self) -> bool:
        """Whether the job is at work, also while it stops."""
        return self._thread.running

    def shut_down(self) -> None:
        """Ask the job to stop and wait for its thread, without signals; for the end of the application."""
        self._timer.stop()
        self._ask_to_stop()
        self._thread.wait()

    def _refuse_second(self) -> None:
        if self.running:
            raise RuntimeError(f"a {self._name} runs already")

    def _begin(self, work: Work) -> None:
        self.result, self.error, self._stage = None, None, self._preparing
        self._thread.begin(work)
        self._timer.start()
        self.started.emit()
        self.state_changed.emit()

    @Slot()
    def _look(self) -> None:
        raise NotImplementedError

    def _ask_to_stop(self) -> None:
        raise NotImplementedError

    @Slot(object, object)
    def _on_ended(self, result: Any, error: Exception | None) -> None:
        self._timer.stop()
        self._look()
        self.result, self.error = result, None if isinstance(error, Cancelled) else error
        self._enter(self._idle)
        if self.error is None:
            self.finished.emit(self.result)
        else:
            self.failed.emit(self.error)

    def _enter(self, stage: StrEnum) -> None:
        if stage is not self._stage:
            self._stage = stage
            self.state_changed.emit()
