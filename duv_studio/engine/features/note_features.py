"""What the model reads of a track: one function from notes to features, the same for training and for use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from functools import partial

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import Family, FloatArray, IntArray, Song, Track
from duv_studio.engine.music.chords import CHORD_GAP, STRIKES, chord_ids, chords_of, stroke_ids
from duv_studio.engine.music.drum_pieces import heard_pitch
from duv_studio.engine.music.felt_beat import felt_denominator, in_felt_beats

SHORTEST, LONGEST = 1 / 32, 16.0  # beats; every length and IOI is clipped to this range before log2
STEADY_SD, STEADY_LEVELS = 2.0, 3  # fewer levels and less spread than this say nothing about dynamics
FAMILY_ORDER = tuple(Family)

FLOAT_FEATURES = (
    "register",  # (pitch - 60) / 20
    "dur_beats",  # log2 beats
    "prev_ioi",  # log2 beats to the previous distinct onset
    "next_ioi",
    "prev_same_pitch",  # log2 beats to the previous note of this pitch
    "next_same_pitch",
    "is_downbeat",
    "vel_norm",  # (velocity - level) / 15, 0 where the velocity says nothing
    "chord_size",  # log2
    "is_top",
    "is_bottom",
    "chord_rank",  # 0 bottom .. 1 top
    "from_prev_top",  # interval to the top note of the previous chord, octaves
    "to_next_top",
    "chord_span",  # octaves
    "gap",  # log2 of duration over next IOI
    "dur_seconds",  # log2 seconds
    "next_ioi_seconds",
    "rest_before",  # log2 beats of silence since everything before has ended
    "chord_delay",  # seconds / 0.03 since the first note of the chord: what is left of a spread chord
    "tempo",  # log2 of BPM / 120
    "tempo_local",  # log2 of BPM over its mean within 16 beats: where a tempo map follows a player
    "density_1",  # log2 notes per beat within 1, 4, 16 beats on either side
    "density_4",
    "density_16",
    "register_local",  # pitch minus mean pitch within 16 beats, octaves
    "level",  # (mean velocity - 64) / 32
    "spread",  # standard deviation of velocity / 15, 0 where it says nothing
    "hint_memory",  # autocorrelation of the velocities from note to note; 0 where they say nothing, or by chance
    "hint_pitch",  # share of their variance that the pitch explains, beyond chance
    "hint_place",  # share of it that the place in the bar (of drums: of each drum) explains, beyond chance
    "place",  # 0 first note of the track .. 1 last
    "bar_sin",
    "bar_cos",
    "two_bar_sin",
    "two_bar_cos",
    "four_bar_sin",
    "four_bar_cos",
    "style_dynamics",  # standard deviations among players, 0 where unknown
    "style_articulation",
)
INDEX_SIZES = {
    "beat": 12,
    "beat_frac": 24,
    "pitch": 256,
    "meter": 16,
    "velocity_state": 3,
    "family": 7,
    "pedal": 2,
    "timing": 2,  # 1: free, the beat grid says nothing
    "style": 4,  # 1: dynamics are known, + 2: articulation is
}
SPREAD_CHORD = 0.03  # seconds between neighbours of a chord that was played freely
SHORTEST_TIME, LONGEST_TIME = 1 / 64, 16.0  # seconds
LEAST_HINTS = 8  # fewer velocities have no order to be found
GRIDS = (3, 4, 6, 8, 12, 16, 24)  # parts of a beat that music is written in
FREE_BELOW = 0.3  # concentration of onsets on every grid (0 random .. 1 quantised) below which timing is free
FREE_NOTES = 48  # fewer distinct onsets are no evidence


class State(IntEnum):
    """What an input velocity is worth."""

    UNKNOWN = 0  # sequenced flat: says nothing
    HINT = 1  # someone meant something by it
    LOCKED = 2  # given, to be kept


@dataclass(frozen=True)
class Style:
    """What is asked of a performance, in standard deviations among players of the family; None: as the music asks."""

    dynamics: float | None = None  # how much velocities differ: below 0 calm, above lively
    articulation: float | None = None  # how much of its written length a note is held: below 0 staccato, above legato


AS_THE_MUSIC_ASKS = Style()


@dataclass(frozen=True)
class NoteTable:
    """A track's n notes on the beat grid, sorted by onset: all that features are made of. Beats are quarter notes."""

    family: Family
    onset: FloatArray  # (n,) beats
    duration: FloatArray  # (n,) beats
    pitch: IntArray  # (n,)
    velocity: FloatArray  # (n,) 1..127
    bar: IntArray  # (n,)
    beat: FloatArray  # (n,) quarters since the bar line
    bar_length: FloatArray  # (n,) quarters
    numerator: IntArray  # (n,)
    denominator: IntArray  # (n,)
    bpm: FloatArray  # (n,)
    state: IntArray  # (n,) State
    pedal: bool = False  # the track holds sustain-pedal messages
    free: bool = False  # played without a beat to follow: places in the bar mean nothing
    style: Style = AS_THE_MUSIC_ASKS

    def __len__(self) -> int:
        return len(self.onset)


