"""Velocities of ornaments: graces softer than their main notes; tremolos, trills and rolls as one smooth wave."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import FloatArray, IntArray

LONGEST_GRACE_S = 0.075  # from a grace note to its main note
APART = 2.5  # times as long as the grace: how far both are from the notes around them
NEIGHBOUR = 4  # semitones between a grace note and its main note
GRACE_SHARE = 0.8  # of its main note's velocity, at most; of a flam, less
FLAM_SHARE = 0.65
SLOWEST_STROKE_S = 0.11  # from stroke to stroke of a tremolo, trill or roll
FEWEST_STROKES = 6
WAVE_STROKES = 4  # on either side of a stroke that its wave is the mean of
KEPT_OF_STROKE = 0.25  # of what a stroke differs from the wave by


def grace_pairs(seconds: FloatArray, pitch: IntArray, drums: bool) -> tuple[IntArray, IntArray]:
    """Indices of grace notes (k,) and of their main notes (k,), for notes (n,) at ascending `seconds`.

    A grace is a single stroke right before one on the same drum, or before a neighbouring pitch of a melody, and part
    of no run: what lies around the two is further away.
    """
    if not drums:
        return _graces_of_stream(seconds, pitch, np.arange(len(pitch)))
    streams = [_graces_of_stream(seconds, pitch, np.flatnonzero(pitch == drum)) for drum in np.unique(pitch)]
    graces, mains = (np.concatenate(column) for column in zip(*streams, strict=True))
    return graces, mains


def _graces_of_stream(seconds: FloatArray, pitch: IntArray, at: IntArray) -> tuple[IntArray, IntArray]:
    if len(at) < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    step = np.diff(seconds[at])
    before, after = np.insert(step[:-1], 0, np.inf), np.append(step[1:], np.inf)
    near = np.abs(np.diff(pitch[at])) <= NEIGHBOUR
    short = (step > 0) & (step <= LONGEST_GRACE_S) & near
    grace = np.flatnonzero(short & (np.minimum(before, after) >= APART * step))
    return at[grace], at[grace + 1]


def soften_graces(
    drawn: FloatArray, written: FloatArray, pairs: tuple[IntArray, IntArray], drums: bool, level: float
) -> FloatArray:
    """Velocities (n,) with graces softer than their mains, unless the file already says which of the two is louder."""
    graces, mains = (index[written[pairs[0]] == written[pairs[1]]] for index in pairs)
    share = FLAM_SHARE if drums else GRACE_SHARE
    softened = drawn.copy()
    own_shade = KEPT_OF_STROKE * np.minimum(drawn[graces] - level, 0)
    softened[graces] = np.minimum(drawn[graces], share * drawn[mains] + own_shade)
    return softened


def smooth_strokes(seconds: FloatArray, pitch: IntArray, drawn: FloatArray, drums: bool) -> FloatArray:
    """Velocities (n,) with the strokes of every tremolo, trill and roll drawn near to their wave.

    Strokes are fast repetitions of a pitch or of two in turn; on a kit, of each drum by itself.
    """
    smooth = drawn.copy()
    streams = [np.flatnonzero(pitch == drum) for drum in np.unique(pitch)] if drums else [np.arange(len(pitch))]
    for at in streams:
        fast = _is_stroke(seconds[at], pitch[at])
        for start, stop in _runs(fast):
            run = at[start:stop]
            wave = _moving_mean(drawn[run])
            smooth[run] = wave + KEPT_OF_STROKE * (drawn[run] - wave)
    return smooth


def _is_stroke(seconds: FloatArray, pitch: IntArray) -> NDArray[np.bool_]:
    """Which steps (n - 1,) lead from a stroke to the next one of the same tremolo or trill."""
    step = np.diff(seconds)
    same = np.diff(pitch) == 0
    in_turn = np.zeros(len(step), bool)
    turns = pitch[2:] == pitch[:-2]
    in_turn[1:] |= turns
    in_turn[:-1] |= turns
    return np.asarray((step > 0) & (step <= SLOWEST_STROKE_S) & (same | in_turn))


def _runs(step: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and stop, as notes, of the stretches of FEWEST_STROKES or more notes that `step` (n - 1,) ties together."""
    edge = np.flatnonzero(np.diff(np.concatenate([[False], step, [False]]).astype(np.int8)))
    runs = zip(edge[::2].tolist(), edge[1::2].tolist(), strict=True)
    return [(start, stop + 1) for start, stop in runs if stop + 1 - start >= FEWEST_STROKES]


def _moving_mean(values: FloatArray) -> FloatArray:
    """The mean (n,) of the values around each, of fewer at the ends."""
    place = np.arange(len(values))
    low, high = np.maximum(place - WAVE_STROKES, 0), np.minimum(place + WAVE_STROKES + 1, len(values))
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray((total[high] - total[low]) / (high - low))
