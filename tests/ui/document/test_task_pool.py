"""Answers come to the GUI thread, only the newest of a kind, and nothing outlives a shutdown."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from duv_studio.errors import Cancelled, DuvError
from duv_studio.ui.document.task_pool import TaskContext, Tasks

WAIT_S = 10.0


class Listener(QObject):
    """Writes down its calls, and in which thread they come."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[Any] = []
        self.errors: list[Exception] = []
        self.progress: list[float] = []
        self.threads: set[int] = set()

    def on_done(self, answer: Any) -> None:
        self.threads.add(threading.get_ident())
        self.answers.append(answer)

    def on_error(self, error: Exception) -> None:
        self.threads.add(threading.get_ident())
        self.errors.append(error)

    def on_progress(self, share: float) -> None:
        self.threads.add(threading.get_ident())
        self.progress.append(share)


@pytest.fixture
def listener(qtbot: QtBot) -> Listener:
    return Listener()


@pytest.fixture
def tasks(qtbot: QtBot) -> Iterator[Tasks]:
    tasks = Tasks()
    yield tasks
    tasks.shutdown()


def test_the_function_runs_elsewhere_and_the_answer_comes_home(tasks: Tasks, listener: Listener, qtbot: QtBot) -> None:
    def work(context: TaskContext) -> int:
        context.progress(0.5)
        return threading.get_ident()

    assert tasks.start("load", work, listener.on_done, listener.on_error, listener.on_progress)
    assert tasks.running("load")
    qtbot.waitUntil(lambda: bool(listener.answers))
    assert listener.answers[0] != threading.get_ident()
    assert listener.threads == {threading.get_ident()}
    assert listener.progress == [0.5]
    assert not tasks.running("load")


@pytest.mark.parametrize("error", [DuvError("no", hint="do"), ValueError("unexpected")])
def test_every_exception_reaches_on_error(tasks: Tasks, listener: Listener, qtbot: QtBot, error: Exception) -> None:
    def work(context: TaskContext) -> None:
        raise error

    tasks.start("load", work, listener.on_done, listener.on_error)
    qtbot.waitUntil(lambda: bool(listener.errors))
    assert listener.errors == [error]
    assert listener.answers == []


def test_a_newer_request_drops_the_older_answer(tasks: Tasks, listener: Listener, qtbot: QtBot) -> None:
    go = threading.Event()

    def slow(context: TaskContext) -> str:
        go.wait(WAIT_S)
        return "old" if not context.cancelled() else "old, and it was told to stop"

    tasks.start("load", slow, listener.on_done, listener.on_error)
    tasks.start("load", lambda context: "new", listener.on_done, listener.on_error)
    go.set()
    qtbot.waitUntil(lambda: tasks.unfinished == 0)
    assert listener.answers == ["new"]


def test_kinds_do_not_disturb_each_other(tasks: Tasks, listener: Listener, qtbot: QtBot) -> None:
    tasks.start("load", lambda context: "load", listener.on_done, listener.on_error)
    tasks.start("draw", lambda context: "draw", listener.on_done, listener.on_error)
    qtbot.waitUntil(lambda: len(listener.answers) == 2)
    assert sorted(listener.answers) == ["draw", "load"]


def test_cancel_tells_the_function_and_drops_what_it_says(tasks: Tasks, listener: Listener, qtbot: QtBot) -> None:
    started = threading.Event()

    def work(context: TaskContext) -> None:
        started.set()
        while not context.cancelled():
            QThread.msleep(1)
        context.progress(1.0)
        raise Cancelled

    tasks.start("predict", work, listener.on_done, listener.on_error, listener.on_progress)
    assert started.wait(WAIT_S)
    tasks.cancel("predict")
    assert not tasks.running("predict")
    qtbot.waitUntil(lambda: tasks.unfinished == 0)
    assert (listener.answers, listener.errors, listener.progress) == ([], [], [])


def test_shutdown_waits_for_what_runs_and_accepts_no_more(tasks: Tasks, listener: Listener, qtbot: QtBot) -> None:
    ended: list[bool] = []

    def work(context: TaskContext) -> None:
        while not context.cancelled():
            QThread.msleep(1)
        QThread.msleep(30)
        ended.append(True)

    tasks.start("predict", work, listener.on_done, listener.on_error)
    tasks.shutdown()
    assert ended in ([True], [])  # [] when the pool had not begun yet
    assert tasks.start("predict", work, listener.on_done, listener.on_error) == 0
    qtbot.wait(20)
    assert listener.answers == []


def test_a_deleted_listener_is_not_called(tasks: Tasks, qtbot: QtBot) -> None:
    doomed, go = Listener(), threading.Event()
    tasks.start("load", lambda context: go.wait(WAIT_S), doomed.on_done, doomed.on_error)
    doomed.deleteLater()
    with qtbot.waitSignal(doomed.destroyed):
        pass
    go.set()
    qtbot.waitUntil(lambda: tasks.unfinished == 0)
    assert doomed.answers == []


def test_only_methods_of_gui_objects_may_listen(tasks: Tasks, listener: Listener) -> None:
    with pytest.raises(TypeError, match="bound method"):
        tasks.start("load", lambda context: 1, lambda answer: None, listener.on_error)
    with pytest.raises(TypeError, match="bound method"):
        tasks.start("load", lambda context: 1, listener.on_done, print)