@dataclass(frozen=True)
class Features:
    """Model input of n notes: `floats` (n, F) float32, `indices` (n, I) int64 and the two clocks of attention."""

    floats: NDArray[np.float32]
    indices: NDArray[np.int64]
    onset: NDArray[np.float32]  # (n,) beats
    level: float  # mean velocity that predicted deviations are relative to


def velocity_state(velocity: FloatArray) -> IntArray:
    """HINT for every note of a track whose velocities vary, UNKNOWN for a flat one; (n,)."""
    flat = len(np.unique(velocity)) < STEADY_LEVELS and np.std(velocity) < STEADY_SD
    return np.full(len(velocity), State.UNKNOWN if flat else State.HINT, dtype=np.int64)


def free_timing(onset: FloatArray, chord: IntArray | None = None) -> bool:
    """Whether ascending onsets (n,) in beats keep to no grid: a recording without a click, or with a wrong tempo map.

    On a grid the phases of the onsets within a step point the same way; their mean length is the concentration. Of a
    `chord` (n,) the first onset counts; by default, of what is struck at once.
    """
    chord = chord_ids(onset) if chord is None else chord
    starts = onset[np.diff(chord, prepend=-1) > 0]
    if len(starts) < FREE_NOTES:
        return False
    return bool(max(abs(np.exp(2j * np.pi * parts * starts).mean()) for parts in GRIDS) < FREE_BELOW)


def note_table(
    song: Song,
    track: Track,
    keep: NDArray[np.bool_],
    style: Style = AS_THE_MUSIC_ASKS,
    locked: NDArray[np.bool_] | None = None,
) -> NoteTable:
    """The notes of a track that the model may read (`keep`, (n,) bool) on the grid of the song's felt beats.

    `locked` (n,) bool marks notes, among those of the whole track, whose velocity is given.
    """
    song, notes = in_felt_beats(song), track.notes
    onset = notes.onset[keep]
    place = song.meter.position(onset)
    velocity = notes.velocity[keep].astype(float)
    given = np.zeros(len(velocity), bool) if locked is None else locked[keep]
    state = np.full(len(velocity), State.LOCKED, dtype=np.int64)
    if not given.all():
        state[~given] = velocity_state(velocity[~given])  # what is locked says nothing of the other notes
    return NoteTable(
        family=track.family,
        onset=onset / song.ppq,
        duration=notes.duration[keep] / song.ppq,
        pitch=heard_pitch(track)[keep],
        velocity=velocity,
        bar=place.bar,
        beat=place.beat,
        bar_length=place.length,
        numerator=place.numerator,
        denominator=place.denominator,
        bpm=song.tempo.bpm_at(onset),
        state=state,
        pedal=track.pedal,
        free=free_timing(onset / song.ppq, chords_of(song, track, notes.only(np.flatnonzero(keep)))),
        style=style,
    )


