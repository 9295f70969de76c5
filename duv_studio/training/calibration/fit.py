"""After training: temperatures that make the distributions honest, and kernels of how neighbours deviate together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar, nnls
from scipy.special import log_softmax, ndtri, softmax

from duv_studio.engine.features.hints import hints_of
from duv_studio.engine.features.note_features import NoteTable, features
from duv_studio.engine.midi.song import Family, FloatArray
from duv_studio.engine.model.checkpoint import Rendering
from duv_studio.engine.model.inference import predict_track
from duv_studio.engine.model.prediction import Kernel
from duv_studio.engine.model.transformer import (
    DURATION_BINS,
    DURATION_HIGH,
    DURATION_LOW,
    VELOCITY_BINS,
    DuvTransformer,
    velocity_bin_width,
)
from duv_studio.engine.performance.correlated_noise import FAST_BEATS, SLOW_BEATS, band_weights
from duv_studio.training.calibration.spread import Outcome, duration_spread, velocity_spread
from duv_studio.training.data.played_track import PlayedTrack, octaves_of

MAX_NOTES = 80_000  # a family's development notes that are looked at, in equal shares of the sets
NEIGHBOURS = 40  # following notes that each note is compared with
LEAST_OWN = 0.05  # share of the deviation that is always a note's own
LEAST_TEMPERATURE, MOST_TEMPERATURE = 0.5, 2.0
MIN_NOTES = 300  # below it a family's kernel is not fitted but taken from all families


def calibrate(model: DuvTransformer, tracks: Sequence[PlayedTrack], hints: Sequence[str] = ()) -> dict[str, Rendering]:
    """Rendering of every family that has development tracks, from flat, notated input on the beat.

    `hints` are those that the model reads.
    """
    tracks = [t for t in tracks if not t.free]
    outcomes = {f: _outcomes(model, [t for t in tracks if t.family == f], hints) for f in Family}
    every = [o for velocity, _ in outcomes.values() for o in velocity]
    every_duration = [o for _, duration in outcomes.values() for o in duration]
    result: dict[str, Rendering] = {}
    for family, (velocity, duration) in outcomes.items():
        if not velocity:
            continue
        vt = temperature(velocity)
        dt = temperature(duration) if duration else 1.0
        result[str(family)] = Rendering(
            velocity_temperature=vt,
            duration_temperature=dt,
            velocity_kernel=_kernel(velocity, every, vt, Rendering().velocity_kernel),
            duration_kernel=_kernel(duration, every_duration, dt, Rendering().duration_kernel),
            velocity_spread=velocity_spread(velocity, vt),
            duration_spread=duration_spread(duration, dt),
        )
    return result


def _kernel(own: Sequence[Outcome], every: Sequence[Outcome], at_temperature: float, otherwise: Kernel) -> Kernel:
    """From the family's own outcomes where they are enough, else from all families', else the one given."""
    outcomes = own if _size(own) >= MIN_NOTES else every
    return fit_kernel(outcomes, at_temperature) if outcomes else otherwise


def _size(outcomes: Sequence[Outcome]) -> int:
    return sum(int(o.keep.sum()) for o in outcomes)


def _outcomes(
    model: DuvTransformer, tracks: list[PlayedTrack], hints: Sequence[str]
) -> tuple[list[Outcome], list[Outcome]]:
    velocity, duration = [], []
    for track in _balanced(tracks):
        flat = flat_table(track)
        told = hints_of(flat, hints, track.hints) if hints else None
        found = predict_track(model, features(flat), hints=told)
        deviation = (track.velocity - track.velocity.mean()) / velocity_bin_width(track.family)
        velocity.append(_outcome(track, found.velocity, deviation + VELOCITY_BINS / 2))
        known = np.isfinite(track.played_duration)
        if known.any():
            ratio = np.log2(np.where(known, track.played_duration, track.duration) / track.duration)
            place = (ratio - DURATION_LOW) / (DURATION_HIGH - DURATION_LOW) * DURATION_BINS
            duration.append(_outcome(track, found.key, place, known))
    return velocity, duration


def _balanced(tracks: Sequence[PlayedTrack]) -> list[PlayedTrack]:
    """Tracks of about MAX_NOTES notes, no set being asked for more than its equal share of them."""
    sets: dict[str, list[PlayedTrack]] = defaultdict(list)
    for i in np.random.default_rng(0).permutation(len(tracks)):
        sets[tracks[i].corpus].append(tracks[i])
    chosen = []
    for of_set in sets.values():
        before = np.cumsum([0, *map(len, of_set)])[:-1]
        chosen += [track for track, notes in zip(of_set, before, strict=True) if notes < MAX_NOTES / len(sets)]
    return chosen


def note_weights(outcomes: Sequence[Outcome]) -> list[float]:
    """What a known note of each outcome counts: every set as much as any other, however many notes it has."""
    notes = Counter[str]()
    for o in outcomes:
        notes[o.track.corpus] += int(o.keep.sum())
    return [1 / notes[o.track.corpus] for o in outcomes]


def flat_table(track: PlayedTrack) -> NoteTable:
    """The track's notes when they are sequenced flat, at the player's level, as notated."""
    return track.table(np.full(len(track), np.round(track.velocity.mean())))


def _outcome(
    track: PlayedTrack, probabilities: NDArray[np.float32], place: FloatArray, known: NDArray[np.bool_] | None = None
) -> Outcome:
    bins = probabilities.shape[1]
    at = np.clip(np.floor(place), 0, bins - 1).astype(np.int64)
    keep = np.ones(len(track), bool) if known is None else known
    logits = np.log(np.maximum(probabilities.astype(np.float64), 1e-9))
    return Outcome(track, logits, at, np.clip(place - at, 0.01, 0.99), keep)


def temperature(outcomes: Sequence[Outcome]) -> float:
    """The softmax temperature of least negative log-likelihood (Guo et al., 2017)."""
    logits = np.concatenate([o.logits[o.keep] for o in outcomes])
    bins = np.concatenate([o.bin[o.keep] for o in outcomes])
    weights = np.repeat(note_weights(outcomes), [int(o.keep.sum()) for o in outcomes])

    def loss(log_t: float) -> float:
        likelihood = log_softmax(logits / np.exp(log_t), axis=1)[np.arange(len(bins)), bins]
        return -float(np.average(likelihood, weights=weights))

    return float(
        np.exp(minimize_scalar(loss, bounds=(np.log(LEAST_TEMPERATURE), np.log(MOST_TEMPERATURE)), method="bounded").x)
    )


def scores(outcome: Outcome, at_temperature: float) -> FloatArray:
    """Normal scores (n,) of the probability integral transform: standard normal where the model is honest."""
    p = softmax(outcome.logits / at_temperature, axis=1)
    rows = np.arange(len(p))
    here = p[rows, outcome.bin]
    below = np.cumsum(p, axis=1)[rows, outcome.bin] - here
    return np.asarray(ndtri(np.clip(below + outcome.inside * here, 1e-3, 1 - 1e-3)))


def fit_kernel(outcomes: Sequence[Outcome], at_temperature: float) -> Kernel:
    """Variance shares whose implied correlations are nearest, by least squares, to those of neighbours' scores."""
    found = [scores(o, at_temperature) for o in outcomes]
    pairs = [_pairs(o.track, z, o.keep) for o, z in zip(outcomes, found, strict=True)]
    basis, product = np.concatenate([b for b, _ in pairs]), np.concatenate([p for _, p in pairs])
    each = note_weights(outcomes)
    weights = np.repeat(each, [len(p) for _, p in pairs])
    squares = np.concatenate([z[o.keep] ** 2 for o, z in zip(outcomes, found, strict=True)])
    variance = np.average(squares, weights=np.repeat(each, [int(o.keep.sum()) for o in outcomes]))
    share, _ = nnls((basis.T * weights) @ basis, (basis.T * weights) @ (product / variance))
    share *= min(1.0, (1 - LEAST_OWN) / max(share.sum(), 1e-9))
    slow, fast, band, chord, chord_band = (float(s) for s in share)
    return Kernel(slow, fast, band, chord, chord_band, 1.0 - float(share.sum()))


def _pairs(track: PlayedTrack, z: FloatArray, keep: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """For pairs of notes up to NEIGHBOURS apart: correlation under each component alone (p, 5), and score products."""
    n = len(z)
    first = np.repeat(np.arange(n), NEIGHBOURS)
    second = first + np.tile(np.arange(1, NEIGHBOURS + 1), n)
    first, second = first[second < n], second[second < n]
    both = keep[first] & keep[second]
    first, second = first[both], second[both]
    weights = band_weights(track.pitch)
    lag = (track.onset[second] - track.onset[first]) * 2.0 ** octaves_of([track])  # in felt beats
    alike = np.sum(weights[first] * weights[second], axis=1)
    chord = (lag < 1e-6).astype(float)
    fast = np.exp(-lag / FAST_BEATS)
    basis = np.stack([np.exp(-lag / SLOW_BEATS), fast, fast * alike, chord, chord * alike], axis=1)
    return basis, z[first] * z[second]
