"""What a humanizer must beat: the flat file, random jitter, hand-set accents, and means by place in the bar."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import FloatArray, IntArray
from duv_studio.training.data.paired_piece import Piece, PieceTrack, Played

JITTER_VELOCITY = 10.0  # sd in MIDI units
JITTER_LENGTH = 0.05  # sd of ln(length)
MIN_SAMPLES = 20  # a cell of the table with fewer backs off to the coarser one
GAP = 1e-3  # seconds kept free before the next note of the same pitch


class Baseline(Protocol):
    """Plays a track: velocities 1..127 and ln length ratios; the random ones draw from `rng`."""

    def __call__(self, track: PieceTrack, rng: np.random.Generator) -> Played: ...


def play(baseline: Baseline, piece: Piece, name: str, seed: int) -> list[Played]:
    """One performance per track of the piece, with random numbers that depend on the names and the seed alone."""
    rng = np.random.default_rng([seed, zlib.crc32(f"{name}/{piece.name}".encode())])
    return [baseline(track, rng) for track in piece.tracks]


def flat(track: PieceTrack, rng: np.random.Generator) -> Played:
    """The deadpan file itself."""
    return Played(track.velocity, track.log_ratio(track.length))


def jitter(track: PieceTrack, rng: np.random.Generator) -> Played:
    """Gaussian noise on velocity and length: the "humanize" of a sequencer."""
    velocity = track.velocity + rng.normal(0, JITTER_VELOCITY, len(track))
    return played(track, velocity, rng.normal(0, JITTER_LENGTH, len(track)))


def accent(track: PieceTrack, rng: np.random.Generator) -> Played:
    """Hand-set accents: downbeat, half bar, beats and eighths louder; top notes of chords are louder and longer."""
    top = top_notes(track)
    voice = np.zeros(len(track)) if track.drums else np.where(top, 4.0, -6.0)
    velocity = track.velocity + _metrical_accent(track) + voice + rng.normal(0, 3, len(track))
    length = np.log(np.where(top, 0.97, 0.9)) + rng.normal(0, 0.03, len(track))
    return played(track, velocity, length)


def _metrical_accent(track: PieceTrack) -> FloatArray:
    beat = track.beat
    on_beat = np.abs(beat - np.round(beat)) < 1 / 16
    half = (np.abs(beat - track.bar_length / 2) < 1 / 16) & on_beat
    eighth = np.abs(beat * 2 - np.round(beat * 2)) < 1 / 8
    accents = np.select([beat < 1 / 16, half, on_beat, eighth], [10.0, 6.0, 2.0, -4.0], -8.0)
    return np.asarray(accents, dtype=np.float64)


def played(track: PieceTrack, velocity: FloatArray, log_ratio: FloatArray) -> Played:
    """Velocities and ln length ratios (n,) as notes: whole, within 1..127, ending before the next of their pitch."""
    whole = np.clip(np.round(velocity), 1, 127)
    seconds = end_before_next(track.pitch, track.start, track.length * np.exp(log_ratio))
    return Played(whole, track.log_ratio(seconds))


def end_before_next(pitch: IntArray, start: FloatArray, length: FloatArray) -> FloatArray:
    """Lengths (n,) in seconds, shortened where a note would reach into the next one of its pitch."""
    order = np.lexsort((start, pitch))
    room = np.full(len(pitch), np.inf)
    same = pitch[order[1:]] == pitch[order[:-1]]
    room[order[:-1][same]] = np.diff(start[order])[same]
    return np.where(room > GAP, np.minimum(length, room - GAP), length)


def top_notes(track: PieceTrack) -> NDArray[np.bool_]:
    """True for the highest of the notes struck together (within a thirty-second), (n,)."""
    chord = np.unique(np.round(track.onset * 8), return_inverse=True)[1]
    highest = np.zeros(int(chord.max(initial=-1)) + 1, dtype=np.int64)
    np.maximum.at(highest, chord, track.pitch)
    return np.asarray(track.pitch == highest[chord])


@dataclass(frozen=True)
class LookupTable:
    """Mean human velocity deviation and median ln length ratio of every cell with MIN_SAMPLES training notes.

    A cell is a place in the bar of a drum, or of a top or inner note; for lengths, a class of notated length.
    """

    velocity: Mapping[Hashable, float]
    length: Mapping[Hashable, float]

    def __call__(self, track: PieceTrack, rng: np.random.Generator) -> Played:
        deviation = [self._first(self.velocity, keys) for keys in velocity_keys(track)]
        log_ratio = [0.0 if track.drums else self._first(self.length, keys) for keys in length_keys(track)]
        return played(track, track.velocity + np.array(deviation), np.array(log_ratio))

    @staticmethod
    def _first(cells: Mapping[Hashable, float], keys: Sequence[Hashable]) -> float:
        return next((cells[key] for key in keys if key in cells), 0.0)


def fit_lookup(tracks: Iterable[PieceTrack]) -> LookupTable:
    """The table of the given training tracks, none of which may be held out.

    Lengths are those of keys; how long notes sound where no key's length is known of any track.
    """
    training = list(tracks)
    keys = any(np.isfinite(track.human.log_ratio).any() for track in training)
    velocity: dict[Hashable, list[float]] = defaultdict(list)
    length: dict[Hashable, list[float]] = defaultdict(list)
    for track in training:
        _collect(velocity, velocity_keys(track), track.human.velocity - track.velocity)
        _collect(length, length_keys(track), np.clip(track.human.log_ratio if keys else track.sounding, -3, 2))
    means = {key: float(np.mean(v)) for key, v in velocity.items() if len(v) >= MIN_SAMPLES}
    medians = {key: float(np.median(v)) for key, v in length.items() if len(v) >= MIN_SAMPLES}
    return LookupTable(means, medians)


def _collect(cells: dict[Hashable, list[float]], keys: Iterable[Sequence[Hashable]], values: FloatArray) -> None:
    for names, value in zip(keys, values.tolist(), strict=True):
        if np.isfinite(value):
            for name in names:
                cells[name].append(value)


def velocity_keys(track: PieceTrack) -> list[tuple[Hashable, Hashable]]:
    """For each note its cell, and the coarser one to back off to."""
    twelfths = np.round(track.beat * 12) % np.round(track.bar_length * 12)
    places = zip(track.bar_length.tolist(), twelfths.tolist(), strict=True)
    return [((kind, place), kind) for kind, place in zip(_kinds(track), places, strict=True)]


def length_keys(track: PieceTrack) -> list[tuple[Hashable, Hashable]]:
    """For each note its class of notated length with and without its kind."""
    half_octaves = np.clip(np.round(np.log2(np.maximum(track.duration, 1 / 64)) * 2), -8, 6)
    return [((length, kind), length) for length, kind in zip(half_octaves.tolist(), _kinds(track), strict=True)]


def _kinds(track: PieceTrack) -> list[Hashable]:
    """The drum of a hit; whether another note is a top note."""
    which = track.pitch if track.drums else top_notes(track)
    return list(zip([track.drums] * len(track), which.tolist(), strict=True))
