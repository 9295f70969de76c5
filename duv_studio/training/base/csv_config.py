"""The recipe of a base model that learns from CSV files: that of the first models, fitted to the data."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from duv_studio.engine.regular_file import open_regular
from duv_studio.errors import DuvError
from duv_studio.paths import resource
from duv_studio.training.config import BaseConfig, load_config
from duv_studio.training.data.played_track import PlayedTrack

# The newer recipes go on from weights that know other data; a model of somebody's tables knows those alone.
SIZES = {"base": "base-v1.yaml", "lite": "lite-v1.yaml"}
WARMUP_SHARE = 0.05


def csv_recipe(
    name: str,
    tracks: Sequence[PlayedTrack],
    files: Sequence[Path],
    *,
    size: str = "base",
    epochs: int = 20,
    batch_size: int | None = None,
    lr: float | None = None,
    seed: int | None = None,
    precision: str = "32",
    threads: int = 1,
) -> BaseConfig:
    """The recipe for `tracks`, read from `files`; an epoch is a pass over their notes. DuvError for a wrong option.

    Where an option is None, the value is that of the first models. Families are met as often as they have notes.
    """
    first = load_config(resource("configs", SIZES[size]))
    given = {"batch_size": batch_size, "lr": lr, "seed": seed}
    optimiser = first.optimiser.model_dump() | {k: v for k, v in given.items() if v is not None}
    _check(epochs, optimiser)
    steps = steps_of(tracks, epochs, int(optimiser["batch_size"]), int(optimiser["window"]))
    warmup = min(int(optimiser["warmup_steps"]), int(WARMUP_SHARE * steps))
    optimiser |= {"steps": steps, "warmup_steps": warmup, "precision": precision, "threads": threads}
    curriculum = first.curriculum.model_dump() | {"families": family_shares(tracks), "most_epochs": {}}
    what = first.model_dump() | {"optimiser": optimiser, "curriculum": curriculum}
    # Their digests among the sets: a run that is resumed with other data would not be the same run.
    return BaseConfig.model_validate(what | {"name": name, "title": name, "sets": [_named(file) for file in files]})


def steps_of(tracks: Sequence[PlayedTrack], epochs: int, batch_size: int, window: int) -> int:
    """Steps in which as many notes are drawn as `epochs` passes hold; a short track does not fill its window."""
    sizes = np.array([len(track) for track in tracks], dtype=float)
    per_window = float(np.average(np.minimum(sizes, window), weights=sizes))
    return max(1, math.ceil(epochs * float(sizes.sum()) / (batch_size * per_window)))


def family_shares(tracks: Sequence[PlayedTrack]) -> dict[str, float]:
    """The share of the notes that every family has."""
    notes = Counter[str]()
    for track in tracks:
        notes[str(track.family)] += len(track)
    return {family: count / notes.total() for family, count in sorted(notes.items())}


def _check(epochs: int, optimiser: dict[str, float]) -> None:
    if epochs < 1:
        raise DuvError(f"--epochs must be at least 1, not {epochs}")
    if optimiser["batch_size"] < 1:
        raise DuvError(f"--batch-size must be at least 1, not {optimiser['batch_size']}")
    if not 0 < optimiser["lr"] <= 1:
        raise DuvError(f"--lr must be above 0 and at most 1, not {optimiser['lr']:g}")


def _named(file: Path) -> str:
    with open_regular(file, "table") as f:
        return f"{file.name} {hashlib.file_digest(f, 'blake2b').hexdigest()[:16]}"
