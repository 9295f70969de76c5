"""Two processes on one machine train one adapter: it is written once, things are said once, and both stop together."""

from __future__ import annotations

import socket
from contextlib import ExitStack

import pytest

from duv_studio.training.lora.dataset.batch_mixture import Batches
from duv_studio.training.lora.fit.run_files import INTERRUPTED
from tests.children import interrupt
from tests.lora_runs import NewRun, Run, same
from tests.training.lora.fit.test_resume import PATIENCE_S, wait_for

TWO = ("--devices", "2", "--strategy", "ddp")


class Numbers:
    """Stands for what makes batches: shows which are asked for."""

    def batch(self, number: int) -> int:
        return number


def test_no_two_processes_draw_the_same_batch() -> None:
    drawn = [[Batches(Numbers(), rank, 2)[step] for step in range(5)] for rank in range(2)]  # type: ignore[arg-type]
    assert drawn == [[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]]


def trained_by_two(run: Run) -> tuple[int, str]:
    with run.started(*TWO) as process:
        said, _ = process.communicate(timeout=PATIENCE_S)
    return process.returncode, said


def test_two_processes_train_one_adapter(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted once on the way; afterwards the same as by one process that draws as much in each step."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    run = new_run(trainer={"min_steps": 60})
    with run.started(*TWO) as process:
        wait_for(run, process, "adapter,0,5,")
        interrupt(process)
        said, _ = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, run.result()["status"]) == (1, INTERRUPTED), said
    assert "Traceback" not in said
    stopped_at = run.result()["steps"]
    status, said = trained_by_two(run)
    assert status == int(run.result()["status"] != "finished"), said
    for once in (
        "Going on where",
        "Trainable parameters",
        "ok: The adapter learned something",
        "The best adapter is",
        "60/60  train_loss",
    ):
        assert said.count(once) == 1, said
    assert "on 2 × CPU" in said
    assert 0 < stopped_at < run.result()["steps"] == 60
    assert [p.name for p in (run.output / "logs").iterdir()] == ["version_0"]
    steps = [int(r["step"]) for r in run.rows()]
    assert steps == sorted(steps) and len(run.rows(column="val_loss")) == 2
    assert not same(run.weights("final"), _by_one(new_run))


def test_two_machines_train_one_adapter(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one says nothing and writes nothing, from the first moment on."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    monkeypatch.setenv("MASTER_PORT", str(_free_port()))
    run = new_run()
    with ExitStack() as machines:
        processes = []
        for place in ("0", "1"):
            monkeypatch.setenv("NODE_RANK", place)
            processes.append(
                machines.enter_context(run.started("--devices", "1", "--num-nodes", "2", "--strategy", "ddp"))
            )
        (first, _), (second, _) = (process.communicate(timeout=PATIENCE_S) for process in processes)
    assert processes[1].returncode == 0 and "Guitar:" not in second, second
    assert first.count("The best adapter is") == 1 and run.result()["steps"] == 16, first
    assert [p.name for p in (run.output / "logs").iterdir()] == ["version_0"]
    assert len(run.rows("identity")) == len(run.rows("base")) == 1


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _by_one(new_run: NewRun) -> dict[str, object]:
    alone = new_run(trainer={"min_steps": 60})
    alone.train()
    return dict(alone.weights("final"))
