"""A track as someone played it beside the score it was played from: the material of every training pair."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.features.note_features import AS_THE_MUSIC_ASKS, NoteTable, Style, in_other_beats, velocity_state
from duv_studio.engine.midi.song import Family, FloatArray, IntArray
from duv_studio.engine.music.chords import CHORD_GAP, chord_ids
from duv_studio.engine.music.felt_beat import Heard, octaves

# Written lengths in beats: straight, dotted and triplet values from a 64th to a whole note.
NOTE_VALUES = np.array(
    [1 / 16, 1 / 8, 1 / 6, 3 / 16, 1 / 4, 1 / 3, 3 / 8, 1 / 2, 2 / 3, 3 / 4, 1, 4 / 3, 3 / 2, 2, 3, 4]
)
_SIMPLE = np.array([1 / 8, 1 / 4, 1 / 2, 1, 2, 4])
_ODD_COST, _FILLS_COST = 0.15, -0.35  # octaves: a plain value, or one that reaches the next onset, is likelier written
STRAIGHT = ((1 / 4, 0.0), (1 / 8, 0.04))
TRIPLET = ((1 / 3, 0.0), (1 / 6, 0.04))


@dataclass(frozen=True)
class PlayedTrack:
    """n notes sorted by onset; `onset` and `duration` are the score's, `velocity` and the other lengths the player's.

    Lengths and onsets are in beats (quarter notes). Unknown played lengths are NaN.
    """

    corpus: str
    song: str  # the unit that is split into training and development: never a window, never a take of the same song
    player: str
    family: Family
    split: str  # "train" or "dev"
    onset: FloatArray  # (n,) quantised
    duration: FloatArray  # (n,) notated
    pitch: IntArray  # (n,)
    velocity: FloatArray  # (n,) 1..127
    played_duration: FloatArray  # (n,) until the key was released
    sustained_duration: FloatArray  # (n,) until the sound ended, pedal included
    bar: IntArray  # (n,)
    beat: FloatArray  # (n,) quarters since the bar line
    bar_length: FloatArray  # (n,) quarters
    numerator: IntArray  # (n,)
    denominator: IntArray  # (n,)
    bpm: FloatArray  # (n,)
    pedal: bool = False
    free: bool = False  # onsets are the player's own: no score is known, and beats and bars mean nothing
    hints: Mapping[str, FloatArray] = field(default_factory=dict)  # (n, columns) by name: what notes don't tell

    def __len__(self) -> int:
        return len(self.onset)

    def take(self, keep: NDArray[np.bool_] | IntArray) -> PlayedTrack:
        """The same track with only some of its notes."""
        arrays = {k: v[keep] for k, v in self.__dict__.items() if isinstance(v, np.ndarray)}
        hints = {name: columns[keep] for name, columns in self.hints.items()}
        return PlayedTrack(**(self.__dict__ | arrays | {"hints": hints}))

    def table(
        self,
        velocity: FloatArray | None = None,
        duration: FloatArray | None = None,
        style: Style = AS_THE_MUSIC_ASKS,
        octaves: int | None = None,
    ) -> NoteTable:
        """What the model reads when the input side has these velocities and durations.

        They default to the player's velocities and the score's durations. Beats are those that are felt: `octaves` of
        tempo away from the written ones, by default as this track tells.
        """
        velocity = self.velocity if velocity is None else velocity
        table = NoteTable(
            family=self.family,
            onset=self.onset,
            duration=self.duration if duration is None else duration,
            pitch=self.pitch,
            velocity=velocity,
            bar=self.bar,
            beat=self.beat,
            bar_length=self.bar_length,
            numerator=self.numerator,
            denominator=self.denominator,
            bpm=self.bpm,
            state=velocity_state(velocity),
            pedal=self.pedal,
            free=self.free,
            style=style,
        )
        return in_other_beats(table, octaves_of([self]) if octaves is None else octaves)


def octaves_of(tracks: Sequence[PlayedTrack]) -> int:
    """How many octaves of tempo the felt beat of tracks that are played together is away from the written one."""
    return octaves(
        [Heard(t.family, np.cumsum(np.diff(t.onset, prepend=t.onset[:1]) * 60 / t.bpm), t.bpm) for t in tracks]
    )


def whole_text(name: str) -> str:
    """A name with what is half a character in it written out: bytes of a file's name that are no text."""
    return name.encode("utf-8", "backslashreplace").decode()


