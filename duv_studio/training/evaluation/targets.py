"""What was aimed at: figures beside marks for shipping and beyond. A mark that is missed is a result."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from duv_studio.engine.midi.song import Family
from duv_studio.training.evaluation.confidence import Estimate
from duv_studio.training.evaluation.file_safety import CHECKS
from duv_studio.training.evaluation.markdown_table import table
from duv_studio.training.evaluation.results import BASELINES, BOOSTED, DEFAULT, EXPECTED, OURS, PEDAL, SplitResult
from duv_studio.training.evaluation.tables import interval, number

SCORE_LIKE, DRUMS, UNSEEN_DRUMMERS = ("piano · asap_NC", "piano · dev_piano"), ("drums · gmd",), ("drums · gmd unseen",)
SMALL_FAMILIES = (Family.GUITAR, Family.BASS, Family.STRINGS)
SD_RATIO_BOUNDS = (0.8, 1.25)


@dataclass(frozen=True)
class Bounds:
    """What a figure must lie within to be worth shipping, or to be more than that."""

    low: float = -math.inf
    high: float = math.inf

    def contains(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        if math.isinf(self.low):
            return f"≤ {self.high:g}"
        return f"≥ {self.low:g}" if math.isinf(self.high) else f"{self.low:g}–{self.high:g}"


@dataclass(frozen=True)
class Target:
    """What was measured on a split beside what was aimed at; `certain` asks it of the whole interval."""

    split: str
    what: str
    measured: Estimate
    form: str
    ship: Bounds
    stretch: Bounds | None = None
    certain: bool = False

    @property
    def verdict(self) -> str:
        if not self.measured.known:
            return "not measured"
        if not math.isfinite(self.measured.low):
            return "too few files"
        if not self._within(self.ship):
            return "missed"
        return "reached, and the stretch" if self.stretch is not None and self._within(self.stretch) else "reached"

    def _within(self, bounds: Bounds) -> bool:
        if self.certain:  # a lead of nothing at all is none
            return bounds.low < self.measured.low and self.measured.high < bounds.high
        return bounds.contains(self.measured.value)


@dataclass(frozen=True)
class _TargetSpec:
    """A mark that one row of named splits is measured against; () names every piano that keeps its player's timing."""

    splits: tuple[str, ...]
    row: str
    measure: str
    what: str
    form: str
    ship: Bounds
    stretch: Bounds


_SPECS = (
    _TargetSpec(SCORE_LIKE, EXPECTED, "velocity_r", "velocity r", ".3f", Bounds(0.50), Bounds(0.60)),
    _TargetSpec(SCORE_LIKE, PEDAL, "duration_r", "articulation r", ".3f", Bounds(0.42), Bounds(0.50)),
    _TargetSpec(DRUMS, EXPECTED, "velocity_r", "velocity r", ".3f", Bounds(0.66), Bounds(0.72)),
    _TargetSpec(DRUMS, EXPECTED, "velocity_mae", "velocity MAE", ".1f", Bounds(high=18.5), Bounds(high=17)),
    _TargetSpec(UNSEEN_DRUMMERS, EXPECTED, "velocity_r", "velocity r", ".3f", Bounds(0.58), Bounds(0.65)),
    _TargetSpec((), EXPECTED, "velocity_r", "velocity r", ".3f", Bounds(0.65), Bounds(0.72)),
    _TargetSpec((), EXPECTED, "velocity_mae", "velocity MAE", ".1f", Bounds(high=11), Bounds(high=9.8)),
)
_SPREAD = (Bounds(0.9, 1.1), Bounds(0.95, 1.05))
_HUMAN = (Bounds(high=0.85), Bounds(high=0.75))


def measured_targets(results: Sequence[SplitResult], seed: int) -> list[Target]:
    """Every mark that the measured splits say something about."""
    return [mark for result in results for mark in (*_named_targets(result, seed), *_common_targets(result, seed))]


