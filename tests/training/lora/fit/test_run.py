"""One training from recipe to files: what lies where, what it says, and what the log holds."""

from __future__ import annotations

import csv
import json
import math

import numpy as np
import pytest
import torch

from duv_studio.engine.adapters.library import load_adapter, read_adapter_header
from duv_studio.engine.humanizer.humanizer import Humanizer
from duv_studio.engine.midi.song import Family
from duv_studio.training.data.manifest.filters import fingerprint
from duv_studio.training.lora.dataset.material import gather
from duv_studio.training.lora.fit.run_log import COLUMNS
from tests.lora_runs import NewRun, rule_tracks, same

GUIDES_COLUMNS = ("train_loss", "val_loss", "train_vel_loss", "val_vel_loss", "train_dur_loss", "val_dur_loss")


def test_one_command_leads_from_a_recipe_to_the_files_of_the_guide(
    new_run: NewRun, capsys: pytest.CaptureFixture[str]
) -> None:
    run = new_run(trainer={"epochs": 4, "min_steps": 80, "lr": 1.0e-2})
    assert run.command() == 0
    said = capsys.readouterr().out
    assert {path.name for path in run.output.iterdir()} == {
        *("duv_lora_best.ckpt", "duv_lora_final.ckpt", "logs", "result.json", "run.json")
    }
    assert run.log == run.output / "logs" / "version_0" / "metrics.csv"
    scaler = json.loads((run.output.parent / "scalers" / "guitar_duv.json").read_text())
    assert scaler["instrument"] == "guitar" and "vel_norm" in scaler["features"]
    result = run.result()
    assert result["status"] == "finished" and [c["passed"] for c in result["checks"]] == [True] * 3
    assert result["verdict"] == "improves"
    assert "ok: The adapter learned something" in said and "FAILED" not in said
    assert f"The best adapter is {run.output / 'duv_lora_best.ckpt'}." in said


def test_the_adapter_says_what_it_is_and_plays(new_run: NewRun) -> None:
    run = new_run()
    run.train()
    path = run.output / "duv_lora_best.ckpt"
    header = read_adapter_header(path)
    assert (header.family, header.base, header.r, header.seed) == ("guitar", "tiny", 8, 42)
    assert (header.steps, header.verdict) == (run.result()["best_step"], run.result()["verdict"])
    assert header.name == "duv_guitar_lora"
    assert {name.rpartition(".lora_")[0] for name in load_adapter(path)[0]} == set(header.modules)
    assert Humanizer(run.recipe["base_checkpoint"], adapter=path).adapters == {Family.GUITAR: header}


def test_the_log_has_the_columns_of_the_guide_and_who_must_be_beaten(new_run: NewRun) -> None:
    run = new_run()
    run.train()
    with run.log.open(newline="") as f:
        rows = list(csv.DictReader(f))
    assert set(GUIDES_COLUMNS) < set(rows[0]) == set(COLUMNS)
    assert [r["row"] for r in rows[:2]] == ["identity", "base"] and {r["row"] for r in rows[2:]} == {"adapter"}
    identity, base = rows[:2]
    assert not identity["val_loss"] and float(identity["val_vel_loss"]) > 0 and float(base["val_loss"]) > 0
    trained = run.rows(column="train_loss")
    assert [int(r["step"]) for r in trained] == [1, 5, 10, 15]
    assert all(math.isfinite(float(r[name])) for r in trained for name in ("train_vel_loss", "train_dur_loss", "lr"))
    validated = run.rows(column="val_loss")
    assert [(r["epoch"], r["step"]) for r in validated] == [("0", "8"), ("1", "16")]
    best = min(validated, key=lambda r: float(r["val_loss"]))
    assert int(best["step"]) == run.result()["best_step"]
    assert run.result()["validation"]["adapter"]["val_loss"] == pytest.approx(float(best["val_loss"]), rel=1e-4)


def test_identity_is_measured_in_velocity_units_and_beats(new_run: NewRun) -> None:
    run = new_run()
    run.train()
    held_out = gather(run.loaded(), run.loaded().family("guitar")).split.val
    velocity = np.mean(np.concatenate([np.abs(t.velocity - t.velocity.mean()) for t in held_out]))
    away = np.concatenate([t.played_duration - t.duration for t in held_out])
    huber = np.where(np.abs(away) < 0.1, away**2 / 2, 0.1 * (np.abs(away) - 0.05))
    (row,) = run.rows("identity")
    assert float(row["val_vel_loss"]) == pytest.approx(velocity, rel=1e-3)
    assert float(row["val_dur_loss"]) == pytest.approx(huber.mean(), rel=1e-3)


def test_a_second_run_has_a_log_of_its_own(new_run: NewRun) -> None:
    run = new_run()
    run.train()
    first = run.weights()
    run.train()
    assert run.log.parent.name == "version_1" and (run.output / "logs" / "version_0" / "metrics.csv").is_file()
    assert same(first, run.weights())  # the seed decides


def test_tensorboard_gets_the_same_where_it_is_installed(new_run: NewRun) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = new_run()
    run.train()
    events = EventAccumulator(str(run.log.parent))
    events.Reload()
    seen = {event.step: event.value for event in events.Scalars("val_loss")}
    assert seen == pytest.approx({int(r["step"]): float(r["val_loss"]) for r in run.rows(column="val_loss")}, rel=1e-4)


def test_songs_stay_together_and_those_that_judge_are_never_learned_from(new_run: NewRun) -> None:
    takes = [t for k in range(2) for t in rule_tracks(notes=100 + 8 * k, noise=8.0 + k)]  # two takes of every song
    run = new_run(takes)
    run.train()
    split = gather(run.loaded(), run.loaded().family("guitar")).split
    parts = [{t.song for t in part} for part in (split.train, split.val, split.test)]
    assert sum(map(len, parts)) == len(set().union(*parts)) == 12
    known = set(read_adapter_header(run.output / "duv_lora_best.ckpt").songs)
    assert known == {fingerprint(t) for t in (*split.train, *split.val)}
    assert not known & {fingerprint(t) for t in split.test}


def test_dropout_is_on_while_training_and_off_after(new_run: NewRun) -> None:
    """Lightning leaves a model in the mode that it has, and a base is loaded to play."""
    states = []
    for dropout in (0.0, 0.5):
        run = new_run(lora={"dropout": dropout})
        run.train()
        states.append(run.weights())
    assert not same(*states)
    assert all(torch.isfinite(w).all() for state in states for w in state.values())
