"""docs/training.md, run from top to bottom: whatever it tells people to type does what it says."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pretty_midi
import pytest
import yaml

from duv_studio import paths
from duv_studio.cli import main
from duv_studio.engine.adapters.header import IMPROVES
from duv_studio.engine.adapters.library import read_adapter_header
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model import library as models
from duv_studio.engine.model.library import DEFAULT_MODEL, MODEL_FILE
from duv_studio.training import precision
from duv_studio.training.base import csv_config as csv_recipe
from duv_studio.training.base.csv_write import write_csvs
from duv_studio.training.data.manifest.lines import read_manifest, track_of
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.lora.recipe.load import load_recipe
from tests import ROOT
from tests.guide_blocks import Block, blocks, shell_lines
from tests.midi_builder import TrackSpec, build_song
from tests.played_tracks import played_track
from tests.rule_player import make_played, rule_velocity

GUIDE = ROOT / "docs" / "training.md"
WHY_NOT = {
    "needs several GPUs and machines",
    "needs a GPU",
    "installs a package",
    "serves until it is stopped",
    "needs a run that was stopped",
}
RECIPE = "config/duv/guitar_Lora.yaml"  # where the guide says that its first recipe is written to
PPQ, LENGTH = 480, 0.5  # of the sequenced notes, beats
UNSEEN = 200  # seed of a song that no one learns from
TOUCH = 0.78, 0.97  # held of written length: low notes, and high ones
PROGRAMS = {Family.GUITAR: 25, Family.BASS: 33, Family.PIANO: 0, Family.STRINGS: 48, Family.DRUMS: None}
TINY = {  # in place of the shape of 5M parameters, which takes hours
    "name": "tiny",
    "sets": [],
    "model": {"width": 48, "layers": 2, "heads": 4, "ff": 96, "dropout": 0.0, "feature_bins": 0},
    "optimiser": {"batch_size": 8, "window": 96, "lr": 5e-3, "warmup_steps": 20},
    "curriculum": {"velocity": {"flat": 1.0}, "duration": {"notated": 1.0}, "families": {"guitar": 1.0}},
}


# ---- the world that the guide begins in ------------------------------------------------------------------------------


def write_midi(path: Path, track: PlayedTrack, name: str = "", *, sequenced: bool = False) -> None:
    """A played track as a MIDI file; `sequenced` as a machine would play it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    held = np.nan_to_num(track.played_duration, nan=LENGTH)
    length = np.maximum(np.round((track.duration if sequenced else held) * PPQ), 1)
    velocity = np.full(len(track), 64) if sequenced else track.velocity
    notes = [
        (int(onset * PPQ), int(ticks), int(pitch), int(v))
        for onset, ticks, pitch, v in zip(track.onset, length, track.pitch, velocity, strict=True)
    ]
    drums = track.family is Family.DRUMS
    part = TrackSpec(notes, 9 if drums else 0, name or str(track.family).title(), PROGRAMS[track.family])
    path.write_bytes(build_song([part], signatures=[(0, 4, 4)], tempos=[(0, 120)]))


def own(seed: int, family: Family = Family.GUITAR, notes: int = 110) -> PlayedTrack:
    """A song of the player, whose rules the base has never met; low notes are cut, but still written as eighths."""
    track = make_played(notes, seed=seed, corpus="own", song=f"song {seed}", family=family, split="train")
    touch = np.where(track.pitch < 66, *TOUCH) * np.exp(np.random.default_rng(seed).normal(0, 0.03, notes))
    return track if family is Family.DRUMS else replace(track, played_duration=LENGTH * touch)


