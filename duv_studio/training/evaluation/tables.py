"""Shows what was measured of a split as Markdown: several narrow tables, one for each question."""

from __future__ import annotations

import math
from collections.abc import Sequence

from duv_studio.training.evaluation.confidence import Estimate
from duv_studio.training.evaluation.file_safety import CHECKS
from duv_studio.training.evaluation.metrics import Metrics
from duv_studio.training.evaluation.results import BOOSTED, BOOSTED_DEFAULT, DEFAULT, EXPECTED, OURS, Row, SplitResult
from duv_studio.training.evaluation.table_columns import DIFFERENCES, INTERVAL, TABLES, Column, Table


def markdown(result: SplitResult, seed: int) -> str:
    """The split's tables under its heading, and what was found wrong in its files."""
    tables = [lines for table in TABLES if (lines := _table(result, table, seed))]
    blocks = ([f"### {result.name}"], *tables, _differences(result, seed), _judges(result), _safety(result))
    return "\n\n".join(["\n".join(lines) for lines in blocks if lines])


def _judges(result: SplitResult) -> list[str]:
    files = max((len(row.files) for row in result.rows), default=0)
    if result.judges >= files:
        return []
    what = "Spread, distribution, calibration and classifiers"
    return [f"{what}: of the {result.judges} of these {files} files on which no model is calibrated."]


def _table(result: SplitResult, table: Table, seed: int) -> list[str]:
    first = table.columns[0][0]
    measures = {measure for measure, *_ in table.columns}
    wanted = [row for row in result.rows if (first in row.mean if not table.heading else measures & set(row.mean))]
    columns = [c for c in table.columns if c[0] in table.always or any(c[0] in row.mean for row in wanted)]
    if not wanted:
        return []
    heading = [f"#### {table.heading}", ""] if table.heading else []
    names = " | ".join(heading for _, heading, _ in columns)
    head = [f"| performance | files | notes | {names} |", "|---" + "|---:" * (len(columns) + 2) + "|"]
    return [*heading, *head, *(_line(row, columns, seed) for row in wanted)]


def _line(row: Row, columns: Sequence[Column], seed: int) -> str:
    cells = [row.name, str(len(row.files)), f"{row.notes:,}"]
    for measure, _, form in columns:
        cells.append(_interval(row, seed) if measure == INTERVAL else _cell(row.mean, measure, form))
    return f"| {' | '.join(cells)} |"


def _cell(mean: Metrics, measure: str, form: str) -> str:
    return number(mean.get(measure, math.nan), form)


def _interval(row: Row, seed: int) -> str:
    return interval(row.estimate("velocity_r", seed), ".3f")


def number(value: float, form: str) -> str:
    """The number, or a dash where nothing was measured."""
    return format(value, form) if math.isfinite(value) else "–"


def interval(estimate: Estimate, form: str) -> str:
    """The interval of an estimate, or a dash where there is none."""
    if not math.isfinite(estimate.low):
        return "–"
    return f"{estimate.low:{form}} … {estimate.high:{form}}"


def _differences(result: SplitResult, seed: int) -> list[str]:
    """Ours minus what is to be beaten, file by file; the drawn performances where it is about classifiers."""
    others = [r.name for r in result.rows if r.name in ("metrical lookup", BOOSTED) or r.name not in OURS]
    found = [[_ahead(result, other, measure, seed) for measure, _ in DIFFERENCES] for other in others]
    kept = [k for k in range(len(DIFFERENCES)) if any(of_row[k].known for of_row in found)]
    if not kept:
        return []
    names = " | ".join(DIFFERENCES[k][1] for k in kept)
    head = ["#### Ours minus others (95 % CI)", "", f"| other | {names} |", "|---" + "|---:" * len(kept) + "|"]
    cells = ([_signed(of_row[k]) for k in kept] for of_row in found)
    return [*head, *(f"| {name} | {' | '.join(row)} |" for name, row in zip(others, cells, strict=True))]


def _ahead(result: SplitResult, other: str, measure: str, seed: int) -> Estimate:
    if not measure.startswith("auc"):
        return result.difference(EXPECTED, other, measure, seed)
    return result.difference(DEFAULT, BOOSTED_DEFAULT if other == BOOSTED else other, measure, seed)


def _signed(estimate: Estimate) -> str:
    form = "+.1f" if abs(estimate.value) > 1 else "+.3f"
    return f"{number(estimate.value, form)} ({interval(estimate, form)})" if estimate.known else "–"


def _safety(result: SplitResult) -> list[str]:
    if not result.safety:
        return []
    found = ", ".join(f"{name} {result.safety[name]}" for name in CHECKS)
    return [
        f"Safety, {result.safety['files']} files written and read back ({result.safety['notes']:,} notes): {found}."
    ]
