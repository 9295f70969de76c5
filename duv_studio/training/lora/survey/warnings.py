"""What a survey warns of: playing from which little or nothing can be learned, and how to tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from duv_studio.training.lora.survey.facts import TrackFacts

FEW_LEVELS = 3  # velocities; fewer are an accent switch, not dynamics
SAME_LENGTH, PASTED, ON_GRID = 0.9, 0.5, 0.98  # shares of a track's notes from which on it counts
MOST = 0.8  # share of the tracks from which on nothing is to be learned of it at all
WORTH_TELLING = 0.1  # share of the tracks; single strange ones are everywhere


@dataclass(frozen=True)
class SurveyWarning:
    """Something about the data that a player should know; `kind` is error, warning or info."""

    kind: str
    topic: str  # "velocity", "length", "copies", "grid", "nothing": one doubt each
    title: str
    text: str
    hint: str = ""


def survey_warnings(tracks: Sequence[TrackFacts], flat: int) -> list[SurveyWarning]:
    """What is doubtful about the tracks that are used; `flat` more were left out for their single velocity."""
    if not tracks:
        return []
    found = (_velocities(tracks, flat), _lengths(tracks), _copies(tracks), _grid(tracks))
    return [doubt for doubt in found if doubt is not None]


def _velocities(tracks: Sequence[TrackFacts], flat: int) -> SurveyWarning | None:
    few = sum(t.levels < FEW_LEVELS for t in tracks) + flat
    total = len(tracks) + flat
    if not _worth(few, total):
        return None
    left_out = f" {_tracks(flat)} with a single velocity {'is' if flat == 1 else 'are'} left out." if flat else ""
    return SurveyWarning(
        _kind(few, total),
        "velocity",
        "Flat velocities",
        f"{_of(few, total)} fewer than {FEW_LEVELS} different velocities: nobody played them, and they teach nothing"
        f" about dynamics.{left_out}",
        "Use recordings from a keyboard or pads that send velocity, before any fixed velocity was applied.",
    )


def _lengths(tracks: Sequence[TrackFacts]) -> SurveyWarning | None:
    known = [t for t in tracks if t.lengths.any()]
    same = _count(known, lambda t: t.same_length >= SAME_LENGTH)
    if not _worth(same, len(known)):
        return None
    return SurveyWarning(
        _kind(same, len(known)),
        "length",
        "All lengths alike",
        f"{_of(same, len(known))} one ratio of played to written length for nearly all notes: they were drawn or"
        " quantised, and they teach nothing about articulation.",
        "Export without quantised note ends, or learn velocity alone: leave dur_beats out of features.targets.",
    )


def _copies(tracks: Sequence[TrackFacts]) -> SurveyWarning | None:
    pasted = _count(tracks, lambda t: t.pasted >= PASTED and t.levels >= FEW_LEVELS)
    if not _worth(pasted, len(tracks)):
        return None
    return SurveyWarning(
        "warning",
        "copies",
        "Pasted bars",
        f"{_of(pasted, len(tracks))} bars that repeat note for note and velocity for velocity: loops. All copies of a"
        " bar together count as one.",
        "Whole takes teach more than loops.",
    )


def _grid(tracks: Sequence[TrackFacts]) -> SurveyWarning | None:
    known = [t for t in tracks if t.on_grid is not None]
    exact = _count(known, lambda t: t.on_grid is not None and t.on_grid >= ON_GRID)
    if not _worth(exact, len(known)):
        return None
    return SurveyWarning(
        "info",
        "grid",
        "Quantised onsets",
        f"{_of(exact, len(known))} every onset exactly on the grid. That does no harm, as timing is not learned, while"
        " velocities and lengths are still as they were played.",
    )


def _count(tracks: Sequence[TrackFacts], has: Callable[[TrackFacts], bool]) -> int:
    return sum(map(has, tracks))


def _worth(some: int, total: int) -> bool:
    return total > 0 and some > 0 and some / total >= WORTH_TELLING


def _kind(some: int, total: int) -> str:
    return "error" if some / total >= MOST else "warning"


def _of(some: int, total: int) -> str:
    if some == total:
        return "The only track has" if total == 1 else f"All {total:,} tracks have"
    return f"{some:,} of {total:,} tracks {'has' if some == 1 else 'have'}"


def _tracks(n: int) -> str:
    return f"{n:,} track{'s' * (n != 1)}"
