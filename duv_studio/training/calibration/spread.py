"""Fits how much wider or narrower a family is drawn, so that tracks vary as much as players let them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import softmax

from duv_studio.engine.midi.song import FloatArray, IntArray
from duv_studio.engine.model.transformer import (
    DURATION_BINS,
    DURATION_HIGH,
    DURATION_LOW,
    VELOCITY_BINS,
    velocity_bin_width,
)
from duv_studio.engine.performance.sampling import sample
from duv_studio.training.data.corpora.registry import CORPORA
from duv_studio.training.data.played_track import PlayedTrack

LEAST, MOST = 0.3, 1.6
VARIATION = 0.5  # the default of the settings
MIN_NOTES = 30  # of a track whose spread is measured
EVEN_VELOCITY, EVEN_LENGTH = 1.0, 0.02  # standard deviations below which a human track has no spread to compare with
DOUBT = 4  # songs; a family with as many has its factor moved half of the way, in log
ENOUGH_SONGS = 4  # from so many on, only what was played in real time decides


def velocity_spread(outcomes: Sequence[Outcome], temperature: float) -> float:
    """The factor that makes the mean ratio of spreads, drawn over played, 1 for velocities at the default variation.

    Honest rows come out too wide: a flat file does not tell how lively its player would have been, so every row
    holds calm and lively players at once, and the mean of ratios over tracks exceeds 1 (Jensen's inequality).
    """

    def drawn_sd(o: Outcome, factor: float) -> float:
        width = velocity_bin_width(o.track.family)
        edges = np.linspace(-VELOCITY_BINS / 2, VELOCITY_BINS / 2, VELOCITY_BINS + 1) * width
        drawn = o.track.velocity.mean() + _draw(o, edges, temperature, factor)
        return float(np.std(np.clip(drawn, 1, 127)))

    lively = [o for o in outcomes if len(o.track) >= MIN_NOTES and np.std(o.track.velocity) > EVEN_VELOCITY]
    return _solve(lively, drawn_sd, lambda o: float(np.std(o.track.velocity)), np.mean)


def duration_spread(outcomes: Sequence[Outcome], temperature: float) -> float:
    """The same for log2 ratios of duration; the median over songs, for some were played with almost fixed gates."""
    edges = np.linspace(DURATION_LOW, DURATION_HIGH, DURATION_BINS + 1)

    def played_sd(o: Outcome) -> float:
        return float(np.std(np.log2(o.track.played_duration[o.keep] / o.track.duration[o.keep])))

    def drawn_sd(o: Outcome, factor: float) -> float:
        return float(np.std(_draw(o, edges, temperature, factor)[o.keep]))

    shaped = [o for o in outcomes if o.keep.sum() >= MIN_NOTES and played_sd(o) > EVEN_LENGTH]
    return _solve(shaped, drawn_sd, played_sd, np.median)


def _draw(outcome: Outcome, edges: FloatArray, temperature: float, factor: float) -> FloatArray:
    cdf = np.cumsum(softmax(outcome.logits / temperature, axis=1), axis=1)
    z = np.random.default_rng(0).standard_normal(len(cdf))
    return sample(edges, cdf / cdf[:, -1:], z, VARIATION, factor)


def _solve(
    outcomes: Sequence[Outcome],
    drawn_sd: Callable[[Outcome, float], float],
    played_sd: Callable[[Outcome], float],
    middle: Callable[[list[float]], np.floating],
) -> float:
    """The factor at which the middle over songs of (drawn over played), averaged over sets, is 1."""
    sets = _decisive(outcomes)
    if not sets:
        return 1.0

    def excess(factor: float) -> float:
        ratios = [
            middle([float(np.mean([drawn_sd(o, factor) / played_sd(o) for o in song])) for song in songs.values()])
            for songs in sets.values()
        ]
        return float(np.mean(ratios)) - 1

    if excess(LEAST) > 0 or excess(MOST) < 0:
        factor = LEAST if excess(LEAST) > 0 else MOST
    else:
        factor = float(brentq(excess, LEAST, MOST, xtol=0.01))
    songs = sum(len(s) for s in sets.values())
    return float(factor ** (songs / (songs + DOUBT)))


def _decisive(outcomes: Sequence[Outcome]) -> dict[str, dict[str, list[Outcome]]]:
    """Outcomes by set and song: those of real playing where there are enough songs of it, else all."""
    sets: dict[str, dict[str, list[Outcome]]] = defaultdict(lambda: defaultdict(list))
    for o in outcomes:
        sets[o.track.corpus][o.track.song].append(o)
    played = {name: songs for name, songs in sets.items() if name in CORPORA and CORPORA[name].played}
    return played if sum(map(len, played.values())) >= ENOUGH_SONGS else sets


@dataclass(frozen=True)
class Outcome:
    """Log probabilities (n, bins) for one track, and in which bin, and where in it (0..1), the player's value fell."""

    track: PlayedTrack
    logits: FloatArray
    bin: IntArray
    inside: FloatArray
    keep: NDArray[np.bool_]  # (n,) notes whose value is known
