"""A run that is cut off at any moment, and started again, ends as the run that never was."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from duv_studio.engine.adapters.library import read_adapter_header
from duv_studio.engine.humanizer.humanizer import Humanizer
from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.training.devices import Devices
from duv_studio.training.errors import UnfinishedRun
from duv_studio.training.lora.fit import callbacks
from duv_studio.training.lora.fit.callbacks import Progress
from duv_studio.training.lora.fit.checkpoint_check import check_checkpoint
from duv_studio.training.lora.fit.losses import Validation
from duv_studio.training.lora.fit.run_files import INTERRUPTED
from tests.children import interrupt
from tests.lora_runs import NewRun, Outcome, Run, assert_same_outcome, make_run, outcome

PATIENCE_S = 120
LONG = {"epochs": 2, "min_steps": 120}  # long enough to be killed in time, with a checkpoint at step 50


class Camera:
    """Copies the folder of a run at every moment of it: what a kill -9 would leave there."""

    def __init__(self, run: Run, folder: Path) -> None:
        self.run, self.folder, self.moments = run, folder, 0

    def shot(self) -> None:
        if self.run.output.is_dir():
            shutil.copytree(self.run.output, self.folder / f"{self.moments:03d}")
        self.moments += 1

    def asked_to_stop(self) -> bool:
        self.shot()
        return False

    def told(self, text: str) -> None:
        self.shot()

    def saw(self, progress: Progress) -> None:
        self.shot()


def each_moment(run: Run, folder: Path) -> list[Path]:
    """Train, and return what lay in the output folder at all moments, early to late, each only once."""
    camera = Camera(run, folder)
    run.train(on_message=camera.told, on_progress=camera.saw, stop=camera.asked_to_stop)
    found: dict[str, Path] = {}
    for copy in sorted(folder.iterdir()):
        files = sorted(p for p in copy.rglob("*") if p.is_file() and not p.name.startswith("events."))
        found.setdefault(str([(p.relative_to(copy), p.stat().st_size, p.stat().st_mtime_ns) for p in files]), copy)
    return list(found.values())


def go_on_from(run: Run, copy: Path) -> None:
    shutil.rmtree(run.output)
    shutil.copytree(copy, run.output)
    run.train()


def test_a_run_may_be_cut_off_at_any_moment(new_run: NewRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "SAVE_EVERY", 2)  # of epochs of 4 steps: one falls on the end
    run = new_run(trainer={"min_steps": 8, "batch_size": 16})
    moments = each_moment(run, tmp_path / "moments")
    wanted = outcome(run)
    gone_on = 0
    for copy in moments:
        gone_on += (copy / "last.ckpt").is_file()
        go_on_from(run, copy)
        assert_same_outcome(outcome(run), wanted)
        assert not (run.output / "last.ckpt").exists()
    assert gone_on >= 5 and len(moments) - gone_on >= 3


def test_a_run_that_had_stopped_early_does_not_go_on_learning(
    new_run: NewRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_better = {"val_loss": 5.0, "val_vel_loss": 5.0, "val_dur_loss": 0.001}
    monkeypatch.setattr(Validation, "measure", lambda self, model: nothing_better)
    run = new_run(trainer={"epochs": 6, "batch_size": 16, "min_steps": 12, "early_stop_patience": 1})
    moments = each_moment(run, tmp_path / "moments")
    wanted, steps = outcome(run), run.result()["steps"]
    assert steps == 4
    for copy in [m for m in moments if (m / "last.ckpt").is_file()][-2:]:
        go_on_from(run, copy)
        assert_same_outcome(outcome(run), wanted)
        assert run.result()["steps"] == steps


def test_ctrl_c_leaves_an_adapter_that_plays_and_the_same_command_goes_on(
    new_run: NewRun, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, whole = new_run(), new_run()
    whole.train()
    with monkeypatch.context() as patch:
        patch.setattr(callbacks.TrainingCallback, "report_row", _interrupt_after(10))
        assert run.command() == 1
    assert "Going on" not in capsys.readouterr().out
    assert run.result()["status"] == INTERRUPTED and run.result()["steps"] == 10
    best = run.output / "duv_lora_best.ckpt"
    assert read_adapter_header(best).verdict == ""
    assert Family.GUITAR in Humanizer(run.recipe["base_checkpoint"], adapter=best).adapters
    run.command()
    assert "Going on where the run was interrupted." in capsys.readouterr().out
    assert_same_outcome(outcome(run), outcome(whole))
    assert run.result()["status"] != INTERRUPTED


def _interrupt_after(step: int) -> Callable[..., None]:
    def report_row(self: callbacks.TrainingCallback, trainer: object, metrics: object) -> None:
        if self.steps_done == step:
            signal.raise_signal(signal.SIGINT)
        return original(self, trainer, metrics)  # type: ignore[arg-type]

    original = callbacks.TrainingCallback.report_row
    return report_row


def interrupted(run: Run, step: int = 11) -> None:
    """Leave a run that was stopped after so many steps."""
    asked = iter(range(1, 10_000))
    run.train(stop=lambda: next(asked) == step)


def test_restart_begins_anew(new_run: NewRun, capsys: pytest.CaptureFixture[str]) -> None:
    run = new_run()
    interrupted(run)
    run.command("--restart")
    assert "Going on" not in capsys.readouterr().out
    assert run.result()["steps"] == 16
    assert run.log.parent.name == "version_1" and len(run.rows(column="train_loss")) == 4


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return pytest.fail, ("code was run",)


SPOILT: list[tuple[Callable[[Path], object], str]] = [
    (lambda path: path.write_bytes(path.read_bytes()[:-100]), "is damaged"),
    (lambda path: path.write_bytes(b""), "is damaged"),
    (lambda path: path.write_bytes(b"PK\x03\x04 and text"), "is damaged"),
    (lambda path: torch.save({"state_dict": Trap()}, path), "is damaged"),
    (lambda path: torch.save([1, 2], path), "is no checkpoint of this program"),
    (lambda path: torch.save({"state_dict": {}}, path), "is no checkpoint of this program"),
    (lambda path: spoil_weights(path), "holds weights that are no numbers"),
    (lambda path: (path.unlink(), os.mkfifo(path)), "is a pipe, not a file"),
]


def test_no_run_goes_on_from_a_damaged_checkpoint(new_run: NewRun, tmp_path: Path) -> None:
    run = new_run()
    interrupted(run)
    path = run.output / "last.ckpt"
    check_checkpoint(path)
    for number, (spoil, words) in enumerate(SPOILT):
        copy = tmp_path / f"{number}.ckpt"
        shutil.copy(path, copy)
        spoil(copy)
        with pytest.raises(UnfinishedRun, match=words):
            check_checkpoint(copy)
    path.write_bytes(b"")
    with pytest.raises(UnfinishedRun, match="is damaged") as caught:
        run.train()
    assert "--restart" in caught.value.hint and caught.value.file == path


def spoil_weights(path: Path) -> None:
    held = torch.load(path, weights_only=True)
    next(iter(held["state_dict"].values())).view(-1)[0] = float("inf")
    torch.save(held, path)


def test_another_recipe_or_other_songs_do_not_go_on(new_run: NewRun) -> None:
    run = new_run()
    interrupted(run)
    for other in (run.changed(trainer={"seed": 7}), run.changed(lora={"r": 4}), _with_fewer_songs(run)):
        with pytest.raises(DuvError, match="unfinished run of another recipe, base or data") as caught:
            other.train()
        assert "--restart" in caught.value.hint and caught.value.file == run.output
    assert run.changed(lora={"r": 4}).train(restart=True).about["steps"] == 16


def test_other_numbers_of_processes_do_not_go_on(new_run: NewRun) -> None:
    """They would draw other batches, and make another number of steps."""
    run = new_run()
    interrupted(run)
    with pytest.raises(DuvError, match="unfinished run that was made by 1 at a time; by 2") as caught:
        run.train(Devices("cpu", 2, strategy="ddp"))
    assert "--devices" in caught.value.hint
    assert run.train().about["steps"] == 16


def _with_fewer_songs(run: Run) -> Run:
    manifest = Path(run.recipe["manifest"])
    fewer = manifest.with_name("fewer.jsonl")
    fewer.write_text("".join(manifest.read_text().splitlines(keepends=True)[:-2]))
    return run.changed(manifest=str(fewer))


# ---- processes that are really killed --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Outcome:
    """What a long run leaves that nobody kills."""
    run = make_run(tmp_path_factory.mktemp("undisturbed"), tiny_base, trainer=LONG)
    run.train()
    return outcome(run)


def wait_for(run: Run, process: subprocess.Popen[str], row: str) -> None:
    """Until the log has a row that begins so."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        logs = list((run.output / "logs").glob("version_*/metrics.csv"))
        if logs and any(line.startswith(row) for line in logs[0].read_text().splitlines()):
            return
        time.sleep(0.02)
    said, _ = process.communicate(timeout=PATIENCE_S)
    pytest.fail(f"no row {row}: {said}")


