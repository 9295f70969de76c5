"""Functions that run in a thread pool and whose answers arrive in the GUI thread, newest request only."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, Qt, QThreadPool, Signal, Slot

from duv_studio.errors import Cancelled


class TaskContext:
    """What a running function may ask and tell; safe from any thread."""

    def __init__(self, task_id: int, report: Callable[[int, float], None]) -> None:
        self._id = task_id
        self._report = report
        self._cancel = threading.Event()

    def cancelled(self) -> bool:
        """Whether the caller no longer wants the answer; check it often."""
        return self._cancel.is_set()

    def cancel(self) -> None:
        """Ask the function to stop; it is never killed."""
        self._cancel.set()

    def progress(self, share: float) -> None:
        """Tell how much is done, 0..1."""
        if not self.cancelled():
            self._report(self._id, share)


@dataclass(frozen=True)
class _Request:
    kind: str
    context: TaskContext
    on_done: Callable[[Any], None]
    on_error: Callable[[Exception], None]
    on_progress: Callable[[float], None] | None


class Tasks(QObject):
    """One request of each kind at a time: a new one cancels the old one, and the old one's answer is dropped.

    The pool's threads see only the function, its frozen arguments and a TaskContext. They speak through signals that
    are connected to this object's own methods, because a lambda or a partial would run in the thread that emits.
    """

    running_changed = Signal()
    _finished = Signal(int, object, object)  # id, answer, exception or None
    _progressed = Signal(int, float)

    def __init__(self, parent: QObject | None = None, max_threads: int = 4) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(max_threads)
        self._ids = itertools.count(1)
        self._current: dict[str, int] = {}  # kind -> id of the request whose answer counts
        self._requests: dict[int, _Request] = {}  # everything whose function has not ended yet
        self._closed = False
        self._finished.connect(self._on_finished, Qt.ConnectionType.QueuedConnection)
        self._progressed.connect(self._on_progressed, Qt.ConnectionType.QueuedConnection)

    def start(
        self,
        kind: str,
        function: Callable[[TaskContext], Any],
        on_done: Callable[[Any], None],
        on_error: Callable[[Exception], None],
        on_progress: Callable[[float], None] | None = None,
    ) -> int:
        """Run `function(context)` in the pool; return the request's id, 0 when already shut down.

        The callbacks must be bound methods of QObjects of this thread: they are called here, and never after their
        object was deleted, the request was cancelled or a newer one of its kind was started.
        """
        for callback in (on_done, on_error, on_progress):
            self._check_callback(callback)
        self.cancel(kind)
        if self._closed:
            return 0
        task_id = next(self._ids)
        context = TaskContext(task_id, self._progressed.emit)
        self._requests[task_id] = _Request(kind, context, on_done, on_error, on_progress)
        self._current[kind] = task_id
        self._pool.start(_runner(task_id, context, function, self._finished.emit))
        self.running_changed.emit()
        return task_id

    def cancel(self, kind: str) -> None:
        """Ask the running request of this kind to stop and drop its answer."""
        task_id = self._current.pop(kind, None)
        if task_id is not None:
            self._requests[task_id].context.cancel()
            self.running_changed.emit()

    def running(self, kind: str) -> bool:
        """Whether an answer of this kind is still awaited."""
        return kind in self._current

    @property
    def unfinished(self) -> int:
        """How many functions have not ended yet, cancelled ones included."""
        return len(self._requests)

    def shutdown(self) -> None:
        """Cancel everything, wait until the last function has ended, and accept no more."""
        self._closed = True
        for kind in list(self._current):
            self.cancel(kind)
        for request in self._requests.values():
            request.context.cancel()
        self._pool.waitForDone(-1)
        self._requests.clear()

    def _check_callback(self, callback: Callable[..., None] | None) -> None:
        if callback is None:
            return
        owner = getattr(callback, "__self__", None)
        if not isinstance(owner, QObject) or owner.thread() is not self.thread():
            raise TypeError(f"{callback!r} is not a bound method of a QObject of the GUI thread")

    @Slot(int, object, object)
    def _on_finished(self, task_id: int, answer: object, error: Exception | None) -> None:
        request = self._requests.pop(task_id, None)
        if request is None or self._current.get(request.kind) != task_id:
            return  # stale: cancelled or overtaken
        del self._current[request.kind]
        self.running_changed.emit()
        if isinstance(error, Cancelled):
            return
        if error is not None:
            _call(request.on_error, error)
        else:
            _call(request.on_done, answer)

    @Slot(int, float)
    def _on_progressed(self, task_id: int, share: float) -> None:
        request = self._requests.get(task_id)
        if request and request.on_progress and self._current.get(request.kind) == task_id:
            _call(request.on_progress, share)


def _runner(
    task_id: int,
    context: TaskContext,
    function: Callable[[TaskContext], Any],
    finish: Callable[[int, object, object], None],
) -> Callable[[], None]:
    """What the pool's thread executes: the function, and one signal with its answer or its exception."""

    def run() -> None:
        answer, error = None, None
        try:
            if context.cancelled():
                raise Cancelled
            answer = function(context)
        except Exception as exception:  # every failure travels to the GUI thread, which knows what to do with it
            error = exception
        finish(task_id, answer, error)

    return run


def _call(callback: Callable[[Any], None], value: object) -> None:
    if shiboken6.isValid(callback.__self__):  # type: ignore[attr-defined]
        callback(value)
