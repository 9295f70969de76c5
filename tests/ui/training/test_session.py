"""A training in a thread of the window: real ones on a tiny base, stopped, resumed, failed, and ended with it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.training import warm_up
from duv_studio.training.lora.fit import run as trainer
from duv_studio.training.lora.fit.callbacks import Progress
from duv_studio.training.lora.fit.run_files import INTERRUPTED
from duv_studio.ui.training.session import Stage, TrainingSession
from duv_studio.ui.training.trainer_thread import Crash
from tests.lora_runs import NewRun, Run, assert_same_outcome, outcome

WAIT_MS = 120_000
MODULES = ["duv_studio.ui.training.session", "duv_studio.ui.training.chip", "duv_studio.ui.wizard.run.run_page"]
MANY_STEPS = {"epochs": 4, "min_steps": 160}


class Heard:
    """Everything that a session told, in order."""

    def __init__(self, session: TrainingSession) -> None:
        self.told: list[tuple[str, Any]] = []
        self.threads: set[int] = set()
        self.session = session
        session.started.connect(lambda: self._note("started"))
        session.progressed.connect(lambda: self._note("progressed"))
        session.said.connect(lambda text: self._note("said", text))
        session.finished.connect(lambda result: self._note("finished", result))
        session.failed.connect(lambda error: self._note("failed", error))
        session.state_changed.connect(lambda: self._note("stage", session.stage))

    def _note(self, name: str, what: Any = None) -> None:
        self.told.append((name, what))
        self.threads.add(threading.get_ident())

    def of(self, name: str) -> list[Any]:
        return [what for n, what in self.told if n == name]


def start(session: TrainingSession, run: Run, restart: bool = False) -> None:
    session.start(run.loaded(), Family.GUITAR, "cpu", restart=restart)


def wait(qtbot: QtBot, session: TrainingSession) -> None:
    qtbot.waitUntil(lambda: not session.running, timeout=WAIT_MS)


def after_step(session: TrainingSession, step: int, wish: Callable[[], None]) -> Callable[[], None]:
    def look() -> None:
        if session.history.step >= step:
            wish()

    return look


def test_a_training_runs_beside_the_window_and_tells_everything_in_its_thread(
    session: TrainingSession, new_run: NewRun, qtbot: QtBot
) -> None:
    run, heard = new_run(trainer={"epochs": 2, "min_steps": 60}), Heard(session)
    start(session, run)
    assert session.running and session.stage is Stage.PREPARING and session.share is None
    wait(qtbot, session)
    assert heard.threads == {threading.get_ident()}
    assert [name for name, _ in heard.told if name in ("started", "finished", "failed")] == ["started", "finished"]
    stages = heard.of("stage")
    assert stages[:2] == [Stage.PREPARING, Stage.READING] and stages[-2:] == [Stage.JUDGING, Stage.IDLE]
    (result,) = heard.of("finished")
    assert result is session.result and result.status == run.result()["status"]
    assert heard.of("said") == session.lines and any("Judging by" in line for line in session.lines)
    assert session.best_adapter == run.output / "duv_lora_best.ckpt" and session.share == 1.0
    assert not session.resumable and session.output == run.output


def test_the_history_is_what_the_log_holds(session: TrainingSession, new_run: NewRun, qtbot: QtBot) -> None:
    run = new_run()
    start(session, run)
    wait(qtbot, session)
    for column in ("train_loss", "val_loss", "train_vel_loss", "val_dur_loss", "lr"):
        series = session.history.series(column)
        rows = run.rows(column=column)
        assert series.steps.tolist() == [int(r["step"]) for r in rows]
        assert series.values == pytest.approx([float(r[column]) for r in rows], rel=1e-4)
    for row in ("identity", "base"):
        (line,) = run.rows(row)
        assert session.history.last("val_vel_loss", row) == pytest.approx(float(line["val_vel_loss"]), rel=1e-4)
    assert session.history.best is not None and session.history.best[0] == run.result()["best_step"]


def test_stop_now_and_going_on_give_the_run_that_never_was_stopped(
    session: TrainingSession, new_run: NewRun, qtbot: QtBot
) -> None:
    run, whole = new_run(trainer=MANY_STEPS), new_run(trainer=MANY_STEPS)
    whole.train()
    stop = after_step(session, 50, session.stop_now)
    session.progressed.connect(stop)
    start(session, run)
    wait(qtbot, session)
    assert session.result.status == INTERRUPTED and session.resumable
    stopped_at = session.history.step
    assert 50 <= stopped_at < 160
    session.progressed.disconnect(stop)
    start(session, run)
    wait(qtbot, session)
    assert_same_outcome(outcome(run), outcome(whole))
    series = session.history.series("train_loss")
    assert series.steps.tolist() == [1, *range(5, 161, 5)]
    assert session.history.last("val_loss", "base") > 0 and session.history.step == 160


def test_stop_after_the_epoch(session: TrainingSession, new_run: NewRun, qtbot: QtBot) -> None:
    run, heard = new_run(trainer=MANY_STEPS), Heard(session)
    session.progressed.connect(after_step(session, 10, session.stop_after_epoch))
    start(session, run)
    wait(qtbot, session)
    assert session.result.status == INTERRUPTED and session.resumable
    assert session.history.step in (40, 80, 120)
    assert session.history.series("val_loss").steps[-1] == session.history.step
    assert Stage.ENDING_EPOCH in heard.of("stage")


def test_stop_while_it_prepares(
    session: TrainingSession, new_run: NewRun, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    monkeypatch.setattr(warm_up, "warm_up", lambda: go.wait(60))
    heard = Heard(session)
    start(session, new_run())
    session.stop_now()
    assert session.stage is Stage.STOPPING
    go.set()
    wait(qtbot, session)
    assert heard.of("finished") == [None] and not heard.of("failed") and session.error is None


def test_expected_trouble_comes_as_it_is(session: TrainingSession, new_run: NewRun, qtbot: QtBot) -> None:
    run, heard = new_run(), Heard(session)
    missing = run.folder / "gone.jsonl"
    start(session, run.changed(manifest=str(missing)))
    wait(qtbot, session)
    (error,) = heard.of("failed")
    assert isinstance(error, DuvError) and error.file == missing and error.__traceback__ is None
    assert session.error is error and session.result is None and not heard.of("finished")


def test_unexpected_trouble_comes_as_a_report_without_frames(
    session: TrainingSession, new_run: NewRun, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **how: Any) -> None:
        raise ZeroDivisionError("one by nothing")

    monkeypatch.setattr(trainer, "train", fail)
    heard = Heard(session)
    start(session, new_run())
    wait(qtbot, session)
    (error,) = heard.of("failed")
    assert isinstance(error, Crash) and str(error) == "ZeroDivisionError: one by nothing"
    assert "in fail" in error.trace and error.__traceback__ is None and error.__context__ is None


def test_ten_thousand_events_a_second_are_shown_at_most_ten_times(
    session: TrainingSession, new_run: NewRun, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flood(*args: Any, on_progress: Any, **how: Any) -> None:
        end, step = time.monotonic() + 1.0, 0
        while time.monotonic() < end:
            step += 1
            on_progress(Progress(step, 10**6, 0, 0.0, {"train_loss": float(step)}))
            time.sleep(0.0001)

    monkeypatch.setattr(trainer, "train", flood)
    heard, began = Heard(session), time.monotonic()
    start(session, new_run())
    wait(qtbot, session)
    seen = len(heard.of("progressed"))
    assert seen <= (time.monotonic() - began) * 10 + 2
    assert len(session.history.series("train_loss").steps) == session.history.step > seen


def test_only_one_runs_at_a_time(session: TrainingSession, new_run: NewRun, qtbot: QtBot) -> None:
    run = new_run(trainer=MANY_STEPS)
    start(session, run)
    with pytest.raises(RuntimeError, match="runs already"):
        start(session, run)
    session.stop_now()
    wait(qtbot, session)


def test_shutting_down_waits_and_tells_nobody(session: TrainingSession, new_run: NewRun, qtbot: QtBot) -> None:
    run = new_run(trainer=MANY_STEPS)
    start(session, run)
    qtbot.waitUntil(lambda: session.history.step > 0, timeout=WAIT_MS)
    heard = Heard(session)
    session.shut_down()
    assert not session.running and not heard.told
    assert (run.output / "last.ckpt").is_file()
    qtbot.wait(50)
    assert not heard.told


def thread_names() -> list[str]:
    return sorted(t.name for t in threading.enumerate())


def test_starts_and_stops_leave_no_thread(session: TrainingSession, new_run: NewRun, qtbot: QtBot) -> None:
    run = new_run(trainer=MANY_STEPS)
    session.progressed.connect(after_step(session, 1, session.stop_now))
    names: list[list[str]] = []
    for _ in range(6):
        start(session, run, restart=True)
        wait(qtbot, session)
        if len(names) > 1:  # a thread that was asked to end may take a moment, on a busy machine
            qtbot.waitUntil(lambda: not Counter(thread_names()) - Counter(names[1]), timeout=10_000)
        names.append(thread_names())
    assert session.result.status == INTERRUPTED
    assert len(names) == 6 and not any(Counter(later) - Counter(names[1]) for later in names[2:])
    assert QThread.currentThread().isRunning()


@pytest.mark.parametrize("module", MODULES)
def test_what_the_window_imports_loads_neither_torch_nor_pyqtgraph(module: str) -> None:
    heavy = "{'torch', 'lightning', 'peft', 'pyqtgraph'}"
    code = f"import sys, {module}; print(*{heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == ""
