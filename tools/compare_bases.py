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
from pathlib import Path
from typing import Any

from duv_studio.training.evaluation.results import ANOTHER, BOOSTED, BOOSTED_DEFAULT, DEFAULT, EXPECTED, PEDAL, PLAYER

Rows = dict[str, Any]  # of one split: name -> what save_json wrote of it
LOOKUP = "metrical lookup"
# heading, measure, format, which row is the model's (the first that is there), and the rows to beat or to reach
QUESTIONS = (
    ("Velocity r of the most expected performance", "velocity_r", ".3f", (EXPECTED,), (LOOKUP, BOOSTED, ANOTHER)),
    ("Length r (as played on keys)", "duration_r", ".3f", (PEDAL, EXPECTED), (LOOKUP, BOOSTED, ANOTHER)),
    ("Spread of velocities over the player's, as drawn", "velocity_sd_ratio", ".2f", (DEFAULT,), (BOOSTED_DEFAULT,)),
    ("AUC of velocities, as drawn (0.5: taken for a player)", "auc_velocity", ".3f", (DEFAULT,), (BOOSTED_DEFAULT,)),
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
    """Every question as a Markdown table, the models in the order of `found`; splits in the order of the last."""
    wanted = [name for name in found[-1]["splits"] if splits is None or name in splits]
    return "\n\n".join(_table(found, wanted, *question) for question in QUESTIONS)


def _table(
    found: Sequence[dict[str, Any]],
    splits: Sequence[str],
    heading: str,
    measure: str,
    form: str,
    ours: Sequence[str],
    beside: Sequence[str],
) -> str:
    others = [name for name in beside if any(_has(found[-1]["splits"][split], name, measure) for split in splits)]
    names = [*others, *(of_model["about"]["model"] for of_model in found)]
    lines = [
        f"**{heading}**",
        "",
        f"| split | files | {' | '.join(names)} |",
        "|---" + "|---:" * (len(names) + 1) + "|",
    ]
    for split in splits:
        own = [_first(of_model["splits"].get(split, {}), ours, measure) for of_model in found]
        if any(own):
            last = found[-1]["splits"][split]
            cells = [_cell(last.get(name), measure, form) for name in others]
            files = len(last[PLAYER]["files"])
            lines.append(f"| {split} | {files} | {' | '.join([*cells, *(_cell(row, measure, form) for row in own)])} |")
    return "\n".join(lines)


def _first(rows: Rows, names: Sequence[str], measure: str) -> Rows | None:
    return next((rows[name] for name in names if _has(rows, name, measure)), None)


def _has(rows: Rows, name: str, measure: str) -> bool:
    return name in rows and rows[name]["mean"].get(measure) is not None


def _cell(row: Rows | None, measure: str, form: str) -> str:
    """The figure, with its interval where it was kept."""
    if row is None or row["mean"].get(measure) is None:
        return "–"
    low, high = row["intervals"].get(measure, (None, None))
    within = f" ({low:{form}}…{high:{form}})" if low is not None else ""
    return f"{row['mean'][measure]:{form}}{within}"


if __name__ == "__main__":
    main()