def split_of(corpus: str, song: str, share: int = 10) -> str:
    """Every `share`-th song is held out, chosen by a hash of its name: the same on every machine and forever."""
    digest = hashlib.blake2b(f"{corpus}/{song}".encode(), digest_size=8).digest()
    return "dev" if int.from_bytes(digest, "big") % share == 0 else "train"


Grids = tuple[tuple[float, float], ...]  # (step, handicap), both in beats


def snap_to_grids(onset: FloatArray, grids: Grids) -> FloatArray:
    """Onsets (n,) in beats moved to the nearest point of several grids, handicaps added to the distances."""
    points, cost = _grid_points(onset, grids)
    return np.asarray(np.take_along_axis(points, np.argmin(cost, axis=0)[None], axis=0)[0])


def grid_cost(onset: FloatArray, grids: Grids) -> FloatArray:
    """How far onsets (n,) are from the grid that they are moved to, its handicap added, in beats."""
    return np.asarray(_grid_points(onset, grids)[1].min(axis=0))


def _grid_points(onset: FloatArray, grids: Grids) -> tuple[FloatArray, FloatArray]:
    points = np.stack([np.round(onset / step) * step for step, _ in grids])
    return points, np.abs(points - onset) + np.array([h for _, h in grids])[:, None]


def quantise_take(onset: FloatArray) -> FloatArray:
    """Onsets (n,) of one take moved to the sixteenth or the triplet grid, whichever it was played on."""
    straight, triplet = snap_to_grids(onset, STRAIGHT), snap_to_grids(onset, TRIPLET)
    swung = np.mean(np.abs(triplet - onset)) < 0.9 * np.mean(np.abs(straight - onset))
    return triplet if swung else straight


def notated_duration(played: FloatArray, onset: FloatArray) -> FloatArray:
    """The written length (n,) that a played length most likely comes from, in beats; `onset` (n,) is sorted.

    Least error in octaves, with plain note values and lengths that reach the next onset preferred.
    """
    chord = chord_ids(onset)
    starts = onset[np.searchsorted(chord, np.arange(chord[-1] + 1))]
    ioi = np.append(np.diff(starts), NOTE_VALUES[-1])[chord][:, None]
    values = np.broadcast_to(NOTE_VALUES, (len(onset), len(NOTE_VALUES)))
    cost = np.abs(np.log2(np.maximum(played, 1e-3)[:, None] / values))
    cost = cost + np.where(np.isin(NOTE_VALUES, _SIMPLE), 0.0, _ODD_COST)
    cost = cost + np.where(np.abs(values - ioi) < CHORD_GAP / 2, _FILLS_COST, 0.0)
    return np.asarray(NOTE_VALUES[np.argmin(cost, axis=1)])


def merged(parts: Sequence[PlayedTrack]) -> PlayedTrack:
    """Several parts of one song, of the same player and on the same grid, as one track."""
    arrays = {k for k, v in parts[0].__dict__.items() if isinstance(v, np.ndarray)}
    whole = {k: np.concatenate([getattr(p, k) for p in parts]) for k in arrays}
    track = PlayedTrack(**(parts[0].__dict__ | whole | {"pedal": any(p.pedal for p in parts)}))
    return track.take(np.lexsort((track.pitch, track.onset)))


def drop_doubles(track: PlayedTrack) -> PlayedTrack:
    """One note per pitch and onset, the loudest: quantising lays flams and double triggers on one spot."""
    order = np.lexsort((-track.velocity, track.pitch, np.round(track.onset * 96)))
    place = np.stack([np.round(track.onset[order] * 96), track.pitch[order]])
    first = np.ones(len(track), dtype=bool)
    first[1:] = np.any(np.diff(place, axis=1) != 0, axis=0)
    return track.take(np.sort(order[first]))


def copy_weights(track: PlayedTrack) -> FloatArray:
    """Loss weight (n,) of every note: the notes of a bar that was pasted k times count 1/k each."""
    bars = track.bar - track.bar[0]
    starts = np.searchsorted(bars, np.arange(bars[-1] + 2))
    content = np.stack([np.round(track.beat * 24), track.pitch, track.velocity]).astype(np.int64)
    keys = [content[:, a:b].tobytes() for a, b in pairwise(starts)]
    counts: dict[bytes, int] = {}
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
    return np.asarray(1.0 / np.array([counts[k] for k in keys], dtype=float)[bars])
