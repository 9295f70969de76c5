"""A player whose rule only neighbours tell, and a tiny model that learns it in seconds: a real one, end to end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from duv_studio.training.base.export import export_model
from duv_studio.training.base.trainer import BaseTrainer
from duv_studio.training.base.validation import Probe
from duv_studio.training.config import BaseConfig
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.windows import WindowSource
from tests.played_tracks import played_track

SECTION = 60  # notes that are loud or soft together
TELLING = 0.3  # how much likelier than not a note's length tells which
RECIPE = {
    "name": "fixture",
    "title": "Fixture",
    "sets": ["pop909"],
    "model": {"width": 48, "layers": 2, "heads": 4, "ff": 96, "dropout": 0.0, "feature_bins": 0},
    "optimiser": {
        "steps": 300,
        "batch_size": 8,
        "window": 96,
        "lr": 5e-3,
        "warmup_steps": 20,
        "precision": "32",
        "ema": 0.97,
    },
    "curriculum": {
        "plain_share": 0.3,
        "velocity": {"flat": 0.45, "jitter": 0.06, "shuffled": 0.06, "identity": 0.43},
        "duration": {"notated": 1.0},
        "families": {"piano": 1.0},
        "style_share": 0.0,
        "steady_share": 0.0,
    },
}


def swelling_track(seed: int, split: str, notes: int = 240) -> PlayedTrack:
    """Eighth notes, high and third-beat ones louder; sections of mostly short notes are loud, whatever a note is."""
    track = played_track(notes, seed=seed, split=split, corpus="pop909")
    rng = np.random.default_rng(seed + 10_000)
    loud = np.repeat(rng.integers(0, 2, notes // SECTION + 1), SECTION)[:notes]
    short = rng.random(notes) < np.where(loud, 0.5 + TELLING, 0.5 - TELLING)
    rule = 0.6 * (track.pitch - 66) + 18 * (loud - 0.5) + 8 * (track.beat == 2)
    velocity = np.clip(np.round(64 + rule + rng.normal(0, 1.5, notes)), 1, 127)
    scale = np.where(short, 0.5, 1.0)
    return replace(
        track,
        velocity=velocity,
        duration=track.duration * scale,
        played_duration=track.played_duration * scale,
        sustained_duration=track.sustained_duration * scale,
    )


def train_fixture(folder: Path) -> Path:
    """Train, calibrate and write the model; returns its folder."""
    config = BaseConfig.model_validate(RECIPE)
    source = WindowSource([swelling_track(k, "train") for k in range(1000, 1400)], config.curriculum, 96, 0)
    held_out = [swelling_track(k, "dev") for k in range(100, 106)]
    trainer = BaseTrainer(config, source, Probe(held_out), folder / "run")
    trainer.fit(lambda event: None)
    export_model(trainer, held_out, folder / "model", "fixture")
    return folder / "model"