def _named_targets(result: SplitResult, seed: int) -> Iterator[Target]:
    for aim in _SPECS:
        filling = result.free and result.family is Family.PIANO and not aim.splits
        if result.name in aim.splits or filling:
            measured = result.estimate(aim.row, aim.measure, seed)
            yield Target(result.name, aim.what, measured, aim.form, aim.ship, aim.stretch)
    if result.family in SMALL_FAMILIES:
        for other in ("metrical lookup", BOOSTED):
            ahead = result.difference(EXPECTED, other, "velocity_r", seed)
            yield Target(result.name, f"velocity r above {other}", ahead, "+.3f", Bounds(0.0), certain=True)


def _common_targets(result: SplitResult, seed: int) -> Iterator[Target]:
    spread = result.estimate(DEFAULT, "velocity_sd_ratio", seed)
    yield Target(result.name, "velocity sd ratio, sampled", spread, ".2f", *_SPREAD)
    for measure, what in (("auc_velocity", "AUC of notes, sampled"), ("auc_phrase", "AUC of phrases, sampled")):
        told = result.estimate(DEFAULT, measure, seed)
        if told.known:
            yield Target(result.name, what, told, ".3f", *_HUMAN)
    for row in result.rows:
        if row.name not in OURS:
            ahead = result.difference(EXPECTED, row.name, "velocity_r", seed)
            yield Target(result.name, f"velocity r above {row.name}", ahead, "+.3f", Bounds(0.0), certain=True)
            told = result.difference(DEFAULT, row.name, "auc_velocity", seed)
            yield Target(result.name, f"AUC below {row.name}", told, "+.3f", Bounds(high=0.0), certain=True)


def target_table(found: Sequence[Target]) -> str:
    """The marks as a Markdown table for each split."""
    head = ["figure", "measured", "95 % CI", "ship", "stretch", "verdict"]
    tables = (
        [f"#### {name}", "", *table(head, [_target_cells(mark) for mark in marks], left=(0, 3, 4, 5))]
        for name, marks in groupby(found, key=lambda mark: mark.split)
    )
    return "\n\n".join(map("\n".join, tables))


def _target_cells(mark: Target) -> list[str]:
    measured, within = number(mark.measured.value, mark.form), interval(mark.measured, mark.form)
    ship = f"interval {mark.ship}".replace("≥", ">").replace("≤", "<") if mark.certain else str(mark.ship)
    return [mark.what, measured, within, ship, str(mark.stretch or "–"), mark.verdict]


@dataclass(frozen=True)
class Gate:
    """One condition of a release, and what was measured."""

    passed: bool
    sentence: str


def release_gates(results: Sequence[SplitResult]) -> list[Gate]:
    """Every condition that a released model must meet: agreement on the gated splits, safety on all."""
    agreement = [gate for result in results if result.gated for gate in _split_gates(result)]
    return [*agreement, *(_safe(result) for result in results if result.safety)]


def _split_gates(result: SplitResult) -> list[Gate]:
    checks = [_above(result, "velocity_r", baseline) for baseline in BASELINES]
    if result.family is not Family.DRUMS and not result.free:
        checks.append(_above(result, "duration_r", "flat"))
    return [*checks, _spread(result)]


def _above(result: SplitResult, measure: str, baseline: str) -> Gate:
    ours, theirs = result.mean(EXPECTED, measure), result.mean(baseline, measure)
    shown = [f"{value:.3f}" if math.isfinite(value) else "not measured" for value in (ours, theirs)]
    return Gate(ours > theirs, f"{result.name}: {measure.replace('_', ' ')} {shown[0]}, of {baseline} {shown[1]}")


def _spread(result: SplitResult) -> Gate:
    ratio, (low, high) = result.mean(DEFAULT, "velocity_sd_ratio"), SD_RATIO_BOUNDS
    sentence = f"{result.name}: velocity sd ratio {ratio:.2f} at the default variation, wanted {low}–{high}"
    return Gate(low <= ratio <= high, sentence)


def _safe(result: SplitResult) -> Gate:
    wrong = [f"{name} {result.safety[name]}" for name in CHECKS if result.safety[name]]
    found = ", ".join(wrong) or "nothing wrong"
    return Gate(not wrong, f"{result.name}: {result.safety['files']} files written and read back, {found}")


def gate_lines(checks: Sequence[Gate]) -> str:
    """The gates as readable lines, the failed ones marked."""
    return "\n".join(f"{'pass' if check.passed else 'FAIL'}  {check.sentence}" for check in checks)
