"""Files of a split that are read by themselves: each drummer's takes, and the polyphony among piano pieces."""

from __future__ import annotations

import re
from collections import defaultdict

from duv_studio.engine.midi.song import Family
from duv_studio.training.data.evaluation_splits import EvaluationSplit
from duv_studio.training.evaluation.confidence import Estimate
from duv_studio.training.evaluation.markdown_table import interval, number, table
from duv_studio.training.evaluation.results import BOOSTED, DEFAULT, EXPECTED, LOOKUP, PLAYER, Part, SplitResult

# Works whose voices imitate each other throughout, by their names: what is told of a work before anyone plays it.
POLYPHONY = re.compile(r"fug(ue|a|hetta)|invention|ricercar", re.IGNORECASE)


def parts_of(split: EvaluationSplit) -> tuple[Part, ...]:
    """The drummers of a split, where they are known; of piano, polyphony and the rest, where there is both."""
    files: dict[str, list[str]] = defaultdict(list)
    for piece in split.pieces:
        if split.family is Family.PIANO:
            files["polyphony" if POLYPHONY.search(piece.name) else "the rest"].append(piece.name)
        elif split.corpus == "gmd":  # elsewhere, no drummer is named
            files[piece.player].append(piece.name)
    if split.family is Family.PIANO and len(files) < 2:
        return ()
    return tuple(Part(name, tuple(files[name])) for name in sorted(files))


def part_lines(result: SplitResult, seed: int) -> list[str]:
    """The parts as a table, and of drummers whether the model is above the lookup with each of them."""
    if not result.parts:
        return []
    if result.family is Family.DRUMS:
        return ["#### By drummer", "", *_agreement(result, "drummer", seed), "", _above_lookup(result, seed)]
    return [
        "#### Polyphony (fugues and inventions, by name)",
        "",
        *_agreement(result, "music", seed),
        "",
        *_lines(result),
    ]


def _agreement(result: SplitResult, what: str, seed: int) -> list[str]:
    rows = []
    for part in result.parts:
        of_part = result.of(part)
        r = [number(of_part.mean(row, "velocity_r"), ".3f") for row in (EXPECTED, LOOKUP, BOOSTED)]
        ahead = _ahead(result, part, seed)
        lead = f"{number(ahead.value, '+.3f')} ({interval(ahead, '+.3f')})" if ahead.known else "–"
        rows.append([part.name, str(len(part.files)), *r, lead])
    return table([what, "files", "velocity r", LOOKUP, BOOSTED, "ours − lookup (95 % CI)"], rows)


def _lines(result: SplitResult) -> list[str]:
    """How the voices are told apart, and what their lines remember, as drawn and as played."""
    rows = []
    for part in result.parts:
        of_part = result.of(part)
        below = [number(of_part.mean(row, "below_top_r"), ".3f") for row in (EXPECTED, LOOKUP, BOOSTED)]
        memory = [number(of_part.mean(row, "line_memory"), "+.2f") for row in (DEFAULT, PLAYER)]
        rows.append([part.name, *below, *memory])
    head = ["music", "r below the top", "lookup's", "boosting's", "top line, lag 1, drawn", "the player's"]
    return table(head, rows)


def _above_lookup(result: SplitResult, seed: int) -> str:
    leads = [ahead.value for part in result.parts if (ahead := _ahead(result, part, seed)).known]
    if not leads:
        return "No drummer is played by the metrical lookup."
    return f"Above the {LOOKUP} with {sum(lead > 0 for lead in leads)} of {len(leads)} drummers."


def _ahead(result: SplitResult, part: Part, seed: int) -> Estimate:
    return result.of(part).difference(EXPECTED, LOOKUP, "velocity_r", seed)