def in_other_beats(table: NoteTable, octaves: int) -> NoteTable:
    """The same notes with beats `octaves` of tempo away, and bars joined or split to their usual length.

    The first bar of a meter is taken to be that of its first note, and of the first one that of the song.
    """
    if octaves == 0 or not len(table):
        return table
    factor = 2.0**octaves
    named = np.stack([table.numerator, table.denominator])
    meters, which = np.unique(named, axis=1, return_inverse=True)
    denominators = np.array([felt_denominator(int(n), int(d), octaves) for n, d in meters.T])
    denominator = denominators[which.reshape(-1)]
    length = table.bar_length * table.denominator / denominator
    first = np.flatnonzero(np.any(np.diff(named, axis=1, prepend=-1) != 0, axis=0))
    start = table.bar[first].copy()
    start[0] = 0
    felt = np.diff(start) * table.bar_length[first[:-1]] * factor / length[first[:-1]]
    bars_before = np.concatenate([[0], np.cumsum(np.ceil(felt - 1e-9))]).astype(np.int64)
    part = np.cumsum(np.bincount(first, minlength=len(table))) - 1
    since = ((table.bar - start[part]) * table.bar_length + table.beat) * factor
    bar = np.floor(since / length + 1e-9).astype(np.int64)
    return replace(
        table,
        onset=table.onset * factor,
        duration=table.duration * factor,
        bar=bars_before[part] + bar,
        beat=np.maximum(since - bar * length, 0.0),
        bar_length=length,
        denominator=denominator,
        bpm=table.bpm * factor,
    )


def features(table: NoteTable) -> Features:
    """Features of all n notes of a track, n >= 1."""
    table = _struck_at_once(table)
    chord = _chords(table)
    floats = np.empty((len(table), len(FLOAT_FEATURES)), np.float32)
    # One after the other: all columns at once, in double precision, would take more memory than the song itself.
    for kind in (partial(_lengths, chord=chord), partial(_harmony, chord=chord), _density, _dynamics, _meter, _own):
        for name, values in kind(table).items():
            floats[:, FLOAT_FEATURES.index(name)] = values
    return Features(floats, _indices(table), table.onset.astype(np.float32), float(table.velocity.mean()))


def _own(table: NoteTable) -> dict[str, FloatArray]:
    return {"register": (table.pitch - 60) / 20, "place": np.linspace(0, 1, len(table))}


def _log_beats(beats: FloatArray) -> FloatArray:
    return np.log2(np.clip(beats, SHORTEST, LONGEST))


def _chords(table: NoteTable) -> IntArray:
    gap = SPREAD_CHORD * float(np.median(table.bpm)) / 60 if table.free else CHORD_GAP
    return chord_ids(table.onset, gap)


def strokes_of(table: NoteTable) -> IntArray:
    """The first note of the stroke that each note belongs to, -1 outside strokes, (n,)."""
    if table.family in STRIKES:
        return np.full(len(table), -1)
    seconds = np.cumsum(np.diff(table.onset, prepend=table.onset[:1]) * 60 / table.bpm)
    return stroke_ids(seconds, seconds + table.duration * 60 / table.bpm, table.pitch)


def _struck_at_once(table: NoteTable) -> NoteTable:
    """The table with every stroke over strings as the chord that it is: at one place, until the strings are damped.

    Free recordings are of pianists, whose quickest arpeggios are read note by note, as they were learned from.
    """
    if table.free and table.family is not Family.GUITAR:
        return table
    stroke = strokes_of(table)
    if not (stroke >= 0).any():
        return table
    first = np.where(stroke >= 0, stroke, np.arange(len(table)))
    places = ("onset", "bar", "beat", "bar_length", "numerator", "denominator", "bpm")
    late = table.onset - table.onset[first]
    return replace(table, duration=table.duration + late, **{name: getattr(table, name)[first] for name in places})


