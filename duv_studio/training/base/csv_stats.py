"""Statistics beside the CSV files: counts, and mean and standard deviation of every feature."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.features.note_features import FLOAT_FEATURES
from duv_studio.engine.json_text import parse_json
from duv_studio.engine.midi.song import FloatArray
from duv_studio.engine.regular_file import read_regular
from duv_studio.errors import DuvError

STATS_SCHEMA = 1
LEAST_STD = 1e-2  # as the model has it: what hardly varies must not be blown up
FAR = 5.0  # standard deviations between two means that speak of other units or other music
_LARGEST = 2**24  # bytes
_HINT = "move it away, and it is written anew"


@dataclass(frozen=True)
class Count:
    """How much a CSV file holds."""

    tracks: int
    notes: int


@dataclass(frozen=True)
class Stats:
    """`features` are the CSV's columns as they stand, `inputs` what the model reads: name -> (mean, deviation)."""

    train: Count
    valid: Count
    features: Mapping[str, tuple[float, float]]
    inputs: Mapping[str, tuple[float, float]]  # FLOAT_FEATURES, after degradation

    def scale(self) -> tuple[FloatArray, FloatArray]:
        """Mean and deviation of the model's float features, each (F,)."""
        rows = np.array([self.inputs[name] for name in FLOAT_FEATURES])
        return rows[:, 0], np.maximum(rows[:, 1], LEAST_STD)


def summary(names: Sequence[str], moments: Moments) -> dict[str, tuple[float, float]]:
    """Mean and deviation by name."""
    pairs = zip(names, moments.mean, moments.std, strict=True)
    return {name: (float(mean), float(std)) for name, mean, std in pairs}


def write_stats(path: Path, stats: Stats) -> None:
    """Write the JSON file."""
    made: dict[str, Any] = {
        "schema": STATS_SCHEMA,
        "counts": {name: vars(count) for name, count in (("train", stats.train), ("valid", stats.valid))},
        "features": _as_json(stats.features),
        "model_inputs": _as_json(stats.inputs),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(made, indent=1) + "\n").encode())


def read_stats(path: Path) -> Stats:
    """Read the JSON file; DuvError when it is damaged, of another version or of other features."""
    try:
        raw = parse_json(read_regular(path, _LARGEST, "table of statistics"), nan=True)
        if raw["schema"] != STATS_SCHEMA:
            raise DuvError(f"has the format {raw['schema']}; this version reads {STATS_SCHEMA}", file=path, hint=_HINT)
        counts = {name: Count(**raw["counts"][name]) for name in ("train", "valid")}
        stats = Stats(counts["train"], counts["valid"], _read(raw["features"]), _read(raw["model_inputs"]))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as e:
        raise DuvError("holds no statistics that make sense", file=path, hint=_HINT) from e
    _check_names(stats, path)
    return stats


def far_features(stats: Stats, measured: Moments) -> list[str]:
    """Model inputs whose mean in the data lies FAR from that of the statistics."""
    mean, std = stats.scale()
    return [name for name, z in zip(FLOAT_FEATURES, abs(measured.mean - mean) / std, strict=True) if z > FAR]


def _check_names(stats: Stats, path: Path) -> None:
    missing = [name for name in FLOAT_FEATURES if name not in stats.inputs]
    others = [name for name in stats.inputs if name not in FLOAT_FEATURES]
    if missing or others:
        parts = [f"{word} {', '.join(names)}" for word, names in (("lack", missing), ("know", others)) if names]
        raise DuvError(f"the statistics are of other features: they {' and '.join(parts)}", file=path, hint=_HINT)


def _as_json(features: Mapping[str, tuple[float, float]]) -> dict[str, dict[str, float]]:
    return {name: {"mean": mean, "std": std} for name, (mean, std) in features.items()}


def _read(raw: Mapping[str, Mapping[str, float]]) -> dict[str, tuple[float, float]]:
    found = {name: (float(x["mean"]), float(x["std"])) for name, x in raw.items()}
    if not all(math.isfinite(mean) and math.isfinite(std) and std >= 0 for mean, std in found.values()):
        raise ValueError("not finite")
    return found


class Moments:
    """Of any number of rows with `columns` values each; what is NaN is passed over."""

    def __init__(self, columns: int) -> None:
        self._count, self._mean, self._square = (np.zeros(columns) for _ in range(3))

    def add(self, rows: NDArray[np.floating]) -> None:
        """Take in rows (n, columns). Pairwise (Chan et al., 1979): sums of squares would lose digits."""
        known = np.isfinite(rows)
        count = known.sum(axis=0)
        values = np.where(known, rows, 0.0).astype(np.float64)
        mean = values.sum(axis=0) / np.maximum(count, 1)
        square = np.where(known, (values - mean) ** 2, 0.0).sum(axis=0)
        total = np.maximum(self._count + count, 1)
        apart = mean - self._mean
        self._square = self._square + square + apart**2 * self._count * count / total
        self._mean = self._mean + apart * count / total
        self._count = self._count + count

    @property
    def mean(self) -> FloatArray:
        """(columns,); 0 where nothing was seen."""
        return self._mean

    @property
    def std(self) -> FloatArray:
        """(columns,); of everything seen, as one population."""
        return np.asarray(np.sqrt(self._square / np.maximum(self._count, 1)))
