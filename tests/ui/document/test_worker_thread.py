"""A job in a thread of its own: where it runs, how it ends, and that nothing of it remains."""

from __future__ import annotations

import threading
from threading import Event

import pytest
from pytestqt.qtbot import QtBot

from duv_studio.ui.document.worker_thread import Outcome, WorkerThread


def test_the_outcome_comes_when_the_thread_has_ended(qtbot: QtBot) -> None:
    thread, seen = WorkerThread("job"), list[object]()
    thread.ended.connect(lambda *outcome: seen.append((outcome, thread.running)))
    for expected in (("result", None), (None, error := DuckError())):
        with qtbot.waitSignal(thread.ended):
            thread.begin(lambda outcome=expected: outcome)  # type: ignore[misc]
    assert seen == [(("result", None), False), ((None, error), False)]


class DuckError(Exception):
    pass


def test_it_runs_elsewhere_and_an_exception_travels(qtbot: QtBot) -> None:
    thread, where = WorkerThread("job"), list[threading.Thread]()

    def work() -> Outcome:
        where.append(threading.current_thread())
        raise DuckError

    with qtbot.waitSignal(thread.ended) as caught:
        thread.begin(work)
    assert caught.args is not None and isinstance(caught.args[1], DuckError)
    assert where and where[0] is not threading.current_thread()


def test_one_at_a_time_and_waiting_tells_nobody(qtbot: QtBot) -> None:
    thread, go_on, seen = WorkerThread("job"), Event(), list[object]()
    thread.ended.connect(lambda *outcome: seen.append(outcome))
    thread.begin(lambda: (go_on.wait(20), None))
    with pytest.raises(RuntimeError, match="a job runs already"):
        thread.begin(lambda: (None, None))
    go_on.set()
    thread.wait()
    qtbot.wait(10)  # what was on its way comes now, and is dropped
    assert not thread.running and seen == []
    thread.wait()  # again, without harm