def others(seed: int) -> PlayedTrack:
    """What the base learns from: someone who keeps to other rules, and to written lengths."""
    track = played_track(240, seed=seed, split="dev" if seed > 5 else "train", family=Family.GUITAR)
    held = LENGTH * np.exp(np.random.default_rng(seed).normal(0, 0.05, len(track)))
    return replace(track, played_duration=held, sustained_duration=held)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the guide takes for granted, as the current one; small models stand for large."""
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "data"
    write_csvs(map(others, range(8)), *(data / f"universal_{x}" for x in ("train.csv", "valid.csv", "stats.json")))
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(TINY))
    monkeypatch.setitem(csv_recipe.SIZES, "base", str(tmp_path / "tiny.yaml"))
    shipped = paths.user_models_dir() / DEFAULT_MODEL / MODEL_FILE
    shipped.parent.mkdir(parents=True)
    shipped.symlink_to(tmp_path / "checkpoints" / "duv_universal.ckpt")  # there from the guide's first step on
    monkeypatch.setattr(precision, "cpu_has_bf16", lambda: False)  # the same numbers on every machine
    monkeypatch.setattr(models, "model_roots", lambda: (paths.user_models_dir(), paths.resource("models")))
    for seed in range(20):
        write_midi(tmp_path / "my_playing" / "guitar" / f"song_{seed:02}.mid", own(seed))
    for seed in range(100, 104):
        write_midi(tmp_path / "my_playing" / "later" / f"song_{seed}.mid", own(seed))
    for name in ("song.mid", "input.mid"):
        write_midi(tmp_path / name, own(UNSEEN), sequenced=True)
    other_instruments(tmp_path)
    return tmp_path


def other_instruments(folder: Path) -> None:
    """Little playing, down to what suffices for statistics alone."""
    for family, songs in ((Family.BASS, 2), (Family.PIANO, 4), (Family.DRUMS, 6), (Family.STRINGS, 2)):
        source = folder / "my_playing" / str(family)
        for seed in range(songs):
            write_midi(source / f"{family}_{seed}.mid", own(300 + seed, family))
        enriched = folder / "manifests" / f"{family}_enriched.jsonl"
        run("enrich", "--input", source, "--output", enriched, "--instrument", family)


# ---- running it ------------------------------------------------------------------------------------------------------


def run(*arguments: object) -> None:
    """A command of ours, in this process; it must do what it was asked."""
    assert main([str(argument) for argument in arguments]) == 0, shlex.join(map(str, arguments))


def run_shell(block: Block) -> None:
    for line in shell_lines(block.text):
        words = shlex.split(line.replace("--num-workers 4", "--num-workers 1"))  # each takes seconds to start
        if words[0] == "duv-studio":
            run(*words[1:])
        else:
            subprocess.run(line, shell=True, check=True, stdout=subprocess.DEVNULL)


def run_yaml(block: Block) -> None:
    """A recipe is written where the guide says; a part of one must be such a part."""
    found = yaml.safe_load(block.text)
    if "manifest" in found:
        Path(RECIPE).parent.mkdir(parents=True, exist_ok=True)
        Path(RECIPE).write_text(block.text)
        load_recipe(RECIPE)
    else:
        whole = merged(yaml.safe_load(Path(RECIPE).read_text()), found)
        path = Path("merged_guitar.yaml")
        path.write_text(yaml.safe_dump(whole))
        loaded = load_recipe(path).model_dump(mode="json")
        assert merged(loaded, found) == loaded  # every value arrived


def merged(whole: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    both = {key: merged(whole.get(key, {}), value) if isinstance(value, dict) else value for key, value in part.items()}
    return dict(whole) | both


def run_json(block: Block) -> None:
    """A line of a manifest, or what a program reads."""
    track_of(json.loads(block.text), "the guide", Family.GUITAR)


def runners(names: dict[str, Any]) -> dict[str, Callable[[Block], None]]:
    """How each kind of block is run; the Python of all blocks is one program."""

    def run_python(block: Block) -> None:
        exec(compile("\n" * block.line + block.text, str(GUIDE), "exec"), names)

    return {"bash": run_shell, "python": run_python, "yaml": run_yaml, "json": run_json, "": lambda block: None}


def follow(names: dict[str, Any]) -> None:
    """Everything that the guide says, in its order."""
    how = runners(names)
    for block in blocks(GUIDE):
        if block.why_not:
            assert block.why_not in WHY_NOT, f"line {block.line}: not run, because it {block.why_not}"
        else:
            how[block.kind](block)


# ---- what must come of it --------------------------------------------------------------------------------------------


def heard(midi: pretty_midi.PrettyMIDI) -> tuple[np.ndarray, np.ndarray]:
    """Velocities and lengths in beats of the only track, by onset."""
    (part,) = midi.instruments
    notes = sorted(part.notes, key=lambda note: (note.start, note.pitch))
    return np.array([n.velocity for n in notes]), np.array([(n.end - n.start) * 2 for n in notes])


def agreement(midi: pretty_midi.PrettyMIDI, track: PlayedTrack) -> tuple[float, float]:
    """How well velocities and lengths keep to the player's rules (r), chance left aside."""
    velocity, length = heard(midi)
    rules = rule_velocity(track.pitch, track.beat), np.where(track.pitch < 66, *TOUCH)
    return float(np.corrcoef(velocity, rules[0])[0, 1]), float(np.corrcoef(length, rules[1])[0, 1])


@pytest.mark.timeout(900)  # half a minute of work, and some machines are busy
def test_the_guide_leads_from_played_files_to_music_that_is_nearer_to_the_player(
    world: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    names: dict[str, Any] = {}
    follow(names)
    said = capsys.readouterr().out

    manifest = list(read_manifest(Path("manifests/guitar_enriched.jsonl")))
    assert len(manifest) == 20 and all(track.family is Family.GUITAR for track in manifest)
    best = Path("checkpoints/duv_guitar_lora/duv_lora_best.ckpt")
    header = read_adapter_header(best)
    assert (header.family, header.base, header.verdict) == ("guitar", "duv_universal", IMPROVES)
    result = json.loads((best.parent / "result.json").read_text())
    assert result["verdict"] == IMPROVES and all(check["passed"] for check in result["checks"])
    scores = result["unseen_songs"]
    assert scores["adapter"]["velocity_r"] > scores["base"]["velocity_r"]
    assert said.count("**Improves.**") >= 2  # of the run and of songs that were played later
    files = {path.name for path in best.parent.iterdir()}
    outputs = {"duv_lora_best.ckpt", "duv_lora_final.ckpt", "result.json", "run.json", "logs"}
    earlier = {"duv_lora_best_1.ckpt", "duv_lora_final_1.ckpt", "result_1.json", "run_1.json"}
    assert outputs <= files <= outputs | earlier  # a second training into the folder keeps the first adapter
    assert Path("checkpoints/scalers/guitar_duv.json").is_file()

    # The guide's call, with the adapter and without: a song that neither has heard.
    call = {"pm": names["original_midi"], "intensity": 1.0, "variation": 0.0, "include_regex": r"(?i)guitar"}
    played = names["apply_duv_to_pretty_midi"](model_path=str(best), **call)
    base = names["apply_duv_to_pretty_midi"](model_path="checkpoints/duv_universal.ckpt", adapter="none", **call)
    ours, theirs = agreement(played, own(UNSEEN)), agreement(base, own(UNSEEN))
    assert ours[0] > theirs[0] + 0.2 and ours[1] > theirs[1] + 0.2
    assert ours[0] > 0.6 and ours[1] > 0.6
    assert heard(names["humanized_pm"])[0].std() > 1  # the last block's
    assert Path("output.mid").is_file() and Path("played.mid").is_file()
