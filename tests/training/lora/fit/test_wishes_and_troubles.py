"""A run that is asked to stop or that meets trouble keeps what it learned, and goes on to where it would have come."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning import Trainer

from duv_studio.engine.humanizer.humanizer import Humanizer
from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.training.errors import DeviceLost, DiskFull, NotANumber, UnfinishedRun, training_errors
from duv_studio.training.lora.fit import callbacks, finalize, run_log
from duv_studio.training.lora.fit.callbacks import SPEED, Progress
from duv_studio.training.lora.fit.run_files import INTERRUPTED, RUNNING, read_json
from tests.lora_runs import TRAINER, NewRun, Run, assert_same_outcome, outcome, rule_tracks

THREE_EPOCHS = {"epochs": 3, "min_steps": 24}


def events_of(run: Run, **how: Any) -> list[Progress]:
    seen: list[Progress] = []
    run.train(on_progress=seen.append, **how)
    return seen


def plays(run: Run) -> bool:
    best = run.output / "duv_lora_best.ckpt"
    return Family.GUITAR in Humanizer(run.recipe["base_checkpoint"], adapter=best).adapters


def test_finish_epoch_stops_after_the_validation_of_the_running_epoch(new_run: NewRun) -> None:
    run, whole = new_run(trainer=THREE_EPOCHS), new_run(trainer=THREE_EPOCHS)
    whole.train()
    result = run.train(finish_epoch=lambda: True)
    assert (result.status, result.about["steps"], result.verdict) == (INTERRUPTED, 8, None)
    assert [r["step"] for r in run.rows(column="val_loss")] == ["8"]
    assert plays(run)
    run.train()
    assert_same_outcome(outcome(run), outcome(whole))


def test_finish_epoch_lets_the_last_epoch_end_as_it_would(new_run: NewRun) -> None:
    run = new_run()
    asked: list[int] = []

    def in_the_last_epoch() -> bool:
        asked.append(1)
        return len(asked) == 2

    assert run.train(finish_epoch=in_the_last_epoch).status != INTERRUPTED
    assert len(asked) == 2 and not (run.output / "last.ckpt").exists()


def test_progress_tells_the_speed_and_the_log_does_not(new_run: NewRun) -> None:
    run = new_run()
    speeds = [p.metrics[SPEED] for p in events_of(run) if "train_loss" in p.metrics]
    assert len(speeds) == 4 and all(s > 0 for s in speeds)
    assert SPEED not in run.log.read_text()


def test_steps_that_take_long_are_told_one_by_one(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "PULSE_S", 0.0)
    run = new_run()
    steps = [p.step for p in events_of(run) if p.row == "adapter"]
    assert sorted(set(steps)) == list(range(17))  # from the beginning of the first one on
    assert len(run.rows(column="train_loss")) == 4


def test_stop_while_unseen_songs_judge_leaves_a_run_that_goes_on(new_run: NewRun) -> None:
    run, whole = new_run(), new_run()
    whole.train()
    said: list[str] = []
    result = run.train(on_message=said.append, stop=lambda: any(line.startswith("Judging") for line in said))
    assert (result.status, result.about["steps"], result.verdict) == (INTERRUPTED, 16, None)
    assert plays(run)
    assert run.train().verdict is not None
    assert_same_outcome(outcome(run), outcome(whole))


def test_statistics_alone_can_be_stopped_while_they_are_judged(new_run: NewRun) -> None:
    run = new_run(rule_tracks(songs=3, notes=100))
    said: list[str] = []
    result = run.train(on_message=said.append, stop=lambda: any(line.startswith("Judging") for line in said))
    assert result.status == INTERRUPTED
    assert run.train().status != INTERRUPTED


def test_weights_that_are_no_numbers_are_never_kept(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss of a step is of the weights before it: a step may break them, and a checkpoint follow it."""
    monkeypatch.setattr(callbacks, "SAVE_EVERY", 2)
    run = new_run()

    broken: list[int] = []
    step = torch.optim.AdamW.step

    def ruin(self: torch.optim.AdamW, *args: Any, **kwargs: Any) -> Any:
        found = step(self, *args, **kwargs)
        broken.append(0)
        if len(broken) == 4:
            with torch.no_grad():
                self.param_groups[0]["params"][0].fill_(torch.nan)
        return found

    monkeypatch.setattr(torch.optim.AdamW, "step", ruin)
    with pytest.raises(NotANumber, match="weights are no longer numbers at step 4") as caught:
        run.train()
    assert "trainer.lr" in caught.value.hint
    kept = torch.load(run.output / "last.ckpt", weights_only=True)
    assert kept["global_step"] == 2
    assert all(bool(w.isfinite().all()) for w in kept["state_dict"].values())


def full_after(calls: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, but from some call on there is no room."""
    seen: list[int] = []

    def call(*args: Any, **kwargs: Any) -> Any:
        seen.append(1)
        if len(seen) > calls:
            raise OSError(errno.ENOSPC, "No space left on device")
        return function(*args, **kwargs)

    return call


@pytest.mark.parametrize("what", ["log", "checkpoint", "adapter"])
def test_a_full_disk_is_told_and_the_run_goes_on_later(
    what: str, new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "SAVE_EVERY", 3)
    run, whole = new_run(), new_run()
    whole.train()
    with monkeypatch.context() as patch:
        if what == "log":
            patch.setattr(run_log.RunLog, "write", full_after(4, run_log.RunLog.write))
        elif what == "checkpoint":
            patch.setattr(Trainer, "save_checkpoint", half_of_it(full_after(2, Trainer.save_checkpoint)))
        else:
            patch.setattr(finalize, "write_atomically", full_after(0, finalize.write_atomically))
        with pytest.raises(DiskFull, match="disk is full") as caught:
            run.train()
    assert caught.value.file == run.output
    assert read_json(run.output / "run.json")["status"] == RUNNING
    assert (run.output / "last.ckpt").is_file() and not list(run.output.glob("*.partial"))
    run.train()
    assert_same_outcome(outcome(run), outcome(whole))


def half_of_it(function: Callable[..., Any]) -> Callable[..., Any]:
    def save(self: Trainer, path: Path) -> None:
        path.write_bytes(b"half")
        function(self, path)

    return save


def test_a_full_disk_is_recognised_however_torch_and_our_own_files_say_it(tmp_path: Path) -> None:
    def ours() -> None:
        try:
            raise OSError(errno.EDQUOT, "quota")
        except OSError as e:
            raise DuvError("The disk quota is used up") from e

    def torchs() -> None:
        raise RuntimeError("[enforce fail at inline_container.cc:595] . PytorchStreamWriter failed writing file data/1")

    for fail in (ours, torchs):
        with pytest.raises(DiskFull), training_errors(tmp_path):
            fail()


def test_a_gpu_that_went_away_is_told_from_other_faults(tmp_path: Path) -> None:
    with pytest.raises(DeviceLost, match="CUDA error: unspecified launch failure") as caught, training_errors(tmp_path):
        raise RuntimeError("CUDA error: unspecified launch failure\nCUDA kernel errors might be …")
    assert "goes on" in caught.value.hint
    with pytest.raises(RuntimeError, match="shape"), training_errors(tmp_path):
        raise RuntimeError("shape mismatch")


def test_an_unfinished_run_of_another_recipe_is_a_kind_of_its_own(new_run: NewRun) -> None:
    run = new_run()
    run.train(finish_epoch=lambda: True)
    with pytest.raises(UnfinishedRun):
        run.changed(trainer=TRAINER | {"seed": 1}).train()
