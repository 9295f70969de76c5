"""Puts evaluations of several models side by side: one table for each question, one line for each split.

    duv-studio evaluate --model base-open --data DATA --json open.json
    duv-studio evaluate --model base-research --data DATA --json research.json
    python -m tools.compare_bases open.json research.json

Baselines and humans are taken from the last file: a model that learned from more lets the baselines learn from more.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duv_studio.training.evaluation.results import (
    ANOTHER,
    BOOSTED,
    BOOSTED_DEFAULT,
    DEFAULT,
    EXPECTED,
    LOOKUP,
    PEDAL,
    PLAYER,
)

Rows = dict[str, Any]  # of one split: name -> what save_json wrote of it


@dataclass(frozen=True)
class Question:
    """A table: what it shows, in which format, of which row of the model, and beside whom.

    `judged` figures are of the files alone that calibrated no model. Every row of the model is a line of its own, with
    what is said of it behind the split's name.
    """

    heading: str
    measure: str
    form: str
    beside: tuple[str, ...]
    ours: tuple[tuple[str, str], ...] = ((EXPECTED, ""),)
    judged: bool = False


_EXPECTED_OF = (LOOKUP, BOOSTED, ANOTHER)
_DRAWN = ((DEFAULT, ""),)
QUESTIONS = (
    Question("Velocity r of the most expected performance", "velocity_r", ".3f", _EXPECTED_OF),
    Question("Bar-mean r: the dynamics from bar to bar", "bar_mean_r", ".3f", _EXPECTED_OF),
    Question("In-bar r: what lies above and below the bar's mean", "in_bar_r", ".3f", _EXPECTED_OF),
    Question(
        "Length r (as played on keys)",
        "duration_r",
        ".3f",
        _EXPECTED_OF,
        ours=((PEDAL, " (pedal in the file)"), (EXPECTED, "")),
    ),
    Question("Length r of what sounds, pedal included", "sounding_r", ".3f", (LOOKUP, BOOSTED)),
    Question(
        "Spread of velocities over the player's, as drawn",
        "velocity_sd_ratio",
        ".2f",
        (BOOSTED_DEFAULT,),
        _DRAWN,
        judged=True,
    ),
    Question(
        "AUC of velocities, as drawn (0.5: taken for a player)",
        "auc_velocity",
        ".3f",
        (BOOSTED_DEFAULT,),
        _DRAWN,
        judged=True,
    ),
    Question(
        "Spread of the bars' means in MIDI units, as drawn",
        "bar_mean_sd",
        ".1f",
        (PLAYER, BOOSTED_DEFAULT),
        _DRAWN,
        judged=True,
    ),
    Question(
        "Memory of the top line (autocorrelation at one note), as drawn",
        "line_memory",
        "+.2f",
        (PLAYER, BOOSTED_DEFAULT),
        _DRAWN,
        judged=True,
    ),
    Question(
        "Step between repeated notes in MIDI units, as drawn",
        "repeat_step",
        ".1f",
        (PLAYER, BOOSTED_DEFAULT),
        _DRAWN,
        judged=True,
    ),
)


def main() -> None:
    """Print the tables of the evaluations that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figures", nargs="+", type=Path, help="files that `duv-studio evaluate --json` wrote")
    parser.add_argument("--splits", help="only these, by comma")
    args = parser.parse_args()
    found = [json.loads(path.read_text(encoding="utf-8")) for path in args.figures]
    print(tables(found, args.splits.split(",") if args.splits else None))


def tables(found: Sequence[dict[str, Any]], splits: Sequence[str] | None = None) -> str:
    """Every question that was asked as a Markdown table, the models in the order of `found`.

    Splits are in the order of the last.
    """
    wanted = [name for name in found[-1]["splits"] if splits is None or name in splits]
    made = (_table(found, wanted, question) for question in QUESTIONS)
    return "\n\n".join(table for table in made if table)


def _table(found: Sequence[dict[str, Any]], splits: Sequence[str], question: Question) -> str:
    last = found[-1]["splits"]
    others = [name for name in question.beside if any(_has(last[split], name, question.measure) for split in splits)]
    lines = [
        f"| {split}{said}{_files(found[-1], split, question)} | {' | '.join(cells)} |"
        for split in splits
        for row, said in question.ours
        if (cells := _line(found, split, others, row, question))
    ]
    if not lines:
        return ""
    names = [*others, *(of_model["about"]["model"] for of_model in found)]
    head = [f"| split | files | {' | '.join(names)} |", "|---" + "|---:" * (len(names) + 1) + "|"]
    return "\n".join([f"**{question.heading}**", "", *head, *lines])


def _line(
    found: Sequence[dict[str, Any]], split: str, others: Sequence[str], row: str, question: Question
) -> list[str]:
    """The cells of a row of every model, behind those of the others; none where no model has it."""
    own = [of_model["splits"].get(split, {}) for of_model in found]
    if not any(_has(rows, row, question.measure) for rows in own):
        return []
    beside = [_cell(found[-1]["splits"][split].get(name), question) for name in others]
    return beside + [_cell(rows.get(row), question) for rows in own]


def _files(evaluation: dict[str, Any], split: str, question: Question) -> str:
    """How many files speak, and whether all of them calibrated a model, where that matters."""
    every = len(evaluation["splits"][split][PLAYER]["files"])
    if not question.judged:
        return f" | {every}"
    judges = evaluation.get("judges", {}).get(split, every)  # older files do not say
    return f" | {judges}" if judges else f" (every file calibrates) | {every}"


def _has(rows: Rows, name: str, measure: str) -> bool:
    return name in rows and rows[name]["mean"].get(measure) is not None


def _cell(row: Rows | None, question: Question) -> str:
    """The figure, with its interval where it was kept."""
    if row is None or row["mean"].get(question.measure) is None:
        return "–"
    form, (low, high) = question.form, row["intervals"].get(question.measure, (None, None))
    within = f" ({low:{form}}…{high:{form}})" if low is not None else ""
    return f"{row['mean'][question.measure]:{form}}{within}"


if __name__ == "__main__":
    main()
