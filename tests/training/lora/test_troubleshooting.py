"""Every line of the guide's Troubleshooting, provoked: the sentence comes, and says what the guide says."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from duv_studio.engine.adapters.header import IMPROVES
from duv_studio.engine.midi.song import Family
from duv_studio.training import precision
from duv_studio.training.lora.dataset.material import gather, mixture
from duv_studio.training.lora.fit import fit
from duv_studio.training.lora.fit import lightning_module as module
from duv_studio.training.lora.fit.result import Result, advice
from duv_studio.training.lora.fit.run_files import FINISHED
from duv_studio.training.lora.fit.sanity_checks import Check
from duv_studio.training.lora.judge.verdict import Verdict
from tests import ROOT
from tests.lora_runs import TRAINER, NewRun, rule_tracks

GUIDE = ROOT / "docs" / "training.md"
Capture = pytest.CaptureFixture[str]


def refusal(run: Any, capsys: Capture) -> str:
    """The sentence of a command that could not run."""
    assert run.command() == 2
    said = capsys.readouterr().err
    *before, last = said.splitlines()
    assert last.startswith("duv-studio: ") and all("val_loss" in x or "val_vel_loss" in x for x in before)
    return str(last)


# ---- "No data loaded from manifest" ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        ('{"pitch": [60', "line 1 is not JSON"),
        ('{"file": "a.mid"}', 'line 1: "pitch" is missing'),
        ("MThd\0\0\0\6\0\xff", "line 1 is not JSON"),
    ],
)
def test_a_manifest_that_is_empty_or_malformed(new_run: NewRun, capsys: Capture, content: str, why: str) -> None:
    run = new_run()
    Path(run.recipe["manifest"]).write_text(content)
    said = refusal(run, capsys)
    assert f"No data loaded from manifest: {why}" in said
    assert "guitar.jsonl" in said and "enrich" in said


def test_a_manifest_that_is_missing(new_run: NewRun, capsys: Capture) -> None:
    said = refusal(new_run(manifest="nowhere.jsonl"), capsys)
    assert "No data loaded from manifest: there is no such file" in said and "nowhere.jsonl" in said


def test_a_manifest_of_other_instruments(new_run: NewRun, capsys: Capture) -> None:
    said = refusal(new_run(rule_tracks(3, family=Family.BASS)), capsys)
    assert "No data loaded from manifest: none of its tracks can be used for guitar (it is bass: 3)" in said
    assert "check instrument and filters" in said


@pytest.mark.parametrize(
    ("filters", "why"),
    [
        ({"min_notes": 201}, "fewer than 201 notes: 12"),
        ({"max_duration_sec": 10}, "longer than 10 s: 12"),
        ({"min_duration_sec": 400}, "shorter than 400 s: 12"),
    ],
)
def test_a_manifest_of_which_the_filters_leave_nothing(
    new_run: NewRun, capsys: Capture, filters: dict[str, float], why: str
) -> None:
    said = refusal(new_run(filters=filters), capsys)
    assert "No data loaded from manifest" in said and why in said


def test_a_few_tracks_left_out_are_counted_and_do_no_harm(new_run: NewRun, capsys: Capture) -> None:
    tracks = [*rule_tracks(), *rule_tracks(2, family=Family.BASS), rule_tracks(1, notes=20)[0]]
    assert new_run(tracks).command() in (0, 1)
    said = capsys.readouterr().out
    assert "Left out, it is bass: 2" in said and "Left out, fewer than 64 notes: 1" in said


# ---- "bf16 not available" --------------------------------------------------------------------------------------------


def test_bf16_where_the_processor_has_none_is_a_sentence_and_no_error(
    new_run: NewRun, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "cpu_has_bf16", lambda: False)
    run = new_run(trainer=TRAINER | {"precision": "bf16", "epochs": 1, "min_steps": 0})
    assert run.command() in (0, 1)
    said = capsys.readouterr().out
    assert "bf16 not available" in said and 'precision: "32"' in said and "32-bit" in said


# ---- "Base checkpoint not found" -------------------------------------------------------------------------------------


def test_a_base_that_is_not_there(new_run: NewRun, capsys: Capture) -> None:
    said = refusal(new_run(base_checkpoint="checkpoints/duv_universal.ckpt"), capsys)
    assert "Base checkpoint not found: checkpoints/duv_universal.ckpt" in said
    assert "train-base" in said and "base_checkpoint: null" in said and "base-open" in said


# ---- "Low validation performance" ------------------------------------------------------------------------------------


def harmful(new_run: NewRun) -> Any:
    """A player without rules: whatever is learned is chance, and at this rate much is."""
    rng = np.random.default_rng(5)
    noise = [replace(t, velocity=rng.integers(20, 120, len(t)).astype(float)) for t in rule_tracks()]
    velocity = {"targets": ["velocity"]}  # its lengths have rules
    return new_run(noise, features=velocity, trainer=TRAINER | {"lr": 0.05, "early_stop_patience": 0})


def test_an_adapter_that_is_no_better_says_so_loudly_and_what_to_try(new_run: NewRun, capsys: Capture) -> None:
    run = harmful(new_run)
    status = run.command()
    said, result = capsys.readouterr().out, run.result()
    assert status == 1 and (result["status"] == "failed" or result["verdict"] == "harms")
    assert "FAILED: Better than leaving notes as they are" in said
    (line,) = [x for x in said.splitlines() if x.startswith("Low validation performance")]
    for key in ("lora.r: 16 (now 8)", "trainer.epochs: 6 (now 2)", "trainer.lr: 0.025 (now 0.05)", "more songs"):
        assert key in line
    assert f"the best step was {result['best_step']} of {result['steps']}" in line
    assert re.search("check that the manifest holds velocities and lengths as they were played", line)


def test_a_run_that_is_all_right_gives_no_advice(new_run: NewRun) -> None:
    recipe = new_run().loaded()
    about = {"kind": "adapter", "best_step": 5, "steps": 10}

    def said(word: str, passed: bool = True, **more: Any) -> list[str]:
        checks = (Check("Better than leaving notes as they are", passed, ""),)
        return advice(Result(FINISHED, checks, Verdict(word, ()), None, about | more), recipe)

    assert said(IMPROVES) == []
    assert said("no clear change") and said("harms") and said(IMPROVES, passed=False)
    assert "features.targets: [velocity]" in said("harms")[0]
    assert "lora.r" not in said("harms", kind="model")[0]  # a whole model has none
    assert advice(Result(FINISHED, (), Verdict("no clear change", ()), None, {"kind": "statistics"}), recipe) == []


# ---- out of memory ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:118] DefaultCPUAllocator: can't allocate memory: you tried …"),
    ],
    ids=["GPU", "Python", "CPU"],
)
def test_out_of_memory_names_what_to_lower(
    new_run: NewRun, capsys: Capture, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def too_much(*_: Any) -> None:
        raise error

    monkeypatch.setattr(module, "predict_batch", too_much)
    said = refusal(new_run(), capsys)
    assert "out of memory with 4 windows of 64 notes in a step" in said
    for key in ("trainer.batch_size (now 4)", "trainer.max_len (now 64)", "trainer.precision (now 32)", "lora.r (now"):
        assert key in said


def test_other_trouble_of_a_step_is_not_called_memory(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(module, "predict_batch", broken)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        new_run().train()


# ---- another recipe in a folder that is not finished -----------------------------------------------------------------


def test_an_unfinished_run_of_another_recipe_is_kept(new_run: NewRun, capsys: Capture) -> None:
    run = new_run()
    run.train(stop=lambda: True)
    said = refusal(run.changed(trainer={"lr": 0.02}), capsys)
    assert "holds an unfinished run of another recipe, base or data" in said and "--restart" in said
    assert run.changed(trainer={"lr": 0.02}).command("--restart") in (0, 1)


# ---- TensorBoard -----------------------------------------------------------------------------------------------------


def test_a_log_for_other_eyes_is_left_out_where_nobody_installed_them(
    new_run: NewRun, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    run = new_run(trainer=TRAINER | {"epochs": 1, "min_steps": 0})
    assert run.command() in (0, 1)
    told = capsys.readouterr()
    assert "tensorboard" not in (told.out + told.err).lower()
    assert {path.name for path in run.log.parent.iterdir()} == {"metrics.csv"}


# ---- performance tips ------------------------------------------------------------------------------------------------


def test_batch_size_and_max_len_decide_what_a_step_holds(new_run: NewRun) -> None:
    for size, length in ((4, 64), (2, 64), (4, 32)):
        recipe = new_run(trainer=TRAINER | {"batch_size": size, "max_len": length}).loaded()
        batch = mixture(recipe, gather(recipe, Family.GUITAR)).batch(0)
        assert batch.valid.shape == (size, length)


def test_a_smaller_rank_has_fewer_parameters(new_run: NewRun) -> None:
    counts = {r: sum(w.numel() for w in trained(new_run, r).values()) for r in (4, 8)}
    assert counts[8] == 2 * counts[4]


def trained(new_run: NewRun, r: int) -> dict[str, torch.Tensor]:
    run = new_run(lora={"r": r}, trainer=TRAINER | {"epochs": 1, "min_steps": 0})
    run.train()
    return run.weights()


def test_large_batches_of_few_notes_still_make_the_fewest_steps(new_run: NewRun) -> None:
    recipe = new_run(trainer=TRAINER | {"batch_size": 128, "min_steps": 40}).loaded()
    _, plan = fit.make_plan(recipe, gather(recipe, Family.GUITAR))
    assert plan.steps == 40


# ---- the guide itself ------------------------------------------------------------------------------------------------


def test_every_issue_of_the_guide_is_provoked_here() -> None:
    issues = re.findall(r'^### Issue: "(.+)"$', GUIDE.read_text(encoding="utf-8"), re.M)
    tests = Path(__file__).read_text(encoding="utf-8").split("# ---- the guide itself")[0]
    assert len(issues) >= 6 and [issue for issue in issues if issue not in tests] == []
