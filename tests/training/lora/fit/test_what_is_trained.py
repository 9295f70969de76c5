"""What is trained, and on what it is read: each of these keys of a recipe does what it says."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from duv_studio.engine.adapters.library import load_adapter, read_adapter_header
from duv_studio.engine.features.feature_groups import INPUTS
from duv_studio.engine.features.hints import hint_columns
from duv_studio.engine.humanizer.humanizer import Humanizer
from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import load, pack, read_header
from duv_studio.engine.music.settings import Settings
from duv_studio.errors import DuvError
from duv_studio.training.lora.dataset.material import gather, mixture
from tests.lora_runs import NOTES, NewRun, rule_tracks, same, write_manifest
from tests.midi_builder import TrackSpec, build_song

posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes and links need a POSIX system")
HINT = "strum_dir_hint"


def song() -> Any:
    notes = [(k * 240, 200, 60 + k % 12, 80) for k in range(64)]
    return midi_file.parse(build_song([TrackSpec(notes, program=25)], tempos=[(0, 120)], signatures=[(0, 4, 4)]))


def test_without_a_base_a_whole_model_is_trained_and_an_interrupted_one_goes_on(new_run: NewRun) -> None:
    small = {"min_steps": 2, "batch_size": 2, "max_len": 1024}
    run, whole = (new_run(base_checkpoint=None, trainer=small) for _ in range(2))
    said: list[str] = []
    whole.train(on_message=said.append)
    assert sum("trains the small network from scratch" in line and "metrical lookup" in line for line in said) == 1
    run.train(stop=lambda: True)
    assert run.result()["status"] == "interrupted"
    run.train()
    assert same(run.weights("final"), whole.weights("final"))
    best = run.output / "duv_lora_best.ckpt"
    header = read_header(best)
    assert (header.name, header.steps) == ("duv_guitar_lora", run.result()["best_step"])
    found = run.result()
    assert found["kind"] == "model" and found["verdict"] != "improves"
    assert {"metrical lookup", "adapter", "adapter minus metrical lookup"} <= found["unseen_songs"].keys()
    assert "base" not in found["unseen_songs"]
    assert any("with the metrical lookup" in why and "with the model" in why for why in found["why"])
    assert run.rows("identity") and not run.rows("base")
    played = Humanizer(best, adapter="none").humanize(song(), Settings())
    assert np.ptp(played[0].velocity) > 0


def test_a_base_that_is_not_frozen_is_trained_whole(new_run: NewRun) -> None:
    run = new_run(base_frozen=False, lora={"enable": False})
    said: list[str] = []
    run.train(on_message=said.append)
    assert run.result()["verdict"] == "improves" and said[-1].startswith("The best model is")
    assert not any("adapters --install" in line for line in said)  # which would refuse a whole model
    base, _ = load(run.recipe["base_checkpoint"])
    model, header = load(run.output / "duv_lora_best.ckpt")
    before, after = base.state_dict(), model.state_dict()
    moved = [name for name, p in base.named_parameters() if not torch.equal(p, after[name])]
    assert len(moved) > 0.8 * len(list(base.parameters())) and before.keys() == after.keys()
    assert header.name == "duv_guitar_lora"


def test_a_base_that_is_trained_on_keeps_its_licence(new_run: NewRun, tmp_path: Path) -> None:
    terms = {"licence": "CC BY-NC 4.0", "licence_note": "Not for commercial use."}
    run = new_run(base_frozen=False, lora={"enable": False}, trainer={"min_steps": 2, "epochs": 1})
    model, header = load(run.recipe["base_checkpoint"])
    (tmp_path / "base.safetensors").write_bytes(
        pack(model, replace(header, licence=terms["licence"], licence_note=terms["licence_note"]))
    )
    run.changed(base_checkpoint=str(tmp_path / "base.safetensors")).train()
    trained = read_header(run.output / "duv_lora_best.ckpt")
    assert (trained.licence, trained.licence_note) == tuple(terms.values())


def test_velocity_alone(new_run: NewRun) -> None:
    run = new_run(features={"targets": ["velocity"]})
    run.train()
    header = read_adapter_header(run.output / "duv_lora_best.ckpt")
    assert header.targets == ("velocity",)
    (check,) = (c for c in run.result()["checks"] if c["name"] == "Better than leaving notes as they are")
    assert "velocity" in check["said"] and "dur_beats" not in check["said"]
    (both,), (alone,) = (_base_rows(new_run, targets) for targets in (["velocity", "dur_beats"], ["velocity"]))
    assert float(alone["val_loss"]) < float(both["val_loss"])
    assert alone["val_dur_loss"] == both["val_dur_loss"]


def _base_rows(new_run: NewRun, targets: list[str]) -> list[dict[str, str]]:
    run = new_run(features={"targets": targets}, trainer={"min_steps": 2, "epochs": 1, "batch_size": 32})
    run.train()
    return run.rows("base")


def test_where_no_lengths_are_known_they_stay_the_base_s(new_run: NewRun) -> None:
    nobody_knows = np.full(NOTES, np.nan)
    run = new_run(
        [replace(track, played_duration=nobody_knows, sustained_duration=nobody_knows) for track in rule_tracks()]
    )
    run.train()
    best = run.output / "duv_lora_best.ckpt"
    assert read_adapter_header(best).targets == ("velocity",)
    base, adapted = (
        Humanizer(run.recipe["base_checkpoint"], adapter=adapter).humanize(song(), Settings())[0]
        for adapter in ("none", best)
    )
    assert np.array_equal(base.duration, adapted.duration) and not np.array_equal(base.velocity, adapted.velocity)


def test_hints_among_the_inputs_are_learned(new_run: NewRun) -> None:
    tracks = [replace(t, hints={HINT: np.resize([1.0, -1.0], (len(t), 1))}) for t in rule_tracks()]
    run = new_run(tracks, features={"inputs": [*INPUTS, HINT]})
    run.train()
    weights, header = load_adapter(run.output / "duv_lora_best.ckpt")
    assert header.hints == (HINT,)
    assert weights["hints.weight"].shape == (16, hint_columns([HINT])) and bool(weights["hints.weight"].any())
    assert Humanizer(run.recipe["base_checkpoint"], adapter=run.output / "duv_lora_best.ckpt").adapters


def test_features_that_are_left_out_are_hidden(new_run: NewRun) -> None:
    run = new_run(features={"inputs": ["pitch", "beat_pos", "dur_beats"]})
    run.train()
    assert read_adapter_header(run.output / "duv_lora_best.ckpt").inputs == ("pitch", "beat_pos", "dur_beats")


def test_music_of_others_is_replayed(new_run: NewRun) -> None:
    run = new_run(trainer={"batch_size": 8})
    others = write_manifest(run.folder / "piano.jsonl", rule_tracks(3, family=Family.PIANO, corpus="others"))
    run = run.changed(replay={"manifest": str(others), "share": 0.25})
    recipe = run.loaded()
    mixed = mixture(recipe, gather(recipe, Family.GUITAR))
    assert (mixed.size, mixed.replayed) == (8, 2)
    assert [families(mixed.batch(k)) for k in range(3)] == [["guitar"] * 6 + ["piano"] * 2] * 3
    assert run.train().about["kind"] == "adapter"


def families(batch: Any) -> list[str]:
    from duv_studio.engine.features.note_features import FAMILY_ORDER, INDEX_SIZES

    column = list(INDEX_SIZES).index("family")
    return [str(FAMILY_ORDER[i]) for i in batch.examples.indices[:, 0, column]]


@pytest.mark.parametrize(
    "make",
    [
        Path.touch,
        pytest.param(lambda path: path.symlink_to(path.name), id="a link to itself", marks=posix),
        pytest.param(lambda path: path.symlink_to("nowhere"), id="a link that leads nowhere", marks=posix),
        pytest.param(lambda path: os.mkfifo(path), id="a pipe", marks=posix),
    ],
)
def test_the_output_folder_may_not_be_a_file(make: Callable[[Path], None], new_run: NewRun) -> None:
    run = new_run()
    run.output.parent.mkdir()
    make(run.output)
    with pytest.raises(DuvError, match="is no folder: the results need one"):
        run.train()


def test_the_number_of_workers_is_checked(new_run: NewRun, capsys: pytest.CaptureFixture[str]) -> None:
    assert new_run().command("--num-workers", "-1") == 2
    assert "--num-workers must be 0 or more, not -1" in capsys.readouterr().err
