"""How long an adapter is trained, and by what steps: what the recipe and the amount of playing say."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from duv_studio.engine.adapters.header import STATISTICS
from duv_studio.engine.adapters.library import load_adapter, read_adapter_header
from duv_studio.engine.midi.song import Family
from duv_studio.training.lora.dataset.material import gather
from duv_studio.training.lora.fit import lightning_module as module
from duv_studio.training.lora.fit.fit import batch_size_warning, make_plan
from duv_studio.training.lora.fit.lightning_module import Plan
from duv_studio.training.lora.fit.lora_injection import trainable_parameters
from duv_studio.training.lora.fit.losses import Validation
from tests.lora_runs import NewRun, Run, rule_tracks, same

NO_BETTER = {"val_loss": 5.0, "val_vel_loss": 5.0, "val_dur_loss": 0.001}  # however long one trains


def plan_of(run: Run, processes: int = 1) -> tuple[int, Plan]:
    recipe = run.loaded()
    return make_plan(recipe, gather(recipe, Family.GUITAR), processes)


def test_epochs_and_batches_decide_the_steps_and_there_are_never_too_few(new_run: NewRun) -> None:
    run = new_run(trainer={"epochs": 3, "batch_size": 4, "min_steps": 0})  # 8 songs of 192 notes: 24 windows of 64
    assert plan_of(run)[1].steps_per_epoch == 6 and plan_of(run)[1].steps == 18
    assert plan_of(run, processes=2)[1].steps == 9
    more = plan_of(run.changed(trainer={"min_steps": 100}))[1]
    assert (more.epochs, more.steps_per_epoch) == (3, 34)


@pytest.mark.parametrize(
    ("batch_size", "min_steps", "times"),
    [
        (16, 150, None),
        (48, 150, None),  # three times
        (64, 150, 4),  # as in the guide's first recipe
        (256, 150, 16),
        (16, 0, None),
        (256, 0, 8),  # a pass holds 24 windows, so no batch needs more
        (4, 0, None),
    ],
)
def test_a_batch_size_that_multiplies_the_work_is_warned_of(
    new_run: NewRun, batch_size: int, min_steps: int, times: int | None
) -> None:
    trainer = {"batch_size": batch_size, "min_steps": min_steps, "epochs": 40}
    recipe = new_run(trainer=trainer).loaded()
    said = batch_size_warning(recipe, gather(recipe, Family.GUITAR))
    assert (said is None) == (times is None)
    if said is not None:
        assert f"trainer.batch_size: {batch_size} makes this training {times} times as long as 16 would" in said


@pytest.mark.parametrize(("asked", "steps", "warm"), [(1000, 100, 5), (3, 100, 3), (1000, 19, 0), (0, 100, 0)])
def test_warming_up_takes_a_twentieth_of_the_run_at_most(asked: int, steps: int, warm: int) -> None:
    plan = Plan(steps, 1, 1e-3, 0.0, asked, 0, ("velocity",), None)  # type: ignore[arg-type]
    assert plan.warmup == warm


def test_the_learning_rate_warms_up_and_falls(new_run: NewRun) -> None:
    run = new_run(trainer={"min_steps": 120, "epochs": 1, "warmup_steps": 1000, "batch_size": 2, "max_len": 16})
    run.train()
    rates = {int(r["step"]): float(r["lr"]) for r in run.rows(column="train_loss")}
    assert rates[1] < rates[5] <= 3.0e-3 and max(rates, key=rates.__getitem__) in (5, 10)
    assert rates[120] < rates[100] < rates[50] < rates[10]


def test_training_stops_early_where_nothing_improves(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Validation, "measure", lambda self, model: NO_BETTER)
    trainer = {"epochs": 8, "batch_size": 16, "min_steps": 16}
    run = new_run(trainer=trainer | {"early_stop_patience": 2})
    run.train()
    assert len(run.rows(column="val_loss")) == 3  # the first is the best, and two are no better
    assert (run.result()["best_step"], run.result()["steps"]) == (2, 6)
    never = new_run(trainer=trainer | {"early_stop_patience": 0})
    never.train()
    assert len(never.rows(column="val_loss")) == 8
    assert same(run.weights("best"), never.weights("best")) and not same(run.weights("final"), never.weights("final"))


# ---- how much playing there is ---------------------------------------------------------------------------------------


def test_little_playing_is_measured_and_nothing_is_trained(new_run: NewRun, capsys: pytest.CaptureFixture[str]) -> None:
    run = new_run(rule_tracks(songs=5, notes=90))
    assert run.command() == 0
    weights, header = load_adapter(run.output / "duv_lora_best.ckpt")
    assert (weights, header.kind) == ({}, STATISTICS) and header.player is not None
    assert run.result()["kind"] == STATISTICS and (run.output / "duv_lora_final.ckpt").is_file()
    assert "450 notes in 5 files. Only level, spread and articulation are measured" in capsys.readouterr().out
    assert not (run.output / "logs").exists()


@pytest.mark.parametrize("epochs", [1, 6, 7, 300])
def test_a_little_more_trains_a_small_adapter_shortly(new_run: NewRun, epochs: int) -> None:
    run = new_run(rule_tracks(songs=5), lora={"r": 16, "alpha": 32}, trainer={"epochs": epochs, "min_steps": 150})
    r, plan = plan_of(run)
    assert r <= 4 and 60 <= plan.steps <= 100 and plan.epochs <= epochs


def test_a_small_adapter_is_as_strong_as_was_asked_for(new_run: NewRun) -> None:
    run = new_run(rule_tracks(songs=5), lora={"r": 16, "alpha": 32}, trainer={"min_steps": 1, "batch_size": 2})
    run.train()
    header = read_adapter_header(run.output / "duv_lora_best.ckpt")
    assert header.r == 4 and header.alpha / header.r == 32 / 16
    assert {w.shape[0] for n, w in run.weights().items() if "lora_A" in n} == {4}


# ---- how -------------------------------------------------------------------------------------------------------------


def test_gradients_are_clipped_or_not(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: dict[float, list[float]] = {}

    def seen(self: module.AdapterModule, *_: Any) -> None:
        gradients = [p.grad.flatten() for p in trainable_parameters(self).values() if p.grad is not None]
        lengths.setdefault(norm, []).append(float(torch.cat(gradients).norm()))

    monkeypatch.setattr(module.AdapterModule, "on_train_batch_end", seen, raising=False)
    for norm in (0.01, 0.0):
        new_run(trainer={"grad_clip_norm": norm, "min_steps": 4, "batch_size": 16}).train()
    assert max(lengths[0.01]) <= 0.01 + 1e-6 < 0.05 < min(lengths[0.0])


def test_weight_decay_and_seed_are_used(new_run: NewRun) -> None:
    short = {"min_steps": 4, "batch_size": 16}
    runs = [new_run(trainer=short | more) for more in ({}, {}, {"seed": 7}, {"weight_decay": 1.0})]
    for run in runs:
        run.train()
    plain, again, other, decayed = (run.weights("final") for run in runs)
    assert same(plain, again) and not same(plain, other) and not same(plain, decayed)


def test_a_format_that_the_machine_lacks_is_said_once(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duv_studio.training.precision.cpu_has_bf16", lambda: False)
    short = {"min_steps": 4, "batch_size": 16}
    run, exact = new_run(trainer=short | {"precision": "bf16"}), new_run(trainer=short)
    told: list[str] = []
    run.train(on_message=told.append)
    exact.train()
    assert [t for t in told if "bf16 not available on this processor" in t] == [
        'bf16 not available on this processor: training in 32-bit numbers instead; write precision: "32" in the'
        " recipe to settle it."
    ]
    assert same(run.weights("final"), exact.weights("final"))


def test_bf16_where_the_machine_has_it(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duv_studio.training.precision.cpu_has_bf16", lambda: True)
    short = {"min_steps": 4, "batch_size": 16}
    run, exact = new_run(trainer=short | {"precision": "bf16"}), new_run(trainer=short)
    told: list[str] = []
    run.train(on_message=told.append)
    exact.train()
    assert not any("not available" in t for t in told)
    assert not same(run.weights("final"), exact.weights("final"))
    assert all(w.dtype == torch.float32 for w in run.weights().values())
