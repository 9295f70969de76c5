"""Shows an evaluation: one Markdown table per split, the gates of a release, and everything as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.song import Family
from duv_studio.training.metrics import Metrics, bootstrap_interval, mean_of

BASELINES = ("flat", "random jitter", "beat accent", "metrical lookup")
BOOSTED = "gradient boosting"
BOOSTED_EXPECTED, BOOSTED_DEFAULT = f"{BOOSTED}, variation 0", f"{BOOSTED}, variation 0.5"
EXPECTED, DEFAULT, FULL = "ours, variation 0", "ours, variation 0.5", "ours, variation 1"
SD_RATIO_BOUNDS = (0.8, 1.25)

COLUMNS: tuple[tuple[str, str, str], ...] = (  # measure, heading, format
    ("velocity_r", "velocity r", ".3f"),
    ("interval", "95 % CI", ""),
    ("velocity_rho", "rho", ".3f"),
    ("velocity_r_local", "r local", ".3f"),
    ("velocity_mae", "MAE", ".1f"),
    ("velocity_mae_centred", "MAE centred", ".1f"),
    ("velocity_sd_ratio", "sd ratio", ".2f"),
    ("velocity_jsd", "JSD vel", ".3f"),
    ("duration_r", "duration r", ".3f"),
    ("sounding_r", "sounding r", ".3f"),
    ("duration_sd_ratio", "duration sd ratio", ".2f"),
    ("duration_mae", "dur \\|dlog\\|", ".3f"),
    ("auc_velocity", "AUC vel", ".3f"),
    ("auc_both", "AUC vel+dur", ".3f"),
)
ALWAYS = ("interval", "auc_velocity")  # columns that stay when nothing was measured; a dash says so


@dataclass(frozen=True)
class Row:
    """One way of playing a split: measures of each file, and those that only the whole split has."""

    name: str
    files: Mapping[str, Metrics]
    notes: int
    whole: Metrics = field(default_factory=dict)

    @property
    def mean(self) -> dict[str, float]:
        return mean_of(list(self.files.values())) | dict(self.whole)

    def interval(self, seed: int) -> tuple[float, float]:
        """95 % confidence interval of velocity r over files."""
        return bootstrap_interval([m["velocity_r"] for m in self.files.values()], seed=seed)


@dataclass(frozen=True)
class SplitResult:
    """All rows of one split."""

    name: str
    family: Family
    gated: bool
    rows: tuple[Row, ...]

    def mean(self, row: str, measure: str) -> float:
        """The measure of a row, nan when it has none."""
        return next((r.mean.get(measure, math.nan) for r in self.rows if r.name == row), math.nan)


@dataclass(frozen=True)
class Gate:
    """One condition of a release, and what was measured."""

    passed: bool
    sentence: str


def markdown(result: SplitResult, seed: int) -> str:
    """The split as a Markdown table under its heading."""
    means = [row.mean for row in result.rows]
    columns = [c for c in COLUMNS if c[0] in ALWAYS or any(c[0] in mean for mean in means)]
    lines = [
        f"### {result.name}",
        "",
        "| performance | files | notes | " + " | ".join(heading for _, heading, _ in columns) + " |",
        "|---" + "|---:" * (len(columns) + 2) + "|",
    ]
    return "\n".join([*lines, *(_line(row, mean, columns, seed) for row, mean in zip(result.rows, means, strict=True))])


def _line(row: Row, mean: Metrics, columns: Sequence[tuple[str, str, str]], seed: int) -> str:
    cells = [row.name, str(len(row.files)), f"{row.notes:,}"]
    for measure, _, form in columns:
        cells.append(_interval(row, seed) if measure == "interval" else _number(mean.get(measure, math.nan), form))
    return f"| {' | '.join(cells)} |"


def _interval(row: Row, seed: int) -> str:
    low, high = row.interval(seed)
    return "–" if math.isnan(low) else f"{low:.3f} … {high:.3f}"


def _number(value: float, form: str) -> str:
    return format(value, form) if math.isfinite(value) else "–"


def gates(results: Sequence[SplitResult]) -> list[Gate]:
    """Every condition that a released model must meet, over the gated splits."""
    return [gate for result in results if result.gated for gate in _split_gates(result)]


def _split_gates(result: SplitResult) -> list[Gate]:
    checks = [_above(result, "velocity_r", baseline) for baseline in BASELINES]
    if result.family is not Family.DRUMS:
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


def gate_lines(checks: Sequence[Gate]) -> str:
    """The gates as readable lines, the failed ones marked."""
    return "\n".join(f"{'pass' if check.passed else 'FAIL'}  {check.sentence}" for check in checks)


def save_json(path: Path, results: Sequence[SplitResult], about: Mapping[str, object], seed: int) -> None:
    """Write means, intervals, per-file measures and gates, with what they were measured on (`about`)."""
    content = {
        "about": dict(about),
        "splits": {result.name: _json_split(result, seed) for result in results},
        "gates": [{"passed": gate.passed, "gate": gate.sentence} for gate in gates(results)],
    }
    write_atomically(path, (json.dumps(_finite(content), indent=1, ensure_ascii=False) + "\n").encode())


def _json_split(result: SplitResult, seed: int) -> dict[str, object]:
    return {
        row.name: {
            "notes": row.notes,
            "mean": row.mean,
            "velocity_r_interval": list(row.interval(seed)),
            "files": {name: dict(measures) for name, measures in row.files.items()},
        }
        for row in result.rows
    }


def _finite(value: object) -> object:
    """JSON knows no nan: null stands for it."""
    if isinstance(value, dict):
        return {key: _finite(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
