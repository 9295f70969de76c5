"""The trial before a training: real steps, honest numbers, the errors of a training, and no trace on the disk."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from duv_studio.engine.midi.song import Family
from duv_studio.errors import Cancelled, DuvError
from duv_studio.training.devices import Devices, devices
from duv_studio.training.errors import OutOfMemory
from duv_studio.training.lora.dataset.material import gather, mixture
from duv_studio.training.lora.fit import lightning_module as module
from duv_studio.training.lora.fit.fit import make_plan
from duv_studio.training.lora.fit.lightning_module import AdapterModule
from duv_studio.training.lora.fit.model import make_trainable_model
from duv_studio.training.lora.trial import machine
from duv_studio.training.lora.trial import measure as trial_steps
from duv_studio.training.lora.trial.dry_run import trial
from duv_studio.training.lora.trial.machine import devices_here
from duv_studio.training.lora.trial.report import Trial
from tests.lora_runs import CPU, NewRun, Run, rule_tracks


def tried(run: Run, **how: Any) -> Trial:
    return trial(run.loaded(), Family.GUITAR, CPU, **how)


def contents(folder: Path) -> dict[str, str]:
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def test_it_says_what_the_training_then_does(new_run: NewRun) -> None:
    run = new_run()
    found = tried(run)
    said: list[str] = []
    result = run.train(on_message=said.append)
    assert result.about["steps"] == found.steps
    assert any(line.startswith(f"Trainable parameters: {found.trainable:,} ") for line in said)
    assert any(f"{found.steps} steps in {found.epochs} epochs" in line for line in said)
    assert sum(part.numbers for part in found.parts) == found.trainable < found.parameters
    assert {part.name: part.layers for part in found.parts}["attn.q_proj"] == 2


def test_times_are_those_of_its_steps(new_run: NewRun) -> None:
    found = tried(new_run())
    assert 0 < found.seconds_per_step < 60
    assert found.seconds_per_epoch >= found.seconds_per_step * found.steps / found.epochs
    assert found.total_seconds >= found.seconds_per_epoch * found.epochs


def test_workers_take_the_making_of_batches_off_it(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(np.cumsum([0, 8, 1, 0, 0] * 2).tolist())
    monkeypatch.setattr(trial_steps.time, "perf_counter", lambda: next(clock))
    run = new_run()
    recipe = run.loaded()
    material = gather(recipe, Family.GUITAR)
    r, plan = make_plan(recipe, material)
    bench = trial_steps.Bench(AdapterModule(make_trainable_model(recipe, Family.GUITAR, r).model, plan), CPU, recipe)
    batch = mixture(recipe, material).batch
    assert bench.times(batch, 0, lambda: None).step == 8 + 1
    assert bench.times(batch, 4, lambda: None).step == 8 / 4


def test_memory_grows_with_the_batch(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "resident", lambda: 0)  # as where the system does not tell
    small, large = (tried(new_run(trainer={"batch_size": n})).peak_bytes for n in (2, 8))
    assert 0 < small < large


def test_growth_of_the_program_is_seen() -> None:
    with machine.growth() as grown:
        held = bytearray(64 << 20)
        held[::4096] = b"x" * len(held[::4096])
        time.sleep(0.1)
    del held
    assert grown.bytes == 0 if machine.resident() == 0 else 60 << 20 < grown.bytes < 200 << 20


def test_what_the_system_sees_counts_where_it_is_more(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def much() -> Iterator[machine.Growth]:
        yield machine.Growth(5 << 30)

    monkeypatch.setattr(trial_steps, "growth", much)
    assert tried(new_run()).peak_bytes > 5 << 30


def test_nothing_is_written(new_run: NewRun, user_dirs: Path) -> None:
    run = new_run()
    recipe = run.loaded()
    before = contents(run.folder) | contents(user_dirs)
    trial(recipe, Family.GUITAR, "cpu")
    assert contents(run.folder) | contents(user_dirs) == before and not run.output.exists()


def test_little_playing_is_warned_of(new_run: NewRun) -> None:
    few = tried(new_run(rule_tracks(5)))
    assert few.trains and "960 notes in 5 files" in few.warnings[0]
    none = tried(new_run(rule_tracks(2)))
    assert not none.trains and none.trainable == 0 and "nothing is trained" in none.warnings[0]


def test_a_format_that_the_device_lacks_is_told(new_run: NewRun) -> None:
    found = tried(new_run(trainer={"precision": "fp16"}))
    assert any("fp16 not available" in warning for warning in found.warnings)
    assert not any("not available" in warning for warning in tried(new_run(trainer={"precision": "32"})).warnings)


def test_tracks_that_are_left_out_are_told(new_run: NewRun) -> None:
    found = tried(new_run([*rule_tracks(), *rule_tracks(2, family=Family.BASS)]))
    assert "2 tracks are left out: it is bass." in found.sentences


def test_from_scratch_everything_is_trained(new_run: NewRun) -> None:
    found = tried(new_run(base_checkpoint=None, trainer={"batch_size": 2}))
    assert found.trainable == found.parameters > 100_000


def test_out_of_memory_is_the_training_s_own_error(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_much(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(trial_steps, "check_gradient", too_much)
    with pytest.raises(OutOfMemory, match="4 windows of 64 notes"):
        tried(new_run())


def test_a_loss_that_is_no_number_is_found_before_the_training(
    new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "target_loss", lambda *_: torch.tensor(math.nan, requires_grad=True))
    with pytest.raises(DuvError, match="no longer a number"):
        tried(new_run())


@pytest.mark.parametrize("change", [{"base_checkpoint": "nowhere"}, {"lora": {"target_modules": ["attn.nothing"]}}])
def test_a_wrong_recipe_is_an_error(new_run: NewRun, change: dict[str, Any]) -> None:
    with pytest.raises(DuvError):
        tried(new_run(**change))


@pytest.mark.parametrize("after", range(4))
def test_it_can_be_cancelled_between_its_parts(new_run: NewRun, after: int) -> None:
    asked = []

    def cancelled() -> bool:
        asked.append(None)
        return len(asked) > after

    with pytest.raises(Cancelled):
        tried(new_run(), cancelled=cancelled)
    assert len(asked) == after + 1


def test_parts_are_named_as_recipes_name_them(new_run: NewRun) -> None:
    found = tried(new_run(lora={"r": 4, "target_modules": ["attn.*"]}))
    assert {part.name for part in found.parts} == {"attn.q_proj", "attn.k_proj", "attn.v_proj", "attn.out_proj"}


def test_devices_are_called_by_name() -> None:
    *_, cpu = devices_here()
    assert cpu.kind == "cpu" and cpu.name
    assert cpu.free_bytes is None or 0 < cpu.free_bytes <= (cpu.total_bytes or math.inf)


def test_a_gpu_stands_before_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (3 << 30, 8 << 30))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Some GPU")
    first, *rest = devices_here()
    assert (first.kind, first.name, first.free_bytes, first.total_bytes) == ("cuda", "Some GPU", 3 << 30, 8 << 30)
    assert rest[-1].kind == "cpu"


def test_memory_is_read_where_the_system_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.platform, "system", lambda: "Linux")
    told = {"/proc/meminfo": ["MemTotal: 2048 kB", "MemAvailable:  1024 kB", "HugePages_Total: 0"]}
    monkeypatch.setattr(machine, "read_lines", lambda path: told.get(path, []))
    assert machine.memory_here() == (1 << 20, 2 << 20)
    monkeypatch.setattr(machine, "read_lines", lambda path: [])
    assert machine.memory_here() == (None, None)


def test_an_apple_gpu_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert devices("mps") == Devices("mps", 1) and devices("mps").kind == "mps"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(DuvError, match="Apple"):
        devices("mps")
