"""Does an adapter help? One word, from songs that it never saw, and the sentences that say why."""

from __future__ import annotations

import math
from dataclasses import dataclass

from duv_studio.engine.adapters.header import HARMS, IMPROVES, NO_CLEAR_CHANGE
from duv_studio.engine.adapters.score_rows import ADAPTER, BASE
from duv_studio.training.evaluation.confidence import LEAST_PAIRS, Estimate
from duv_studio.training.lora.judge.judge import Judgement, judge

__all__ = ["Judgement", "Verdict", "judge", "verdict"]

LEAST_R, LEAST_NLL = 0.005, 0.01  # gains that count: of a correlation, and in nats a note
MOST_LOST = 0.02  # of a correlation, whatever its interval
SPREAD = (0.8, 1.2)  # of the player's; outside is too even or too uneven
VELOCITY, LENGTHS = "velocity", "dur_beats"  # targets


@dataclass(frozen=True)
class Measure:
    """A figure that the word depends on, and the target that it is a figure of; `better` is the sign of a gain.

    Less than `least` no one hears, however sure many songs make it.
    """

    name: str
    target: str
    what: str
    better: int
    form: str
    least: float


MEASURES = (
    Measure("velocity_r", VELOCITY, "agreement with the player's velocities (r)", 1, ".3f", LEAST_R),
    Measure("nll", VELOCITY, "surprise at the player's velocities (NLL, nats a note)", -1, ".3f", LEAST_NLL),
    Measure("articulation_r", LENGTHS, "agreement with the player's lengths (r)", 1, ".3f", LEAST_R),
)


@dataclass(frozen=True)
class Verdict:
    """IMPROVES, NO_CLEAR_CHANGE or HARMS, and why in plain words with figures."""

    word: str
    sentences: tuple[str, ...]


def verdict(judgement: Judgement) -> Verdict:
    """What the unseen songs say of the adapter, by those of its targets that were measured.

    It harms where a correlation falls by more than MOST_LOST, the surprise rises by as much as counts with an interval
    that excludes 0, or the spread leaves its bounds where the base's keeps them. It improves where a correlation rises
    or the surprise falls by as much as counts with an interval that excludes 0, and nothing harms.
    """
    measures = [m for m in MEASURES if m.target in judgement.targets and _both_have(judgement, m.name)]
    few = () if len(judgement.songs) >= LEAST_PAIRS else (_more(len(judgement.songs)),)
    if not measures:
        return Verdict(NO_CLEAR_CHANGE, ("No unseen song could be measured.", *few))
    gains = [(measure, judgement.gain(measure.name)) for measure in measures]
    figures = [_moved(judgement, *of_measure) for of_measure in gains]
    if harms := [s for s in (*(_harm(*of_measure) for of_measure in gains), _spread_lost(judgement)) if s]:
        return Verdict(HARMS, (*harms, *figures, *few))
    if better := [_clear(*of_measure) for of_measure in gains if _gained(*of_measure)]:
        return Verdict(IMPROVES, (*better, *figures))
    return Verdict(
        NO_CLEAR_CHANGE, (*figures, *(few or ("None of this is both clear of chance and enough to count.",)))
    )


def _both_have(judgement: Judgement, measure: str) -> bool:
    rows = (judgement.row(judgement.reference), judgement.row(ADAPTER))
    return all(row is not None and measure in row.mean for row in rows)


def _harm(measure: Measure, gain: Estimate) -> str:
    """Why this figure says that the adapter harms, "" where it does not."""
    if not gain.known:
        return f"The {measure.what} is no number."
    if measure.better > 0:
        fall = f"The {measure.what} falls by {-gain.value:.3f}, which is more than {MOST_LOST:g}."
        return fall if gain.value < -MOST_LOST else ""
    return _clear(measure, gain) if gain.low > 0 and gain.value >= measure.least else ""


def _gained(measure: Measure, gain: Estimate) -> bool:
    """Whether enough is gained, and the whole interval lies on the better side of 0; never where there is none."""
    clear = gain.low > 0 if measure.better > 0 else gain.high < 0
    return clear and abs(gain.value) >= measure.least


def _clear(measure: Measure, gain: Estimate) -> str:
    way, side = ("rises", "above") if gain.value > 0 else ("falls", "below")
    return f"The {measure.what} {way}, and its whole interval lies {side} 0."


def _spread_lost(judgement: Judgement) -> str:
    if VELOCITY not in judgement.targets:
        return ""
    base, ours = (_mean(judgement, name, "velocity_sd_ratio") for name in (judgement.reference, ADAPTER))
    if not _inside(base) or _inside(ours):
        return ""
    low, high = SPREAD
    return (
        f"Its velocities, drawn, spread {ours:.2f} times as wide as the player's, outside {low:g} to {high:g};"
        f" the {judgement.reference}'s {base:.2f} times."
    )


def _inside(ratio: float) -> bool:
    return SPREAD[0] <= ratio <= SPREAD[1]


def _mean(judgement: Judgement, row: str, measure: str) -> float:
    found = judgement.row(row)
    return math.nan if found is None else found.mean.get(measure, math.nan)


def _moved(judgement: Judgement, measure: Measure, gain: Estimate) -> str:
    base, ours = (_mean(judgement, name, measure.name) for name in (judgement.reference, ADAPTER))
    form = measure.form
    within = f", 95 % interval {gain.low:+{form}} to {gain.high:+{form}}" if math.isfinite(gain.low) else ""
    songs = f"{len(judgement.songs)} unseen song{'s' * (len(judgement.songs) != 1)}"
    what = measure.what[0].upper() + measure.what[1:]
    return (
        f"{what}: {base:{form}} with the {judgement.reference}, {ours:{form}} with the {_ours(judgement)}"
        f" ({gain.value:+{form}}{within}; {songs})."
    )


def _ours(judgement: Judgement) -> str:
    return "adapter" if judgement.reference == BASE else "model"


def _more(songs: int) -> str:
    there = {0: "There is no unseen song", 1: "There is one unseen song"}.get(songs, f"There are {songs} unseen songs")
    return f"{there}: at least {LEAST_PAIRS} are needed to say that an adapter improves anything."