def _lengths(table: NoteTable, chord: IntArray) -> dict[str, FloatArray]:
    first = np.searchsorted(chord, np.arange(chord[-1] + 1))
    starts = table.onset[first]
    ioi = np.diff(starts)
    before = np.concatenate([[LONGEST], ioi])[chord]
    after = np.concatenate([ioi, [LONGEST]])[chord]
    ends = np.maximum.accumulate(table.onset + table.duration)
    sounding = np.concatenate([[-LONGEST], ends[first[1:] - 1]])[chord]
    same_before, same_after = _same_pitch_ioi(table)
    return {
        "dur_beats": _log_beats(table.duration),
        "prev_ioi": _log_beats(before),
        "next_ioi": _log_beats(after),
        "prev_same_pitch": _log_beats(same_before),
        "next_same_pitch": _log_beats(same_after),
        "dur_seconds": _log_seconds(table.duration, table.bpm),
        "next_ioi_seconds": _log_seconds(after, table.bpm),
        "gap": np.clip(_log_beats(table.duration) - _log_beats(after), -4, 4),
        "rest_before": np.log2(1 + np.clip(starts[chord] - sounding, 0, LONGEST)),
        "chord_delay": np.clip((table.onset - starts[chord]) * 60 / table.bpm / SPREAD_CHORD, 0, 4),
    }


def _log_seconds(beats: FloatArray, bpm: FloatArray) -> FloatArray:
    return np.log2(np.clip(beats * 60 / bpm, SHORTEST_TIME, LONGEST_TIME))


def _same_pitch_ioi(table: NoteTable) -> tuple[FloatArray, FloatArray]:
    order = np.lexsort((table.onset, table.pitch))
    step = np.diff(table.onset[order])
    step[np.diff(table.pitch[order]) != 0] = LONGEST
    before, after = np.empty(len(table)), np.empty(len(table))
    before[order] = np.concatenate([[LONGEST], step])
    after[order] = np.concatenate([step, [LONGEST]])
    return before, after


def _harmony(table: NoteTable, chord: IntArray) -> dict[str, FloatArray]:
    pitch = table.pitch
    count = int(chord[-1]) + 1
    size = np.bincount(chord, minlength=count)
    top, bottom = np.full(count, -1), np.full(count, 128)
    np.maximum.at(top, chord, pitch)
    np.minimum.at(bottom, chord, pitch)
    span = top - bottom
    rank = np.where(span[chord] > 0, (pitch - bottom[chord]) / np.maximum(span[chord], 1), 1.0)
    before = np.concatenate([top[:1], top[:-1]])[chord]
    after = np.concatenate([top[1:], top[-1:]])[chord]
    return {
        "chord_size": np.log2(size[chord]),
        "is_top": (pitch == top[chord]).astype(float),
        "is_bottom": (pitch == bottom[chord]).astype(float),
        "chord_rank": rank,
        "from_prev_top": np.clip((pitch - before) / 12, -3, 3),
        "to_next_top": np.clip((after - pitch) / 12, -3, 3),
        "chord_span": np.clip(span[chord] / 12, 0, 4),
    }


def _density(table: NoteTable) -> dict[str, FloatArray]:
    total = np.concatenate([[0], np.cumsum(table.pitch)])
    tempo = np.log2(np.clip(table.bpm, 20, 400) / 120)
    tempos = np.concatenate([[0], np.cumsum(tempo)])
    columns = {"tempo": tempo}
    for beats in (1, 4, 16):
        low = np.searchsorted(table.onset, table.onset - beats, side="left")
        high = np.searchsorted(table.onset, table.onset + beats, side="right")
        columns[f"density_{beats}"] = np.log2((high - low) / (2 * beats) + 0.1)
    columns["register_local"] = np.clip((table.pitch - (total[high] - total[low]) / (high - low)) / 12, -3, 3)
    columns["tempo_local"] = np.clip(tempo - (tempos[high] - tempos[low]) / (high - low), -2, 2)
    return columns


