"""Everything that an evaluation found, as JSON for other programs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from duv_studio.engine.atomic import write_atomically
from duv_studio.errors import DuvError
from duv_studio.training.evaluation.release_gates import Gate
from duv_studio.training.evaluation.results import DEFAULT, EXPECTED, Row, SplitResult
from duv_studio.training.evaluation.sanity_checks import SanityCheck
from duv_studio.training.evaluation.targets import Target

WITH_INTERVAL = (
    "velocity_r",
    "velocity_mae",
    "velocity_sd_ratio",
    "duration_r",
    "sounding_r",
    "bar_mean_r",
    "in_bar_r",
)
COMPARED = ("velocity_r", "duration_r", "velocity_mae", "auc_velocity")


def check_json_path(path: Path | None) -> None:
    """Raise DuvError where a file could not be written, before anything is measured."""
    if path is not None and not path.parent.is_dir():
        raise DuvError("there is no such folder to write to", file=path.parent)
    if path is not None and path.is_dir():
        raise DuvError("this is a folder", hint="give --json the name of the file to write", file=path)


def save_json(
    path: Path,
    results: Sequence[SplitResult],
    about: Mapping[str, object],
    checks: Sequence[Gate],
    reached: Sequence[Target],
    proofs: Mapping[str, Sequence[SanityCheck]],
) -> None:
    """Write all figures, file by file, with what they were measured on (`about`, which holds the seed)."""
    seed = int(str(about["seed"]))
    content = {
        "about": dict(about),
        "splits": {result.name: {row.name: _row(row, seed) for row in result.rows} for result in results},
        "differences": {result.name: _differences(result, seed) for result in results},
        "judges": {result.name: 0 if result.all_calibrate else result.judges for result in results},
        "parts": {result.name: _parts(result) for result in results if result.parts},
        "safety": {result.name: dict(result.safety) for result in results},
        "gates": [{"passed": gate.passed, "gate": gate.sentence} for gate in checks],
        "proofs": {name: [_sanity_check(proof) for proof in found] for name, found in proofs.items()},
        "marks": [_target(mark) for mark in reached],
    }
    write_atomically(path, (json.dumps(_finite(content), indent=1, ensure_ascii=False) + "\n").encode())


def _row(row: Row, seed: int) -> dict[str, object]:
    estimates = {measure: row.estimate(measure, seed) for measure in WITH_INTERVAL if measure in row.mean}
    return {
        "notes": row.notes,
        "mean": row.mean,
        "intervals": {measure: [estimate.low, estimate.high] for measure, estimate in estimates.items()},
        "files": {name: dict(measures) for name, measures in row.files.items()},
    }


def _parts(result: SplitResult) -> dict[str, object]:
    """What every row plays of the files that are read by themselves, and which files these are."""
    found: dict[str, object] = {}
    for part in result.parts:
        means = {row.name: row.mean for row in result.of(part).rows if row.files}
        found[part.name] = {"files": list(part.files), "mean": means}
    return found


def _differences(result: SplitResult, seed: int) -> dict[str, object]:
    """Ours minus everyone else's, with intervals: of the expected performance, and for AUC of the drawn one."""
    found: dict[str, object] = {}
    for row in result.rows:
        for measure in COMPARED:
            ours = DEFAULT if measure.startswith("auc") else EXPECTED
            ahead = result.difference(ours, row.name, measure, seed)
            if ahead.known and row.name != ours:
                found[f"{measure}: {ours} minus {row.name}"] = [ahead.value, ahead.low, ahead.high]
    return found


def _target(mark: Target) -> dict[str, object]:
    measured = asdict(mark.measured)
    return {"split": mark.split, "figure": mark.what, **measured, "ship": str(mark.ship), "verdict": mark.verdict}


def _sanity_check(proof: SanityCheck) -> dict[str, object]:
    answer = {"question": proof.question, "answer": proof.measured, "wanted": str(proof.wanted)}
    return answer | {"passed": proof.passed, "condition": proof.condition}


def _finite(value: object) -> object:
    """JSON knows no nan: null stands for it."""
    if isinstance(value, dict):
        return {key: _finite(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
