"""From what a player did to what a sequencer would hold: the input side of every training pair (model design 3.2).

The target is always the player; these functions only make the input. "flat" modes let no played velocity through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from duv_studio.engine.features.note_features import State, velocity_state
from duv_studio.engine.midi.song import Family, FloatArray, IntArray
from duv_studio.engine.music.chords import chord_ids
from duv_studio.training.data.played_track import PlayedTrack

DAW_DEFAULTS = (64, 80, 90, 100, 127)
GATES = (0.5, 0.8, 0.9, 0.95, 1.0)
# Mixtures of modes that let nothing of the player through.
PLAIN_VELOCITY, PLAIN_DURATION = {"flat": 1.0}, {"notated": 1.0}
LEVEL_SHIFT = 12.0  # the same playing is met at levels that differ by this much

VelocityMode = Callable[[PlayedTrack, Generator], FloatArray]
DurationMode = Callable[[PlayedTrack, Generator], FloatArray]


@dataclass(frozen=True)
class Degraded:
    """The input side of one track: velocity (n,), its state (n,) and duration (n,) in beats."""

    velocity: FloatArray
    state: IntArray
    duration: FloatArray


def degrade(
    track: PlayedTrack, rng: Generator, velocity_mix: Mapping[str, float], duration_mix: Mapping[str, float]
) -> Degraded:
    """Draw one velocity mode and, independently, one duration mode, each by its share, and apply them."""
    mode = _pick(velocity_mix, rng)
    deviation = VELOCITY_MODES[mode](track, rng)
    level = _level(track, rng, flat=mode == "flat")
    velocity = np.round(level + deviation - deviation.mean())
    duration = DURATION_MODES[_pick(duration_mix, rng)](track, rng)
    state = velocity_state(velocity)
    if mode == "inpaint":
        given = rng.random(len(track)) < rng.uniform(0.1, 0.5)
        velocity = np.where(given, np.round(level + _deviation(track)), np.round(level))
        state = np.where(given, State.LOCKED, State.UNKNOWN)
    return Degraded(np.clip(velocity, 1, 127), state, np.maximum(duration, 1 / 64))


def _pick(mix: Mapping[str, float], rng: Generator) -> str:
    share = np.array(list(mix.values()), dtype=float)
    return str(rng.choice(list(mix), p=share / share.sum()))


def _level(track: PlayedTrack, rng: Generator, flat: bool) -> float:
    if flat and rng.random() < 0.5:
        return float(rng.choice(DAW_DEFAULTS))
    return float(np.clip(track.velocity.mean() + rng.uniform(-LEVEL_SHIFT, LEVEL_SHIFT), 20, 120))


def _deviation(track: PlayedTrack) -> FloatArray:
    return np.asarray(track.velocity - track.velocity.mean())


# ---- velocities: each returns deviations (n,) from the track's level -------------------------------------------------


def _flat(track: PlayedTrack, rng: Generator) -> FloatArray:
    return np.zeros(len(track))


def _flat_section(track: PlayedTrack, rng: Generator) -> FloatArray:
    section = track.bar // rng.integers(2, 9)
    levels = rng.uniform(-10, 10, int(section.max() - section.min()) + 1)
    return np.asarray(levels[section - section.min()])


def _k_levels(track: PlayedTrack, rng: Generator) -> FloatArray:
    deviation, k = _deviation(track), int(rng.integers(2, 7))
    edges = np.quantile(deviation, np.linspace(0, 1, k + 1)[1:-1])
    group = np.searchsorted(edges, deviation)
    means = np.bincount(group, deviation, k) / np.maximum(np.bincount(group, minlength=k), 1)
    return means[group]


def _compress(track: PlayedTrack, rng: Generator) -> FloatArray:
    return _deviation(track) * rng.uniform(0.15, 0.6) + rng.normal(0, 1.5, len(track))


def _bar_accent(track: PlayedTrack, rng: Generator) -> FloatArray:
    down, backbeat = rng.uniform(4, 20), rng.uniform(-4, 12)
    loop = rng.normal(0, 3, 32) * (rng.random() < 0.5)  # a two-bar pattern in sixteenths, unrelated to the player
    step = np.round(track.beat * 4).astype(int) + 16 * (track.bar % 2)
    on_half = np.abs(track.beat - track.bar_length / 2) < 0.1
    return np.where(track.beat < 0.1, down, np.where(on_half, backbeat, 0.0)) + loop[step % 32]


def _jitter(track: PlayedTrack, rng: Generator) -> FloatArray:
    return rng.normal(0, rng.uniform(2, 12), len(track))


def _shuffled(track: PlayedTrack, rng: Generator) -> FloatArray:
    return rng.permutation(_deviation(track))


def _mixed(track: PlayedTrack, rng: Generator) -> FloatArray:
    low = track.pitch < np.median(track.pitch)
    return np.where(low == (rng.random() < 0.5), 0.0, _deviation(track))


def _identity(track: PlayedTrack, rng: Generator) -> FloatArray:
    return _deviation(track)


VELOCITY_MODES: dict[str, VelocityMode] = {
    "flat": _flat,
    "flat_section": _flat_section,
    "k_levels": _k_levels,
    "compress": _compress,
    "bar_accent": _bar_accent,
    "jitter": _jitter,
    "shuffled": _shuffled,
    "mixed": _mixed,
    "identity": _identity,
    "inpaint": _flat,
}


# ---- durations: each returns the input length (n,) in beats ----------------------------------------------------------


def _notated(track: PlayedTrack, rng: Generator) -> FloatArray:
    if track.family is Family.DRUMS:  # a drum note's length is whatever the sequencer's default is
        return np.full(len(track), float(rng.choice([1 / 16, 1 / 8, 1 / 4, 1 / 2])))
    return track.duration


def _gate(track: PlayedTrack, rng: Generator) -> FloatArray:
    return np.asarray(_notated(track, rng) * rng.choice(GATES))


def _legato_fill(track: PlayedTrack, rng: Generator) -> FloatArray:
    chord = chord_ids(track.onset)
    starts = track.onset[np.searchsorted(chord, np.arange(chord[-1] + 1))]
    until_next = np.append(np.diff(starts), 1.0)[chord]
    return np.asarray(np.clip(until_next, 1 / 16, 4.0))


def _quantised(track: PlayedTrack, rng: Generator) -> FloatArray:
    grid = float(rng.choice([1 / 4, 1 / 8]))
    played = _played(track)
    return np.maximum(np.round(played / grid), 1) * grid


def _length_jitter(track: PlayedTrack, rng: Generator) -> FloatArray:
    return _notated(track, rng) * np.exp(rng.normal(0, 0.1, len(track)))


def _played(track: PlayedTrack, rng: Generator | None = None) -> FloatArray:
    return np.where(np.isfinite(track.played_duration), track.played_duration, track.duration)


DURATION_MODES: dict[str, DurationMode] = {
    "notated": _notated,
    "gate": _gate,
    "legato_fill": _legato_fill,
    "quantised": _quantised,
    "jitter": _length_jitter,
    "identity": _played,
}
