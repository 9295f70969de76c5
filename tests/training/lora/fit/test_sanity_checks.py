"""The proofs that every training brings of itself: each is made to fail, loudly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from duv_studio.cli import main
from duv_studio.errors import DuvError
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.windows import Batch
from duv_studio.training.errors import check_finite_loss
from duv_studio.training.lora.fit import fit
from duv_studio.training.lora.fit import lightning_module as module
from duv_studio.training.lora.fit import sanity_checks as checks
from duv_studio.training.lora.fit.sanity_checks import beats_copying_check, check_gradient, lora_b_check
from tests.lora_runs import NewRun, Run, rule_tracks

Capture = pytest.CaptureFixture[str]


def failed(run: Run, capsys: Capture, name: str) -> str:
    """What the log says of the check of that name, which must have failed in log, exit status and result alike."""
    assert run.command() == 1
    (said,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith(f"FAILED: {name}"))
    found = run.result()
    assert found["status"] == "failed"
    assert [c["name"] for c in found["checks"] if not c["passed"]].count(name) == 1
    assert not (run.output / "last.ckpt").exists()  # it is over: the same command starts over
    return said


def test_a_training_that_goes_well_passes_all(new_run: NewRun) -> None:
    result = new_run().train()
    assert [c.name for c in result.checks] == [checks.LEARNED, checks.CHANGES, checks.BETTER]
    assert all(c.passed for c in result.checks) and result.status == "finished"


def test_a_learning_rate_of_nothing(new_run: NewRun, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "schedule", lambda step, steps, warmup: 0.0)
    run = new_run()
    assert "10 of 10 lora_B matrices are still 0, such as blocks.0.attn.q_proj" in failed(run, capsys, checks.LEARNED)
    assert {c["name"] for c in run.result()["checks"] if not c["passed"]} >= {checks.CHANGES}


def test_one_layer_that_does_not_learn(new_run: NewRun, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in networks whose forward goes round the layer that was adapted."""

    def all_but_one(model: torch.nn.Module) -> dict[str, torch.nn.Parameter]:
        return {name: p for name, p in trainable_parameters(model).items() if "1.ff.in.lora_B" not in name}

    trainable_parameters = module.trainable_parameters
    monkeypatch.setattr(module, "trainable_parameters", all_but_one)
    assert "1 of 10 lora_B matrices are still 0, such as blocks.1.ff.in" in failed(new_run(), capsys, checks.LEARNED)


def test_an_adapter_that_is_not_heard(new_run: NewRun, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def deaf(model: torch.nn.Module, batch: Batch) -> checks.Check:
        with torch.no_grad():
            for m in model.modules():
                if hasattr(m, "scaling"):
                    m.scaling = dict.fromkeys(m.scaling, 0.0)
        return adapter_effect_check(model, batch)  # type: ignore[arg-type]

    adapter_effect_check = checks.adapter_effect_check
    monkeypatch.setattr(fit, "adapter_effect_check", deaf)
    assert "differ by up to 0.000" in failed(new_run(), capsys, checks.CHANGES)


def test_worse_than_copying(new_run: NewRun, capsys: Capture) -> None:
    """What was learned from keeps the rules, what is held out breaks them: their rules are worse than none."""
    velocity = {"targets": ["velocity"]}  # its lengths keep the rules
    run = new_run(features=velocity, trainer={"early_stop_patience": 0})
    held_out = {t.song for t in fit_material(run)}
    tracks = [mirrored(t) if t.song in held_out else t for t in rule_tracks()]
    said = failed(new_run(tracks, features=velocity), capsys, checks.BETTER)
    assert "velocity" in said and " v " in said and "no better" in said


def fit_material(run: Run) -> tuple[PlayedTrack, ...]:
    from duv_studio.training.lora.dataset.material import gather

    recipe = run.loaded()
    return gather(recipe, recipe.family("guitar")).split.val


def mirrored(track: PlayedTrack) -> PlayedTrack:
    """Loud where it was soft."""
    return replace(track, velocity=np.clip(2 * track.velocity.mean().round() - track.velocity, 1, 127))


@pytest.mark.parametrize(
    ("found", "passed"),
    [((8.0, 0.01), True), ((8.0, 0.021), True), ((9.5, 0.01), True), ((8.0, 0.03), False), ((9.0, 0.02), False)],
)
def test_better_over_all_targets_that_are_learned(found: tuple[float, float], passed: bool) -> None:
    names = ("val_vel_loss", "val_dur_loss")
    ours, identity = dict(zip(names, found, strict=True)), dict(zip(names, (9.0, 0.02), strict=True))
    both = beats_copying_check(ours, identity, ("velocity", "dur_beats"))
    assert both.passed is passed
    assert both.said.count("no better") == (found[0] >= 9.0) + (found[1] >= 0.02)
    assert beats_copying_check(ours, identity, ("velocity",)).passed is (found[0] < 9.0)


def test_what_cannot_be_measured_is_not_passed() -> None:
    nothing = {"val_vel_loss": float("nan")}
    assert not beats_copying_check(nothing, nothing, ("velocity",)).passed
    assert not beats_copying_check({}, {}, ("velocity", "dur_beats")).passed


def poisoned(run: Run, monkeypatch: pytest.MonkeyPatch, change: Callable[[torch.Tensor], torch.Tensor]) -> None:
    target_loss = module.target_loss
    monkeypatch.setattr(module, "target_loss", lambda *args: change(target_loss(*args)))
    run.train()


def test_a_loss_that_is_no_number_ends_the_training(
    new_run: NewRun, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    with pytest.raises(DuvError, match="the loss is no longer a number at step 0") as caught:
        poisoned(new_run(), monkeypatch, lambda loss: loss * float("nan"))
    assert "trainer.lr" in caught.value.hint
    run = new_run()
    assert main(["train-lora", "--config", str(run.config), "--devices", "cpu"]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("duv-studio: the loss is no longer a number")


def test_a_loss_without_a_gradient_ends_the_training(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DuvError, match="no trainable parameter has a gradient at step 0") as caught:
        poisoned(new_run(), monkeypatch, lambda loss: loss * 0)
    assert "lora.target_modules" in caught.value.hint


def test_the_demands_by_themselves() -> None:
    for bad in ("nan", "inf", "-inf"):
        with pytest.raises(DuvError):
            check_finite_loss(torch.tensor(float(bad)), 3, "trainer")
    check_finite_loss(torch.tensor(3.0), 3, "trainer")
    layer = torch.nn.Linear(2, 2)
    with pytest.raises(DuvError):
        check_gradient(layer, 0)
    layer(torch.ones(2)).sum().backward()
    check_gradient(layer, 0)
    assert lora_b_check(layer).passed  # no adapter, nothing that must move
