"""Shows what was measured of a split as Markdown: several narrow tables, one for each question."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from duv_studio.training.evaluation.confidence import Estimate
from duv_studio.training.evaluation.file_safety import CHECKS
from duv_studio.training.evaluation.markdown_table import interval, number
from duv_studio.training.evaluation.markdown_table import table as table_lines
from duv_studio.training.evaluation.metrics import Metrics
from duv_studio.training.evaluation.parts import part_lines
from duv_studio.training.evaluation.results import BOOSTED, BOOSTED_DEFAULT, DEFAULT, EXPECTED, OURS, Row, SplitResult

DIFFERENCES = (
    ("velocity_r", "velocity r"),
    ("velocity_mae", "MAE"),
    ("duration_r", "duration r"),
    ("auc_velocity", "AUC of notes, drawn"),
    ("auc_phrase", "AUC of phrases, drawn"),
)
INTERVAL = "interval"  # stands for the 95 % interval of velocity r
Column = tuple[str, str, str]  # measure, heading, format


def markdown(result: SplitResult, seed: int) -> str:
    """The split's tables under its heading, and what was found wrong in its files."""
    tables = [lines for table in TABLES if (lines := _table(result, table, seed))]
    parts, safety = part_lines(result, seed), _safety(result)
    blocks = ([f"### {result.name}"], *tables, parts, _differences(result, seed), _judges(result), safety)
    return "\n\n".join(["\n".join(lines) for lines in blocks if lines])


def _judges(result: SplitResult) -> list[str]:
    files = max((len(row.files) for row in result.rows), default=0)
    what = "Spread, steps, memory, distribution, calibration and classifiers"
    if result.all_calibrate:
        return [f"{what}: of files that all served to calibrate models. They are kinder than those of other songs."]
    if result.judges >= files:
        return []
    return [f"{what}: of the {result.judges} of these {files} files on which no model is calibrated."]


def _table(result: SplitResult, table: Table, seed: int) -> list[str]:
    first = table.columns[0][0]
    measures = {measure for measure, *_ in table.columns}
    wanted = [row for row in result.rows if (first in row.mean if not table.heading else measures & set(row.mean))]
    columns = [c for c in table.columns if c[0] in table.always or any(c[0] in row.mean for row in wanted)]
    if not wanted:
        return []
    heading = [f"#### {table.heading}", ""] if table.heading else []
    head = ["performance", "files", "notes", *(name for _, name, _ in columns)]
    return [*heading, *table_lines(head, [_cells(row, columns, seed) for row in wanted])]


def _cells(row: Row, columns: Sequence[Column], seed: int) -> list[str]:
    cells = [row.name, str(len(row.files)), f"{row.notes:,}"]
    for measure, _, form in columns:
        cells.append(_interval(row, seed) if measure == INTERVAL else _cell(row.mean, measure, form))
    return cells


def _cell(mean: Metrics, measure: str, form: str) -> str:
    return number(mean.get(measure, math.nan), form)


def _interval(row: Row, seed: int) -> str:
    return interval(row.estimate("velocity_r", seed), ".3f")


def _differences(result: SplitResult, seed: int) -> list[str]:
    """Ours minus what is to be beaten, file by file; the drawn performances where it is about classifiers."""
    others = [r.name for r in result.rows if r.name in ("metrical lookup", BOOSTED) or r.name not in OURS]
    found = [[_ahead(result, other, measure, seed) for measure, _ in DIFFERENCES] for other in others]
    kept = [k for k in range(len(DIFFERENCES)) if any(of_row[k].known for of_row in found)]
    if not kept:
        return []
    rows = [[name, *(_signed(of_row[k]) for k in kept)] for name, of_row in zip(others, found, strict=True)]
    lines = table_lines(["other", *(DIFFERENCES[k][1] for k in kept)], rows)
    return ["#### Ours minus others (95 % CI)", "", *lines]


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
    files, notes = result.safety["files"], result.safety["notes"]
    return [f"Safety, {files} files written and read back ({notes:,} notes): {found}."]


@dataclass(frozen=True)
class Table:
    """One question: its heading, "" for the first, its columns, and those that stay when nothing was measured."""

    heading: str
    columns: tuple[Column, ...]
    always: tuple[str, ...] = ()


TABLES = (
    Table(
        "",
        (
            ("velocity_r", "velocity r", ".3f"),
            (INTERVAL, "95 % CI", ""),
            ("velocity_rho", "rho", ".3f"),
            ("velocity_r_local", "r local", ".3f"),
            ("velocity_r_slow", "r slow", ".3f"),
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
        ),
        always=(INTERVAL, "auc_velocity"),
    ),
    Table(
        "Spread (of the player's) and contrasts (MIDI units)",
        (
            ("velocity_sd_ratio", "track", ".2f"),
            ("velocity_sd_local", "local", ".2f"),
            ("velocity_sd_chord", "within chords", ".2f"),
            ("duration_sd_ratio", "lengths", ".2f"),
            ("duration_sd_local", "lengths, local", ".2f"),
            ("downbeat", "downbeat − off-beat", "+.1f"),
            ("top_voice", "top − rest of chord", "+.1f"),
            ("pitch_slope", "per octave", "+.1f"),
            ("ghost_ratio", "ghosts / accents", ".2f"),
        ),
    ),
    Table(
        "Bars and lines (MIDI units)",
        (
            ("bar_mean_r", "bar-mean r", ".3f"),
            ("in_bar_r", "in-bar r", ".3f"),
            ("below_top_r", "r below the top", ".3f"),
            ("bar_mean_sd", "bar-mean sd", ".1f"),
            ("line_memory", "top line, lag 1", "+.2f"),
            ("repeat_step", "repeated-note step", ".1f"),
        ),
    ),
    Table(
        "Distribution, memory (surplus of autocorrelation) and classifiers",
        (
            ("pooled_w1", "W1", ".2f"),
            ("pooled_jsd", "JSD", ".3f"),
            ("pooled_overlap", "overlap", ".2f"),
            ("jump_w1", "W1 of jumps", ".2f"),
            ("memory_1", "lag 1", "+.2f"),
            ("memory_2", "lag 2", "+.2f"),
            ("memory_4", "lag 4", "+.2f"),
            ("memory_8", "lag 8", "+.2f"),
            ("auc_velocity", "AUC notes", ".3f"),
            ("auc_phrase", "AUC phrases", ".3f"),
        ),
    ),
    Table(
        "Calibration of the distributions",
        (
            ("cover_50", "within 50 %", ".2f"),
            ("cover_80", "within 80 %", ".2f"),
            ("cover_90", "within 90 %", ".2f"),
            ("pit_sd", "PIT sd", ".3f"),
            ("nll", "NLL", ".3f"),
            ("crps", "CRPS", ".2f"),
            ("length_cover_80", "lengths within 80 %", ".2f"),
            ("length_pit_sd", "lengths PIT sd", ".3f"),
        ),
    ),
)