def kill_at(run: Run, row: str, *options: str) -> None:
    with run.started("--devices", "cpu", *options) as process:
        wait_for(run, process, row)
    assert process.returncode == -signal.SIGKILL


def test_kill_9_within_an_epoch(new_run: NewRun, undisturbed: Outcome) -> None:
    run = new_run(trainer=LONG)
    kill_at(run, "adapter,0,55,")
    assert (run.output / "last.ckpt").is_file() and not (run.output / "result.json").exists()
    told: list[str] = []
    run.train(on_message=told.append)
    assert told.count("Going on where the run was interrupted.") == 1
    assert_same_outcome(outcome(run), undisturbed)


def test_ctrl_c_and_kill_9_with_a_worker(new_run: NewRun, undisturbed: Outcome) -> None:
    """Ctrl-C reaches the worker, too; the kill comes between two epochs; the last part goes without a worker."""
    run = new_run(trainer=LONG)
    with run.started("--devices", "cpu", "--num-workers", "1") as process:
        wait_for(run, process, "adapter,0,20,")
        interrupt(process)
        said, _ = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, run.result()["status"]) == (1, INTERRUPTED), said
    assert "Traceback" not in said
    kill_at(run, "adapter,0,60,", "--num-workers", "1")
    run.train()
    assert_same_outcome(outcome(run), undisturbed)
