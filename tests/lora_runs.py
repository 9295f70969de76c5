"""Whole trainings of adapters in about a second: a tiny base, a player who follows rules, and short recipes."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import load_file

from duv_studio.cli import main
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import ModelHeader, pack
from duv_studio.engine.model.transformer import DuvTransformer, ModelConfig
from duv_studio.training.data.manifest.lines import line_of
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.windows import WindowSource, predict_batch, sample_features, targets_of
from duv_studio.training.devices import Devices
from duv_studio.training.lora.dataset.material import base_recipe
from duv_studio.training.lora.fit.result import Result
from duv_studio.training.lora.fit.run import train
from duv_studio.training.lora.recipe.load import load_recipe
from duv_studio.training.lora.recipe.schema import LoraRecipe
from duv_studio.training.loss import losses
from tests.children import child
from tests.rule_player import make_played

SHAPE = ModelConfig(width=16, layers=2, heads=2, ff=32, dropout=0.1)
SONGS, NOTES, WINDOW = 12, 192, 64
TRAINER = {"epochs": 2, "batch_size": 4, "min_steps": 16, "max_len": WINDOW, "lr": 3.0e-3, "precision": "32"}
BASE_STEPS, BASE_NOISE = 60, 30.0  # too few, and of too uneven a player, to know the rules well
CPU = Devices("cpu", 1)


def rule_tracks(
    songs: int = SONGS, notes: int = NOTES, family: Family = Family.GUITAR, **more: Any
) -> list[PlayedTrack]:
    """Songs of one's own, each played once by the rules."""
    known: dict[str, Any] = {"corpus": "own", "split": "train", "family": family} | more
    return [make_played(notes, seed=k, song=f"song {k}", **known) for k in range(songs)]


def write_manifest(path: Path, tracks: Sequence[PlayedTrack]) -> Path:
    """The tracks as lines."""
    path.write_text("".join(json.dumps(line_of(track)) + "\n" for track in tracks))
    return path


def write_base(path: Path) -> Path:
    """A base that learned the rules a little, from someone who keeps them badly."""
    torch.manual_seed(0)
    model, how = DuvTransformer(SHAPE).train(), base_recipe()
    curriculum = how.curriculum.model_copy(update={"families": {"guitar": 1.0}})
    source = WindowSource(rule_tracks(8, noise=BASE_NOISE), curriculum, WINDOW, 0)
    mixes = curriculum.velocity, curriculum.duration
    model.embed_floats.fit(torch.from_numpy(sample_features(source, *mixes)))
    optimiser = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for step in range(BASE_STEPS):
        batch = source.batch(step, 8, *mixes)
        optimiser.zero_grad()
        losses(predict_batch(model, batch), targets_of(batch), how.loss).total.backward()
        optimiser.step()
    path.write_bytes(pack(model, ModelHeader("tiny", "Tiny", "MIT", asdict(SHAPE), {})))
    return path


@dataclass(frozen=True)
class Run:
    """A recipe in a folder of its own; paths in it are absolute."""

    folder: Path
    recipe: dict[str, Any]

    @property
    def output(self) -> Path:
        return self.folder / "checkpoints" / "duv_guitar_lora"

    @property
    def config(self) -> Path:
        """The recipe as a file."""
        path = self.folder / "guitar_Lora.yaml"
        path.write_text(yaml.safe_dump(self.recipe))
        return path

    def changed(self, **changes: Any) -> Run:
        """The same with other keys; sections are merged."""
        merged = {
            key: self.recipe.get(key, {}) | value if isinstance(value, dict) else value
            for key, value in changes.items()
        }
        return replace(self, recipe=self.recipe | merged)

    def loaded(self) -> LoraRecipe:
        return load_recipe(self.config)

    def train(self, on: Devices = CPU, **how: Any) -> Result:
        """Train in this process."""
        result = train(self.loaded(), Family.GUITAR, on, **how)
        assert result is not None
        return result

    def command(self, *more: str) -> int:
        """Train by the command line, in this process; the exit status."""
        return main(["train-lora", "--config", str(self.config), "--devices", "cpu", *more])

    def started(self, *more: str) -> AbstractContextManager[subprocess.Popen[str]]:
        """Train by the command line, in a process that is killed when it is left."""
        return child(
            [sys.executable, "-m", "duv_studio", "train-lora", "--config", self.config, *more],
            env=os.environ | {"PYTHONPATH": os.getcwd(), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @property
    def log(self) -> Path:
        """metrics.csv of the newest version."""
        return max((self.output / "logs").glob("version_*")) / "metrics.csv"

    def rows(self, row: str = "adapter", column: str | None = None) -> list[dict[str, str]]:
        """Rows of the log of one kind, with `column` only those in which it is known."""
        with self.log.open(newline="") as f:
            return [r for r in csv.DictReader(f) if r["row"] == row and (column is None or r[column])]

    def weights(self, which: str = "best") -> dict[str, torch.Tensor]:
        return load_file(self.output / f"duv_lora_{which}.ckpt")

    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.output / "result.json").read_text())
        return found


NewRun = Callable[..., Run]
Outcome = tuple[str, list[dict[str, torch.Tensor]]]  # log, adapters


def make_run(folder: Path, base: Path, tracks: Sequence[PlayedTrack] | None = None, **changes: Any) -> Run:
    """A run in a folder that is there or made, with a recipe that trains in about a second."""
    folder.mkdir(exist_ok=True)
    manifest = write_manifest(folder / "guitar.jsonl", rule_tracks() if tracks is None else tracks)
    run = Run(folder, {"base_checkpoint": str(base), "manifest": str(manifest), "trainer": TRAINER})
    return run.changed(output_dir=str(run.output), **changes)


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    """Whether two states are the same to the last bit."""
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def outcome(run: Run) -> Outcome:
    """What must not depend on whether a run was interrupted: its log and both adapters."""
    return run.log.read_text(), [run.weights("best"), run.weights("final")]


def assert_same_outcome(found: Outcome, wanted: Outcome) -> None:
    assert found[0] == wanted[0]
    assert all(same(a, b) for a, b in zip(found[1], wanted[1], strict=True))
