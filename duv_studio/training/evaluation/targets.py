"""What was aimed at: figures beside marks for shipping and beyond. A mark that is missed is a result."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from duv_studio.engine.midi.song import Family
from duv_studio.training.evaluation.confidence import LEAST_FILES, NOT_MEASURED, Estimate, mean_estimate
from duv_studio.training.evaluation.markdown_table import interval, number, table
from duv_studio.training.evaluation.results import BOOSTED, DEFAULT, EXPECTED, LOOKUP, OURS, PEDAL, SplitResult

DRUMS, UNSEEN_DRUMMERS = "drums · gmd", "drums · gmd unseen"
SMALL_FAMILIES = (Family.GUITAR, Family.BASS, Family.STRINGS)
FIRST_BASE = {"bass · rwc_NC": 0.298, "guitar · rwc_NC": 0.349, "strings · rwc_NC": 0.172}  # velocity r of base-open-v1


@dataclass(frozen=True)
class Bounds:
    """What a figure must lie within to be worth shipping, or to be more than that."""

    low: float = -math.inf
    high: float = math.inf
    beyond: bool = False  # a figure on a bound does not count: a lead of nothing at all is none
    certain: bool = False  # the whole interval must lie within

    def contains(self, value: float) -> bool:
        return self.low < value < self.high if self.beyond else self.low <= value <= self.high

    def hold(self, measured: Estimate) -> bool:
        """Whether an estimate lies within, or its whole interval, where that is asked."""
        values = (measured.low, measured.high) if self.certain else (measured.value,)
        return all(map(self.contains, values))

    def __str__(self) -> str:
        what, equal = "interval " if self.certain else "", "" if self.beyond else "="
        least, most = (">" + equal).replace(">=", "≥"), ("<" + equal).replace("<=", "≤")
        if math.isinf(self.low):
            return f"{what}{most} {self.high:g}"
        return f"{what}{least} {self.low:g}" if math.isinf(self.high) else f"{what}{self.low:g}–{self.high:g}"


LEAD, SURE_LEAD = Bounds(0.0, beyond=True), Bounds(0.0, beyond=True, certain=True)


@dataclass(frozen=True)
class Target:
    """What was measured on a split beside what was aimed at."""

    split: str
    what: str
    measured: Estimate
    form: str
    ship: Bounds
    stretch: Bounds | None = None

    @property
    def verdict(self) -> str:
        if not self.measured.known:
            return "not measured"
        if not math.isfinite(self.measured.low):
            return "too few files"
        if not self.ship.hold(self.measured):
            return "missed"
        stretched = self.stretch is not None and self.stretch.hold(self.measured)
        return "reached, and the stretch" if stretched else "reached"


@dataclass(frozen=True)
class _TargetSpec:
    """A mark that one row of a split is measured against; "" is every piano that keeps its player's timing."""

    split: str
    row: str
    measure: str
    what: str
    ship: Bounds
    stretch: Bounds

    @property
    def form(self) -> str:
        return ".1f" if self.measure == "velocity_mae" else ".3f"


_KEYS = "length r, pedal in the file"
_SPECS = (
    _TargetSpec("piano · dev_piano", EXPECTED, "velocity_r", "velocity r", Bounds(0.46), Bounds(0.55)),
    _TargetSpec("piano · dev_piano", PEDAL, "duration_r", _KEYS, Bounds(0.30), Bounds(0.45)),
    _TargetSpec("piano · asap_NC", EXPECTED, "velocity_r", "velocity r", Bounds(0.48), Bounds(0.58)),
    _TargetSpec("piano · asap_NC", PEDAL, "duration_r", _KEYS, Bounds(0.30), Bounds(0.48)),
    _TargetSpec("", EXPECTED, "velocity_r", "velocity r", Bounds(0.45), Bounds(0.65)),
    _TargetSpec("", EXPECTED, "velocity_mae", "velocity MAE", Bounds(high=11), Bounds(high=9.8)),
    _TargetSpec(DRUMS, EXPECTED, "velocity_r", "velocity r", Bounds(0.67), Bounds(0.75)),
    _TargetSpec(UNSEEN_DRUMMERS, EXPECTED, "velocity_r", "velocity r", Bounds(0.60), Bounds(0.66)),
    _TargetSpec("piano · pop909", EXPECTED, "velocity_r", "velocity r", Bounds(0.495), Bounds(0.55)),
    _TargetSpec("piano · pop909", EXPECTED, "duration_r", "length r", Bounds(0.34), Bounds(0.40)),
)
_SPREAD = "velocity sd ratio, sampled"
_SPREAD_BOUNDS = (Bounds(0.9, 1.1), Bounds(0.95, 1.05))
_TOLD = {
    Family.PIANO: (Bounds(high=0.66), Bounds(high=0.60)),
    Family.DRUMS: (Bounds(high=0.62), Bounds(high=0.60)),
}


