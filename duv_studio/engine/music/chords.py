"""Which notes are struck together: at once, or one string after the other in a stroke."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import Family, FloatArray, IntArray, Notes, Song, Track

# Notes whose onsets lie closer than this many quarter notes to their neighbour are one chord: 25 ms at 120 BPM, and
# less than a 64th note, which is 1/16.
CHORD_GAP = 0.05

NEXT_STRING = 0.045  # seconds; strings further apart are not of one stroke
CLOSER = (0.045, 0.025, 0.015)  # tried in this order: quick strokes after each other are told apart by their gaps
LONGEST_STROKE, SHORTEST_STROKE = 0.2, 0.005  # seconds from the first string to the last
FEWEST_STRINGS = 3
IN_ORDER = 0.7  # correlation of pitch and time: strings in order, but for a slip or the doubled courses of 12 strings
RINGS = 1.8  # times the way to the next string that a string sounds at least: the notes of a run end when others begin
WIDE = 2.0  # semitones from string to string on average, from which on it is a chord and no scale
STRIKES = (Family.DRUMS, Family.PERCUSSION)  # flams and rolls are no strokes over strings


def chord_ids(onset: FloatArray, gap: float = CHORD_GAP) -> IntArray:
    """Number of the chord that each note belongs to, (n,) from 0, for ascending onsets (n,) in quarter notes."""
    return np.cumsum(np.diff(onset, prepend=onset[:1]) > gap).astype(np.int64)


def chords_of(song: Song, track: Track, notes: Notes | None = None) -> IntArray:
    """Number of the chord that each of a track's `notes` (by default all) belongs to, (n,) from 0; strokes are one."""
    notes = track.notes if notes is None else notes
    chord = chord_ids(notes.onset / song.ppq)
    if track.family in STRIKES:
        return chord
    end = song.tempo.seconds(notes.end)
    return with_strokes(chord, stroke_ids(song.tempo.seconds(notes.onset), end, notes.pitch))


def first_of_chords(chord: IntArray) -> IntArray:
    """The first note of every chord, (k,), of notes (n,) numbered by their chords."""
    return np.flatnonzero(np.diff(chord, prepend=-1))


def with_strokes(chord: IntArray, stroke: IntArray) -> IntArray:
    """Chords (n,) of which those that a stroke (n,), -1 outside, touches are one."""
    if not (stroke >= 0).any():
        return chord
    apart = np.diff(chord, prepend=chord[:1]) > 0
    same = np.diff(stroke, prepend=-1) == 0
    return np.cumsum(apart & ~(same & (stroke >= 0))).astype(np.int64)


def stroke_ids(start: FloatArray, end: FloatArray, pitch: IntArray) -> IntArray:
    """The first note of the stroke over strings, or spread chord, that each note belongs to, -1 for others; (n,).

    `start`, ascending, and `end` (n,) are seconds. The notes of a stroke follow each other quickly from low to high or
    back, in the wide steps of a chord, and ring on together. Runs, trills, grace notes and glissandi do not.
    """
    stroke = np.full(len(start), -1)
    for gap in CLOSER:
        stroke = np.where(stroke >= 0, stroke, _strokes(start, end, pitch, chord_ids(start, gap)))
    return stroke


def _strokes(start: FloatArray, end: FloatArray, pitch: IntArray, group: IntArray) -> IntArray:
    """The first note of its stroke for the notes (n,) of groups that are strokes, else -1."""
    size = np.bincount(group)
    if not (size >= FEWEST_STRINGS).any():
        return np.full(len(group), -1)
    first = np.concatenate([[0], np.cumsum(size)[:-1]])
    spread = start[first + size - 1] - start[first]
    span = np.maximum.reduceat(pitch, first) - np.minimum.reduceat(pitch, first)
    is_stroke = (
        (size >= FEWEST_STRINGS)
        & (spread >= SHORTEST_STROKE)
        & (spread <= LONGEST_STROKE)
        & (span >= WIDE * (size - 1))
        & (np.abs(_order(start, pitch, group, size)) >= IN_ORDER)
        & np.logical_and.reduceat(_rings(start, end, group), first)
    )
    return np.where(is_stroke, first, -1)[group]


def _rings(start: FloatArray, end: FloatArray, group: IntArray) -> NDArray[np.bool_]:
    """Whether each note (n,) sounds well into the next ones of its group."""
    following = np.append(start[1:], np.inf)
    last = np.append(np.diff(group) > 0, True)
    return last | (end - start >= RINGS * (following - start))


def _order(start: FloatArray, pitch: IntArray, group: IntArray, size: IntArray) -> FloatArray:
    """Correlation of pitch and time in every group (g,); 0 where one of them does not differ."""
    late, high = from_mean(start, group, size), from_mean(pitch, group, size)
    both = np.bincount(group, late * high)
    scale = np.sqrt(np.bincount(group, late**2) * np.bincount(group, high**2))
    return np.asarray(np.divide(both, scale, out=np.zeros(len(size)), where=scale > 0))


def from_mean(values: FloatArray | IntArray, group: IntArray, size: IntArray) -> FloatArray:
    """How far values (n,) lie from the mean of their group."""
    return np.asarray(values - (np.bincount(group, values) / size)[group])