def _dynamics(table: NoteTable) -> dict[str, FloatArray]:
    level = table.velocity.mean()
    memory, by_pitch, by_place = _order(table)
    known = table.state != State.UNKNOWN
    spread = np.std(table.velocity) / 15 if known.any() else 0.0
    return {
        "vel_norm": np.where(known, (table.velocity - level) / 15, 0.0),
        "level": np.full(len(table), (level - 64) / 32),
        "spread": np.full(len(table), spread),
        "hint_memory": np.full(len(table), memory),
        "hint_pitch": np.full(len(table), by_pitch),
        "hint_place": np.full(len(table), by_place),
        "style_dynamics": np.full(len(table), table.style.dynamics or 0.0),
        "style_articulation": np.full(len(table), table.style.articulation or 0.0),
    }


def _order(table: NoteTable) -> tuple[float, float, float]:
    """Signs that velocities were meant: memory, and what pitch and place in the bar explain. Dice give none of them."""
    hint = table.state == State.HINT
    velocity, pitch, beat = table.velocity[hint], table.pitch[hint], table.beat[hint]
    if len(velocity) < LEAST_HINTS or np.ptp(velocity) == 0:
        return 0.0, 0.0, 0.0
    deviation = velocity - velocity.mean()
    memory = float(np.mean(deviation[1:] * deviation[:-1]) / np.mean(deviation**2))
    place = np.round(beat * 4).astype(np.int64) * 128 + (pitch if table.family is Family.DRUMS else 0)
    return memory, _explained(velocity, pitch), 0.0 if table.free else _explained(velocity, place)


def _explained(values: FloatArray, cell: IntArray) -> float:
    """Adjusted share of the variance of values (n,) that lies between their cells (n,); about 0 by chance."""
    number = np.unique(cell, return_inverse=True)[1]
    size = np.bincount(number)
    if len(size) >= len(values):
        return 0.0
    within = np.sum((values - (np.bincount(number, values) / size)[number]) ** 2) / (len(values) - len(size))
    return float(np.clip(1 - within / np.var(values, ddof=1), -0.5, 1))


def _meter(table: NoteTable) -> dict[str, FloatArray]:
    phase = table.beat / table.bar_length
    columns = {"is_downbeat": (np.abs(table.beat) < CHORD_GAP).astype(float)}
    for name, bars in (("bar", 1), ("two_bar", 2), ("four_bar", 4)):
        angle = 2 * np.pi * (table.bar % bars + phase) / bars
        columns[f"{name}_sin"], columns[f"{name}_cos"] = np.sin(angle), np.cos(angle)
    return {name: np.zeros(len(table)) for name in columns} if table.free else columns


def _known_family(family: Family) -> Family:
    """No one has recorded timpani and woodblocks for us to learn from: they are read as OTHER."""
    return Family.OTHER if family is Family.PERCUSSION else family


def _indices(table: NoteTable) -> NDArray[np.int64]:
    whole = np.floor(table.beat + 1 / 48)  # a note a hair early belongs to the beat that it aims at
    drums = table.family is Family.DRUMS
    on_grid = 0 if table.free else 1
    style = int(table.style.dynamics is not None) + 2 * int(table.style.articulation is not None)
    columns = {
        "beat": np.clip(whole, 0, 11) * on_grid,
        "beat_frac": np.clip(np.round((table.beat - whole) * 24), 0, 23) * on_grid,
        "pitch": table.pitch + (128 if drums else 0),
        "meter": (np.clip(table.numerator, 1, 8) - 1 + np.where(table.denominator >= 8, 8, 0)) * on_grid,
        "velocity_state": table.state,
        "family": np.full(len(table), FAMILY_ORDER.index(_known_family(table.family))),
        "pedal": np.full(len(table), int(table.pedal)),
        "timing": np.full(len(table), int(table.free)),
        "style": np.full(len(table), style),
    }
    return np.stack([columns[name] for name in INDEX_SIZES], axis=1).astype(np.int64)