def measured_targets(results: Sequence[SplitResult], seed: int) -> list[Target]:
    """Every mark that the measured splits say something about."""
    of_splits = (t for result in results for t in (*_named_targets(result, seed), *_common_targets(result, seed)))
    return [*of_splits, *_spread_of_families(results, seed)]


def _named_targets(result: SplitResult, seed: int) -> Iterator[Target]:
    filling = result.free and result.family is Family.PIANO
    for aim in _SPECS:
        if result.name == aim.split or (filling and not aim.split):
            measured = result.estimate(aim.row, aim.measure, seed)
            yield Target(result.name, aim.what, measured, aim.form, aim.ship, aim.stretch)
    if result.name in FIRST_BASE:
        ours, first = result.estimate(EXPECTED, "velocity_r", seed), FIRST_BASE[result.name]
        yield Target(result.name, "velocity r above the first base's", ours, ".3f", Bounds(first, beyond=True))
    if result.family in SMALL_FAMILIES:
        for other in (LOOKUP, BOOSTED):
            ahead = result.difference(EXPECTED, other, "velocity_r", seed)
            yield Target(result.name, f"velocity r above {other}", ahead, "+.3f", LEAD, SURE_LEAD)
    if result.name in (DRUMS, UNSEEN_DRUMMERS):
        for part in result.parts:
            ahead = result.of(part).difference(EXPECTED, LOOKUP, "velocity_r", seed)
            yield Target(result.name, f"{part.name}: velocity r above {LOOKUP}", ahead, "+.3f", LEAD)


def _common_targets(result: SplitResult, seed: int) -> Iterator[Target]:
    # Files that all served to calibrate cannot say whether it went well.
    spread = NOT_MEASURED if result.all_calibrate else result.estimate(DEFAULT, "velocity_sd_ratio", seed)
    yield Target(result.name, _SPREAD, spread, ".2f", *_SPREAD_BOUNDS)
    told = result.estimate(DEFAULT, "auc_velocity", seed)
    if told.known and result.family in _TOLD and not result.all_calibrate:
        yield Target(result.name, "AUC of notes, sampled", told, ".3f", *_TOLD[result.family])
    for row in result.rows:
        if row.name not in OURS:
            ahead = result.difference(EXPECTED, row.name, "velocity_r", seed)
            yield Target(result.name, f"velocity r above {row.name}", ahead, "+.3f", SURE_LEAD)
            told = result.difference(DEFAULT, row.name, "auc_velocity", seed)
            below = Bounds(high=0.0, beyond=True, certain=True)
            yield Target(result.name, f"AUC below {row.name}", told, "+.3f", below)


def _spread_of_families(results: Sequence[SplitResult], seed: int) -> Iterator[Target]:
    """Of families whose files judge only together: no split of theirs has enough of them."""
    for family in dict.fromkeys(result.family for result in results):
        rows = [row for r in results if r.family is family and not r.all_calibrate and (row := r.row(DEFAULT))]
        ratios = [[m["velocity_sd_ratio"] for m in row.files.values() if "velocity_sd_ratio" in m] for row in rows]
        if len(ratios) > 1 and max(map(len, ratios)) < LEAST_FILES:
            every = mean_estimate([ratio for of_split in ratios for ratio in of_split], seed)
            yield Target(f"{family} · all sets", _SPREAD, every, ".2f", *_SPREAD_BOUNDS)


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
    return [mark.what, measured, within, str(mark.ship), str(mark.stretch or "–"), mark.verdict]
