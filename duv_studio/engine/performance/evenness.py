"""What players keep even where nothing else is written: lines without holes, chords of one weight, repetitions."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from duv_studio.engine.midi.song import Family, FloatArray, IntArray
from duv_studio.engine.music.chords import first_of_chords
from duv_studio.engine.performance.note_sequences import drawn_together, means_of, runs, strikes_again

# MIDI velocity units that a note may lie below the median of its neighbours; what lies lower is bent. Pianists and
# drummers do play notes between others that are hardly heard.
DEEPEST_DIP: dict[Family, float] = {Family.BASS: 14.0, Family.STRINGS: 16.0, Family.OTHER: 16.0, Family.GUITAR: 20.0}
NEIGHBOURS = 7  # chords whose median a note is compared with
BETWEEN_TWO = 4.0  # units that a note may lie deeper below the softer one of its two neighbours
KEPT_OF_DIP = 0.15  # of what lies deeper
WIDEST_CHORD = 14.0  # MIDI velocity units from the softest to the loudest note of a chord, where no hand voices it
FEWEST_REPEATS = 8  # of a chord, or of a note, from which on its level is expected to stay
LEVEL_BEATS = 8.0  # the mean of so many quarter notes is the level of a repetition


def fill_dips(chord: IntArray, drawn: FloatArray, family: Family) -> FloatArray:
    """Velocities (n,) in which no note lies far below its neighbours; `chord` (n,) is of `chord_ids`."""
    deepest = DEEPEST_DIP.get(family)
    if deepest is None or len(drawn) < 3:
        return drawn
    mean = np.bincount(chord, drawn) / np.bincount(chord)
    around = np.pad(mean, NEIGHBOURS // 2, mode="edge")
    usual = np.median(sliding_window_view(around, NEIGHBOURS), axis=1)[chord]
    softer = np.minimum(np.append(mean[1:], -np.inf), np.insert(mean[:-1], 0, -np.inf))[chord]
    lowest = np.maximum(usual - deepest, softer - deepest - BETWEEN_TWO)
    return np.where(drawn < lowest, lowest - KEPT_OF_DIP * (lowest - drawn), drawn)


def even_chords(chord: IntArray, drawn: FloatArray, family: Family) -> FloatArray:
    """Velocities (n,) with the notes of every chord within WIDEST_CHORD, where the family's chords have one weight."""
    if family not in DEEPEST_DIP:
        return drawn
    return drawn_together(drawn, chord, WIDEST_CHORD)


def level_repetitions(beats: FloatArray, pitch: IntArray, chord: IntArray, drawn: FloatArray) -> FloatArray:
    """Velocities (n,) without the slow rise or fall of chords, or notes, that are repeated unchanged.

    What differs within LEVEL_BEATS stays, as accents of the metre do.
    """
    first = first_of_chords(chord)
    level = drawn.copy()
    stops = np.append(first, len(pitch))
    for start, stop in runs(strikes_again(pitch, first, 1), FEWEST_REPEATS):
        run = slice(int(stops[start]), int(stops[stop]))
        level[run] += drawn[run].mean() - _slow_level(beats[run], drawn[run])
    return level


def _slow_level(beats: FloatArray, values: FloatArray) -> FloatArray:
    """The level (n,) of values: their mean within LEVEL_BEATS, on a straight line through it at either end."""
    half = LEVEL_BEATS / 2
    inside = np.clip(beats, beats[0] + half, max(beats[-1] - half, beats[0] + half))
    low, high = np.searchsorted(beats, inside - half), np.searchsorted(beats, inside + half, side="right")
    return means_of(values, low, high)
