"""A judgement for people and for programs: Markdown tables, the scores that an adapter carries, and JSON."""

from __future__ import annotations

import math

from duv_studio.engine.adapters.score_rows import ADAPTER, GAIN
from duv_studio.training.evaluation.confidence import Estimate
from duv_studio.training.evaluation.markdown_table import interval, number, table
from duv_studio.training.evaluation.results import Row
from duv_studio.training.lora.judge.judge import Judgement
from duv_studio.training.lora.judge.verdict import Verdict

# Measure, heading, format; those that no one has are left out.
COLUMNS = (
    ("velocity_r", "velocity r", ".3f"),
    ("velocity_r_local", "r local", ".3f"),
    ("velocity_mae", "MAE", ".1f"),
    ("velocity_mae_centred", "MAE centred", ".1f"),
    ("velocity_sd_ratio", "sd ratio, drawn", ".2f"),
    ("nll", "NLL", ".3f"),
    ("cover_80", "within 80 %", ".2f"),
    ("articulation_r", "lengths r", ".3f"),
    ("articulation_mae", "lengths MAE (octaves)", ".3f"),
    ("length_huber", "lengths Huber (beats)", ".4f"),
    ("articulation_sd_ratio", "lengths sd ratio, drawn", ".2f"),
    ("length_cover_80", "lengths within 80 %", ".2f"),
)


def markdown(judgement: Judgement, said: Verdict | None = None) -> str:
    """Who played how, what the adapter changes with 95 % intervals over songs, and the verdict."""
    parts = [_players(judgement), _gains(judgement)]
    if said is not None:
        parts.append([f"**{said.word[0].upper()}{said.word[1:]}.** {' '.join(said.sentences)}"])
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _players(judgement: Judgement) -> list[str]:
    rows = [row for row in judgement.rows if row.files]
    columns = [column for column in COLUMNS if any(column[0] in row.mean for row in rows)]
    if not rows:
        return []
    head = ["performance", "songs", "notes", *(heading for _, heading, _ in columns)]
    return table(head, [_cells(row, columns) for row in rows])


def _cells(row: Row, columns: list[tuple[str, str, str]]) -> list[str]:
    cells = [number(row.mean.get(measure, math.nan), form) for measure, _, form in columns]
    return [row.name, str(len(row.files)), f"{row.notes:,}", *cells]


def _gains(judgement: Judgement) -> list[str]:
    found = [(heading, form, *_pair(judgement, measure)) for measure, heading, form in COLUMNS]
    rows = [
        [heading, number(base, form), number(ours, form), number(gain.value, f"+{form}"), interval(gain, f"+{form}")]
        for heading, form, base, ours, gain in found
        if gain.known
    ]
    head = ["measure", judgement.reference, ADAPTER, "difference", "95 % interval over songs"]
    return table(head, rows) if rows else []


def _pair(judgement: Judgement, measure: str) -> tuple[float, float, Estimate]:
    base, ours = judgement.row(judgement.reference), judgement.row(ADAPTER)
    means = (math.nan if row is None else row.mean.get(measure, math.nan) for row in (base, ours))
    return *means, judgement.gain(measure)  # type: ignore[return-value]


def scores_of(judgement: Judgement) -> dict[str, dict[str, float]]:
    """The mean of every measure by row, as an adapter's header holds them, and what it gains with its intervals.

    The gain is in the row GAIN, with the name of the player that is compared with. An interval's ends are called
    "MEASURE low" and "MEASURE high". Numbers that are none are left out.
    """
    scores = {row.name: {m: row.mean[m] for m, *_ in COLUMNS if m in row.mean} for row in judgement.rows}
    gains: dict[str, float] = {}
    for measure, *_ in COLUMNS:
        gain = judgement.gain(measure)
        gains |= {measure: gain.value, f"{measure} low": gain.low, f"{measure} high": gain.high}
    rows = {name: _finite(row) for name, row in (scores | {GAIN.format(judgement.reference): gains}).items()}
    return {name: row for name, row in rows.items() if row}


def _finite(row: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in row.items() if math.isfinite(value)}


def as_json(judgement: Judgement, said: Verdict) -> dict[str, object]:
    """The verdict, why, the scores, and every song by player: what a result file holds."""
    files = {row.name: {song: _finite(dict(m)) for song, m in row.files.items()} for row in judgement.rows}
    return {
        "verdict": said.word,
        "sentences": list(said.sentences),
        "family": str(judgement.family),
        "targets": list(judgement.targets),
        "songs": len(judgement.songs),
        "notes": judgement.notes,
        "seed": judgement.seed,
        "scores": scores_of(judgement),
        "files": files,
    }
