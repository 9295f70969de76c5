"""What no release goes without: agreement beyond the baselines, spread, and files that come back as they were."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from duv_studio.engine.midi.song import Family
from duv_studio.training.evaluation.file_safety import CHECKS
from duv_studio.training.evaluation.results import BASELINES, DEFAULT, EXPECTED, SplitResult

SD_RATIO_BOUNDS = (0.8, 1.25)


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
