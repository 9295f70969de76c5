"""The thread behind the window: news in batches, brakes, and an end that always comes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from duv_studio.engine.batch.events import (
    BatchEvent,
    FileFinished,
    FileResult,
    Planned,
    Progressed,
    Started,
    Status,
    Summary,
)
from duv_studio.engine.batch.request import Request
from duv_studio.errors import DuvError
from duv_studio.ui.batch.runner import BatchRunner, EventQueue, Stage
from duv_studio.ui.document.worker_thread import LOOK_MS
from tests.ui.batch.staged import Staged, results
from tests.ui.conftest import WAIT_S

MS = int(WAIT_S * 1000)


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    return Request((tmp_path / "in",), tmp_path / "out")


def collected(runner: BatchRunner) -> list[BatchEvent]:
    events: list[BatchEvent] = []
    runner.events_arrived.connect(events.extend)
    return events


def test_a_batch_runs_in_a_thread_of_its_own_and_tells_here(
    qtbot: QtBot, runner: BatchRunner, staged: Staged, request_: Request
) -> None:
    here, events = threading.current_thread(), collected(runner)
    where: list[threading.Thread] = []
    runner.events_arrived.connect(lambda _: where.append(threading.current_thread()))
    with qtbot.waitSignal(runner.finished, timeout=MS) as ended:
        runner.start(request_)
        assert runner.running and runner.stage is Stage.PREPARING
    (summary,) = ended.args
    assert isinstance(summary, Summary) and summary.count(Status.OK) == 6
    assert [one.result.index for one in events if isinstance(one, FileFinished)] == list(range(6))
    assert set(where) == {here}
    assert not runner.running and runner.stage is Stage.IDLE and runner.pace.done == 6


def test_only_one_batch_runs_at_a_time(qtbot: QtBot, runner: BatchRunner, staged: Staged, request_: Request) -> None:
    staged.stands_at = 0
    runner.start(request_)
    with pytest.raises(RuntimeError):
        runner.start(request_)


def test_a_pause_begins_no_more_files_and_a_cancel_ends_it(
    qtbot: QtBot, runner: BatchRunner, staged: Staged, request_: Request
) -> None:
    staged.stands_at = 2
    runner.start(request_)
    qtbot.waitUntil(staged.stands.is_set, timeout=MS)
    qtbot.waitUntil(lambda: runner.stage is Stage.RUNNING, timeout=MS)
    runner.pause()
    assert runner.stage is Stage.PAUSED
    staged.go.set()
    qtbot.waitUntil(lambda: runner.pace.done == 3, timeout=MS)  # the one that was begun is finished
    qtbot.wait(2 * LOOK_MS)
    assert runner.pace.done == 3 and not runner.pace.busy
    stood = runner.pace.seconds
    runner.go_on()
    assert runner.stage is Stage.RUNNING and runner.pace.seconds >= stood
    with qtbot.waitSignal(runner.finished, timeout=MS) as ended:
        pass
    assert ended.args[0].count(Status.OK) == 6


def test_a_cancel_in_the_middle_keeps_what_is_done(
    qtbot: QtBot, runner: BatchRunner, staged: Staged, request_: Request
) -> None:
    staged.stands_at = 3
    runner.start(request_)
    qtbot.waitUntil(staged.stands.is_set, timeout=MS)
    with qtbot.waitSignal(runner.finished, timeout=MS) as ended:
        runner.cancel()
        assert runner.stage is Stage.CANCELLING
        runner.pause()  # too late
        assert runner.stage is Stage.CANCELLING
    assert ended.args[0].cancelled and ended.args[0].count(Status.OK) == 3


@pytest.mark.parametrize("error", [DuvError("there is no such model", hint="choose another"), ZeroDivisionError("oh")])
def test_trouble_comes_back_as_it_was(
    qtbot: QtBot, runner: BatchRunner, staged: Staged, request_: Request, error: Exception
) -> None:
    staged.error = error
    with qtbot.waitSignal(runner.failed, timeout=MS) as ended:
        runner.start(request_)
    assert ended.args == [error] and runner.error is error and not runner.running


def test_the_end_of_the_application_cancels_and_waits(runner: BatchRunner, staged: Staged, request_: Request) -> None:
    staged.stands_at = 1
    runner.start(request_)
    assert staged.stands.wait(WAIT_S)
    runner.shut_down()
    assert not runner.running and staged.done == {0}


def test_of_how_far_a_file_is_only_the_last_word_is_passed_on() -> None:
    line = EventQueue()
    line.on_event(Planned(tuple(results(4))))
    line.on_event(Started(1))
    for share in range(100):
        line.on_event(Progressed(1, share / 100))
        line.on_event(Progressed(3, share / 200))
    line.on_event(FileFinished(FileResult(1, "x", results(2)[1].source, None, Status.OK)))
    events, _ = line.take()
    assert [type(one) for one in events] == [Planned, Started, FileFinished, Progressed]
    assert events[-1] == Progressed(3, 99 / 200)
    assert line.take() == ((), {})


def test_sizes_are_looked_up_of_files_that_wait(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(b"x" * 123)
    rows = [FileResult(k, name, tmp_path / name, None) for k, name in enumerate(("a.mid", "gone.mid"))]
    line = EventQueue()
    line.on_event(Planned(tuple(rows)))
    assert line.take()[1] == {0: 123}
