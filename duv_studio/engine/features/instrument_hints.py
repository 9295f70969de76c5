"""Hints of single instruments: ghost notes, drums and fills, bowing and legato, strums, swing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.features.note_features import NoteTable, State
from duv_studio.engine.midi.song import FloatArray, IntArray
from duv_studio.engine.music.chords import (
    CHORD_GAP,
    FEWEST_STRINGS,
    LONGEST_STROKE,
    NEXT_STRING,
    SHORTEST_STROKE,
    chord_ids,
    from_mean,
)

QUIET = 0.65  # of the track's median velocity
SHORT = 0.5  # beats
KICK = (35, 36)
SNARE = (37, 38, 40)  # side stick, head, rim
HAT = (22, 26, 42, 44, 46)  # 22 and 26 are the edges of electronic kits
TOMS = (41, 43, 45, 47, 48, 50, 58)
ACCENT_SHARE, ACCENT_STEP = 1.2, 8.0  # times and velocities above what the drum usually gets
FEWEST_OF_A_DRUM = 4  # fewer hits have no "usual"
FILL_BEATS = 2.0  # a fill is looked for in stretches of two quarters
FILL_TOMS, FILL_HITS, ROLL = 2, 4, 6  # toms, toms and snare together, or snare alone, in one stretch
MOST_FILLS = 0.25  # of the stretches: what happens more often is the groove
REST = 2.0  # beats between two onsets, after which the bow is set again
PICK_UP = 1.0  # beats before a bar line: what begins there begins with an up bow
REACHES = 0.95  # share of the way to the next onset that a legato note is held
CLEAR = 0.5  # correlation of pitch and onset from which on a stroke has a direction
STRAIGHT, TRIPLET = 1 / 2, 2 / 3  # where in the beat the second eighth falls
EARLIEST, LATEST = 0.42, 0.72  # what lies outside is no second eighth
EARLY = 0.12  # beats that a note may come before or after the beat it is meant for
FEWEST_PAIRS = 8


def ghost_note_hint(table: NoteTable) -> FloatArray:
    """1 on a note that is given both much quieter than the track and short; 0 where velocities say nothing; (n,)."""
    known = table.state != State.UNKNOWN
    if not known.any():
        return np.zeros(len(table))
    quiet = table.velocity <= QUIET * np.median(table.velocity[known])
    return np.asarray(known & quiet & (table.duration <= SHORT), dtype=float)


def is_kick(table: NoteTable) -> FloatArray:
    """1 on the bass drum; (n,)."""
    return _one_of(table, KICK).astype(float)


def is_snare(table: NoteTable) -> FloatArray:
    """1 on the snare drum; (n,)."""
    return _one_of(table, SNARE).astype(float)


def is_hat(table: NoteTable) -> FloatArray:
    """1 on the hi-hat; (n,)."""
    return _one_of(table, HAT).astype(float)


def accent_hint(table: NoteTable) -> FloatArray:
    """1 where a drum is hit clearly harder than it usually is; 0 where velocities say nothing; (n,)."""
    known = table.state != State.UNKNOWN
    if not known.any():
        return np.zeros(len(table))
    usual = np.full(len(table), float(np.median(table.velocity[known])))
    for drum in np.unique(table.pitch[known]):
        own = table.pitch == drum
        if np.count_nonzero(own & known) >= FEWEST_OF_A_DRUM:
            usual[own] = np.median(table.velocity[own & known])
    least = np.maximum(usual * ACCENT_SHARE, usual + ACCENT_STEP)
    return np.asarray(known & (table.velocity >= least), dtype=float)


def fill_hint(table: NoteTable) -> FloatArray:
    """1 on every note of a stretch of toms, or of a snare roll, that stands out of the groove; (n,)."""
    if table.free:
        return np.zeros(len(table))
    stretch = _stretches(table)
    toms = np.bincount(stretch, _one_of(table, TOMS))
    snare = np.bincount(stretch, _one_of(table, SNARE))
    fill = ((toms >= FILL_TOMS) & (toms + snare >= FILL_HITS)) | (snare >= ROLL)
    if fill.mean() > MOST_FILLS:
        return np.zeros(len(table))
    return np.asarray(fill[stretch], dtype=float)


def _one_of(table: NoteTable, drums: tuple[int, ...]) -> NDArray[np.bool_]:
    return np.isin(table.pitch, drums)


def _stretches(table: NoteTable) -> IntArray:
    """Number of the stretch of a bar that each note lies in, counted from 0 over those that hold notes; (n,)."""
    in_bar = np.floor((table.beat + 1 / 48) / FILL_BEATS)  # a note a hair early belongs to the beat that it aims at
    places = np.stack([table.bar, in_bar.astype(np.int64)])
    return np.asarray(np.unique(places, axis=1, return_inverse=True)[1]).reshape(-1)


def bow_direction_hint(table: NoteTable) -> FloatArray:
    """1 down bow, -1 up bow, by the rule of the down bow; 0 where there are no bars; (n,).

    A downbeat is played down, and strokes alternate from there. After a rest the bow is set down, for a pick-up up.
    """
    if table.free:
        return np.zeros(len(table))
    chord = chord_ids(table.onset)
    first = np.searchsorted(chord, np.arange(chord[-1] + 1))
    onset, beat, left = table.onset[first], table.beat[first], (table.bar_length - table.beat)[first]
    down = beat < CHORD_GAP
    anew = down | (np.diff(onset, prepend=-REST * 2) >= REST)
    anew[0] = True
    strokes = np.arange(len(first))
    since = np.maximum.accumulate(np.where(anew, strokes, 0))
    starts = np.where(down | (left > PICK_UP + CHORD_GAP), 1.0, -1.0)
    return np.asarray((starts[since] * (1 - 2 * ((strokes - since) % 2)))[chord])


def legato_hint(table: NoteTable) -> FloatArray:
    """1 where the given length reaches the next onset, 0 where it leaves a gap and on the last notes; (n,)."""
    chord = chord_ids(table.onset)
    starts = table.onset[np.searchsorted(chord, np.arange(chord[-1] + 1))]
    ioi = np.append(np.diff(starts), np.inf)[chord]
    return (table.duration >= REACHES * ioi).astype(float)


def strum_direction(seconds: FloatArray, pitch: IntArray) -> FloatArray:
    """1 down stroke (low to high), -1 up stroke, 0 block chord, single note or no clear order; (n,).

    `seconds` (n,) are ascending onsets as they were played.
    """
    stroke = chord_ids(seconds, NEXT_STRING)
    strings = np.bincount(stroke)
    late, high = from_mean(seconds, stroke, strings), from_mean(pitch, stroke, strings)
    first = np.searchsorted(stroke, np.arange(len(strings)))
    spread = seconds[first + strings - 1] - seconds[first]
    both = np.bincount(stroke, late * high)
    size = np.sqrt(np.bincount(stroke, late**2) * np.bincount(stroke, high**2))
    order = np.divide(both, size, out=np.zeros(len(strings)), where=size > 0)
    told = (strings >= FEWEST_STRINGS) & (spread >= SHORTEST_STROKE) & (spread <= LONGEST_STROKE)
    return np.asarray(np.where(told & (np.abs(order) >= CLEAR), np.sign(order), 0.0)[stroke])


def swing_ratio(onset: FloatArray, bar: IntArray, beat: FloatArray, denominator: IntArray) -> float:
    """0 where the eighths of a track are straight, 1 where the second falls on the triplet, and between.

    It is the median place of the second eighth in those beats that hold two onsets and no more, one of them on the
    beat; 0 where there are fewer than FEWEST_PAIRS of them. Every array is (n,), `onset` ascending, in quarters.
    """
    first = np.flatnonzero(np.diff(chord_ids(onset), prepend=-1) > 0)
    first = first[denominator[first] <= 4]  # eighths that are beats, as in 6/8, are not swung
    if len(first) < 2 * FEWEST_PAIRS:
        return 0.0
    at = beat[first] + EARLY
    place = at % 1.0 - EARLY
    # A bar line that is met early lies at the end of the bar before, where it is a beat of its own.
    beats = np.unique(np.stack([bar[first], np.floor(at).astype(np.int64)]), axis=1, return_inverse=True)[1].reshape(-1)
    starts = np.flatnonzero(np.diff(beats, prepend=-1) != 0)
    size = np.diff(np.append(starts, len(beats)))
    pairs = starts[size == 2]
    second = place[pairs + 1]
    eighths = (np.abs(place[pairs]) <= EARLY) & (second >= EARLIEST) & (second <= LATEST)
    if np.count_nonzero(eighths) < FEWEST_PAIRS:
        return 0.0
    return float(np.clip((np.median(second[eighths]) - STRAIGHT) / (TRIPLET - STRAIGHT), 0, 1))
