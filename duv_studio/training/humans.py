"""What one human says of another: the ceiling of every humanizer, from several performances of one composition."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence

import numpy as np

from duv_studio.engine.midi.song import IntArray
from duv_studio.training.piece import PieceTrack, Played
from duv_studio.training.played import PlayedTrack

MIN_COMMON, COMMON_SHARE = 100, 0.8  # notes, and share of the shorter performance, that make it the same music
MIN_OTHERS = 3  # players whose mean is worth the name
STEPS = 96  # per quarter: two notes of one pitch on the same step are the same note


def person(player: str) -> str:
    """Who plays: takes of one pianist are named by a surname and a number."""
    found = re.match(r"\D+", player)
    return found.group() if found else player


def players_of(played: PlayedTrack, rows: IntArray, takes: Sequence[PlayedTrack]) -> tuple[Played, ...]:
    """How others played notes `rows` (n,) of a track, from the takes of its song by other people, the next name first.

    Velocities (n,) are moved to this player's level; notes that somebody did not play are nan.
    """
    people = {person(take.player) for take in takes} - {person(played.player), ""}
    if not people or played.free:
        return ()
    takes = sorted(
        (t for t in takes if person(t.player) in people), key=lambda t: (t.player <= played.player, t.player)
    )
    found = (_same_notes(played, rows, take) for take in takes)
    return tuple(other for other in found if other is not None)


def _same_notes(played: PlayedTrack, rows: IntArray, take: PlayedTrack) -> Played | None:
    places = {key: place for place, key in enumerate(_keys(take))}
    at = np.array([places.get(key, -1) for key in _keys(played.take(rows))], dtype=np.int64)
    common = at >= 0
    if common.sum() < max(MIN_COMMON, COMMON_SHARE * min(len(rows), len(take))):
        return None
    velocity, log_ratio = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    theirs = take.velocity[at[common]]
    velocity[common] = theirs + np.round(played.velocity[rows[common]].mean() - theirs.mean())
    log_ratio[common] = np.log(take.played_duration[at[common]] / take.duration[at[common]])
    return Played(velocity, log_ratio)


def _keys(track: PlayedTrack) -> list[tuple[int, int]]:
    steps = np.round(track.onset * STEPS).astype(np.int64)
    return list(zip(steps.tolist(), track.pitch.tolist(), strict=True))


def another(track: PieceTrack) -> Played:
    """One other player."""
    return track.others[0] if track.others else _nobody(track)


def mean_of_others(track: PieceTrack) -> Played:
    """The mean of all others, where there are enough of them."""
    if len(track.others) < MIN_OTHERS:
        return _nobody(track)
    velocity = np.stack([other.velocity for other in track.others])
    log_ratio = np.stack([other.log_ratio for other in track.others])
    enough = np.isfinite(velocity).sum(axis=0) >= MIN_OTHERS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the mean of nobody is nan, as it should be
        means = np.nanmean(velocity, axis=0), np.nanmean(log_ratio, axis=0)
    return Played(np.where(enough, np.round(means[0]), np.nan), np.where(enough, means[1], np.nan))


def _nobody(track: PieceTrack) -> Played:
    return Played(np.full(len(track), np.nan), np.full(len(track), np.nan))
