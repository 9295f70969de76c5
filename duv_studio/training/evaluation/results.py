"""What was measured of each player of a split: per file, over all files, and in comparison."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy import stats

from duv_studio.engine.midi.song import Family, FloatArray
from duv_studio.training.evaluation.confidence import (
    LEAST_FILES,
    LEAST_PAIRS,
    NOT_MEASURED,
    Estimate,
    mean_estimate,
    pooled_estimate,
)
from duv_studio.training.evaluation.metrics import Metrics, mean_of

LOOKUP = "metrical lookup"
BASELINES = ("flat", "random jitter", "beat accent", LOOKUP)
BOOSTED = "gradient boosting"
BOOSTED_EXPECTED, BOOSTED_DEFAULT = f"{BOOSTED}, variation 0", f"{BOOSTED}, variation 0.5"
PEDAL = "ours, pedal in the file"
EXPECTED, DEFAULT, FULL = "ours, variation 0", "ours, variation 0.5", "ours, variation 1"
PLAYER, ANOTHER, OTHERS = "the player", "another human", "mean of the other humans"
# Rows that every evaluation has; all others are other humanizers' files.
OURS = frozenset({PLAYER, *BASELINES, BOOSTED, BOOSTED_EXPECTED, BOOSTED_DEFAULT, EXPECTED, DEFAULT, FULL, PEDAL})
OURS |= {ANOTHER, OTHERS}


class Pooled(Protocol):
    """A measure that only several files together have."""

    @property
    def files(self) -> tuple[str, ...]: ...

    def value(self, counts: FloatArray | None = None) -> float:
        """The measure where file i counts `counts[i]` times, once where nothing is said."""
        ...


@dataclass(frozen=True)
class Row:
    """One way of playing a split: measures of each file, and those of all files at once."""

    name: str
    files: Mapping[str, Metrics]
    notes: int
    pooled: Mapping[str, Pooled] = field(default_factory=dict)

    @cached_property
    def mean(self) -> dict[str, float]:
        """Every measure: the mean over the files that have it, or what it is for all of them."""
        return mean_of(list(self.files.values())) | {name: of_all.value() for name, of_all in self.pooled.items()}

    def estimate(self, measure: str, seed: int) -> Estimate:
        """The measure with its interval over files."""
        if measure in self.pooled:
            of_all = self.pooled[measure]
            return pooled_estimate(of_all.value, len(of_all.files), seed)
        return mean_estimate([m[measure] for m in self.files.values() if measure in m], seed)

    def only(self, files: Collection[str]) -> Row:
        """The same row of some of its files; without the measures that several files have only together."""
        return replace(self, files={name: m for name, m in self.files.items() if name in files}, pooled={})


def difference(ours: Row, theirs: Row, measure: str, seed: int) -> Estimate:
    """How much more of a measure `ours` has, on the files that both played."""
    if measure in ours.pooled and measure in theirs.pooled:
        one, other = ours.pooled[measure], theirs.pooled[measure]
        if one.files != other.files:
            return NOT_MEASURED
        return pooled_estimate(lambda counts: one.value(counts) - other.value(counts), len(one.files), seed)
    both = [(m[measure], theirs.files[f][measure]) for f, m in ours.files.items() if _has(theirs, f, measure, m)]
    return mean_estimate([a - b for a, b in both], seed)


def _has(row: Row, file: str, measure: str, ours: Metrics) -> bool:
    return measure in ours and measure in row.files.get(file, {})


@dataclass(frozen=True)
class Passage:
    """Some bars of a file as several play them: onsets (n,) in quarters, and velocities (n,) by row."""

    file: str
    onset: FloatArray
    velocity: Mapping[str, FloatArray]


@dataclass(frozen=True)
class Part:
    """Files of a split that are read by themselves, such as those of one drummer."""

    name: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class SplitResult:
    """All rows of one split."""

    name: str
    family: Family
    gated: bool
    rows: tuple[Row, ...]
    free: bool = False  # the players' own timing is kept: only velocities are filled in
    judges: int = 0  # files that no model was calibrated on, out of all; they alone speak of spread and calibration
    passages: tuple[Passage, ...] = ()
    safety: Mapping[str, int] = field(default_factory=dict)  # counts over the files that were written and read back
    corpus: str | None = None  # None for a folder of pairs
    all_calibrate: bool = False  # there is no file that judges: all of them speak, and too kindly
    parts: tuple[Part, ...] = ()

    def of(self, part: Part) -> SplitResult:
        """The same rows of some of the files."""
        return replace(self, rows=tuple(row.only(part.files) for row in self.rows), parts=())

    def row(self, name: str) -> Row | None:
        return next((row for row in self.rows if row.name == name), None)

    def mean(self, row: str, measure: str) -> float:
        """The measure of a row, nan when it has none."""
        found = self.row(row)
        return math.nan if found is None else found.mean.get(measure, math.nan)

    def estimate(self, row: str, measure: str, seed: int) -> Estimate:
        """The measure of a row with its interval."""
        found = self.row(row)
        return NOT_MEASURED if found is None else found.estimate(measure, seed)

    def difference(self, ours: str, theirs: str, measure: str, seed: int) -> Estimate:
        """How much more of a measure one row has than another, file by file."""
        one, other = self.row(ours), self.row(theirs)
        return NOT_MEASURED if one is None or other is None else difference(one, other, measure, seed)


def paired_difference(ours: Row, theirs: Row, measure: str, seed: int) -> Estimate:
    """How much more of a measure `ours` has, with its 95 % interval over songs: by resampling, or by t of 3 or 4."""
    both = [
        (metrics[measure], theirs.files[song][measure])
        for song, metrics in ours.files.items()
        if _has(theirs, song, measure, metrics)
    ]
    return paired_estimate([a - b for a, b in both], seed)


def paired_estimate(differences: Sequence[float], seed: int) -> Estimate:
    """The mean of one difference per song, with its 95 % interval from LEAST_PAIRS songs on."""
    if not LEAST_PAIRS <= len(differences) < LEAST_FILES:
        return mean_estimate(differences, seed)
    mean, n = float(np.mean(differences)), len(differences)
    reach = float(stats.t.ppf(0.975, n - 1) * np.std(differences, ddof=1)) / math.sqrt(n)
    return Estimate(mean, mean - reach, mean + reach)
