"""Pictures of a held-out passage per family: velocities of the player, of the model, and of a random humanizer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from duv_studio.engine.midi.song import Family
from duv_studio.training.data.corpora.registry import CORPORA
from duv_studio.training.evaluation.metrics import correlation
from duv_studio.training.evaluation.results import DEFAULT, EXPECTED, PLAYER, Passage, SplitResult

LANES = {PLAYER: "the player", DEFAULT: "the model, variation 0.5", "random jitter": "random jitter, as sequencers do"}
COLOURS = {PLAYER: "#3b6ea8", DEFAULT: "#c2571a", "random jitter": "#777777"}
LEAST_NOTES = 12


def draw_families(folder: Path, results: Sequence[SplitResult]) -> list[Path]:
    """Write FAMILY.png for every family that was measured: of its largest split, the file of middling agreement.

    Sets that must not be used commercially, and pairs, of which no licence is known, stand in only for no other.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for family in Family:
        mine = [result for result in results if result.family is family and not result.free]
        mine = [result for result in mine if result.row(EXPECTED) is not None and result.passages]
        if mine:
            shippable = [result for result in mine if _may_ship(result)]
            largest = max(shippable or mine, key=lambda result: sum(row.notes for row in result.rows))
            written.append(draw_result(folder / f"{family}.png", largest))
    return written


def _may_ship(result: SplitResult) -> bool:
    return result.corpus in CORPORA and CORPORA[result.corpus].may_ship


def median_passage(result: SplitResult) -> Passage:
    """The passage of the file with the median velocity r: neither the best nor the worst."""
    row = result.row(EXPECTED)
    shown = [p for p in result.passages if len(p.onset) >= LEAST_NOTES] or list(result.passages)
    agreement = {} if row is None else {name: measures["velocity_r"] for name, measures in row.files.items()}
    shown.sort(key=lambda passage: agreement.get(passage.file, -1.0))
    return shown[len(shown) // 2]


def draw_result(path: Path, result: SplitResult) -> Path:
    """Draw one data set's picture into a file, which is returned."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    passage = median_passage(result)
    figure, axes = pyplot.subplots(len(LANES), 1, figsize=(10, 5.4), sharex=True, sharey=True, layout="constrained")
    for lane, (row, label) in zip(axes, LANES.items(), strict=True):
        _lane(lane, passage, row, label)
    axes[-1].set_xlabel("quarter notes")
    figure.suptitle(f"{result.name}: velocities of one held-out passage", fontsize=11)
    figure.savefig(path, dpi=100)
    pyplot.close(figure)
    return path


def _lane(lane: Any, passage: Passage, row: str, label: str) -> None:
    velocity = passage.velocity[row]
    lane.vlines(passage.onset, 0, velocity, color=COLOURS[row], linewidth=1.2)
    lane.plot(passage.onset, velocity, "o", color=COLOURS[row], markersize=3)
    r = "" if row == PLAYER else f", r {correlation(velocity, passage.velocity[PLAYER]):.2f} in this passage"
    lane.set_title(label + r, loc="left", fontsize=9)
    lane.set_ylim(0, 127)
    lane.set_yticks([0, 32, 64, 96, 127])
    lane.grid(axis="y", linewidth=0.4, alpha=0.5)
