"""How bars and lines are shaped: means of bars, what moves within them, memory of the top line, repeated notes."""

from __future__ import annotations

import numpy as np

from duv_studio.engine.midi.song import FloatArray, IntArray
from duv_studio.engine.music.chords import from_mean
from duv_studio.training.data.paired_piece import PieceTrack
from duv_studio.training.evaluation.dynamics_metrics import MIN_EACH, MIN_KNOWN, autocorrelation, top_line

Sides = tuple[FloatArray, FloatArray]  # the human's and the output's

MIN_BARS = 8
MIN_IN_BAR = 4  # notes; of fewer the bar's mean is mostly the note itself
STEPS = 96  # per quarter: bar lines closer than that are one
SOON = 1.0  # quarters; a note of the same pitch that is struck later repeats nothing


def compared_lines(track: PieceTrack, velocity: FloatArray) -> dict[str, Sides]:
    """What to correlate of a human and an output (n,): means of bars, deviations from them, notes below the top one.

    Only what the track has bars and notes for; nothing of bars where the file's bars mean nothing.
    """
    human = track.human.velocity
    found: dict[str, Sides] = {}
    if not track.free:
        bar = bar_numbers(track)
        size = np.bincount(bar)
        if len(size) >= MIN_BARS:
            found["bar_mean_r"] = bar_means(human, bar), bar_means(velocity, bar)
        within = (size >= MIN_IN_BAR)[bar]
        if within.sum() >= MIN_EACH:
            found["in_bar_r"] = from_mean(human, bar, size)[within], from_mean(velocity, bar, size)[within]
    if not track.drums:
        below = np.ones(len(track), dtype=bool)
        below[top_line(track)] = False
        if below.sum() >= MIN_KNOWN:
            found["below_top_r"] = human[below], velocity[below]
    return found


def line_figures(track: PieceTrack, velocity: FloatArray) -> dict[str, float]:
    """Spread of the bars' means, memory of the top line and step of repeated notes of velocities (n,), in MIDI units.

    Only those that the track has bars and notes for.
    """
    found: dict[str, float] = {}
    bar = bar_numbers(track)
    if not track.free and bar[-1] + 1 >= MIN_BARS:
        found["bar_mean_sd"] = float(np.std(bar_means(velocity, bar)))
    top = top_line(track)
    if not track.drums and len(top) >= MIN_KNOWN:
        found["line_memory"] = autocorrelation(velocity[top], 1)
    again = repeats(track)
    if len(again[0]) >= MIN_EACH:
        found["repeat_step"] = float(np.mean(np.abs(velocity[again[1]] - velocity[again[0]])))
    return found


def bar_numbers(track: PieceTrack) -> IntArray:
    """The bar of each note, (n,), numbered from 0 over the bars that hold a note."""
    lines = np.round((track.onset - track.beat) * STEPS)
    return np.asarray(np.unique(lines, return_inverse=True)[1], dtype=np.int64)


def bar_means(velocity: FloatArray, bar: IntArray) -> FloatArray:
    """Mean of the velocities (n,) of every bar that holds a note, (bars,)."""
    return np.asarray(np.bincount(bar, velocity) / np.bincount(bar))


def repeats(track: PieceTrack) -> tuple[IntArray, IntArray]:
    """Notes, and those of the same pitch that follow them next, and SOON; both (repeats,)."""
    order = np.lexsort((track.onset, track.pitch))
    same = np.diff(track.pitch[order]) == 0
    soon = np.diff(track.onset[order]) <= SOON + 1 / STEPS
    return order[:-1][same & soon], order[1:][same & soon]
