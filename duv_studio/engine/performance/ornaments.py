"""Velocities of ornaments: graces softer than their main notes; tremolos, trills and rolls as one smooth wave."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from duv_studio.engine.midi.song import FloatArray, IntArray
from duv_studio.engine.music.chords import first_of_chords
from duv_studio.engine.performance.note_sequences import means_of, runs, strikes_again

LONGEST_GRACE_S = 0.075  # from a grace note to its main note
APART = 2.5  # times as long as the grace: how far both are from the notes around them
NEIGHBOUR = 4  # semitones between a grace note and its main note
WIDEST, RELEASED = 12, 1.25  # semitones, where the grace sounds no longer than so many times the step to its main note
GRACE_SHARE = 0.8  # of its main note's velocity, at most; of a flam, less
FLAM_SHARE = 0.65
SLOWEST_STROKE_S = 0.11  # from stroke to stroke of a tremolo, trill or roll
FEWEST_STROKES = 6
WAVE_STROKES = 4  # on either side of a stroke that its wave is the mean of
KEPT_OF_STROKE = 0.15  # of what a stroke differs from the wave by
SLOWEST_REPEATED_S, KEPT_OF_REPEATED = 0.14, 0.4  # of a melodic instrument's measured tremolo
MOST_DRAGGED = 3  # strokes of a drag or ruff before its main stroke
GRACE_SHADE = 0.25  # of how much softer than its track's level it was drawn, in a grace


def grace_pairs(
    seconds: FloatArray, pitch: IntArray, drums: bool, ends: FloatArray | None = None
) -> tuple[IntArray, IntArray]:
    """Indices of grace notes (k,) and of their main notes (k,), for notes (n,) at ascending `seconds`.

    A grace is a single stroke right before one on the same drum, or before a neighbouring pitch of a melody, and part
    of no run: what lies around the two is further away. Further pitches, up to an octave, count where the grace `ends`
    (n,), in seconds, with the main note's onset. A drum's main stroke may have up to MOST_DRAGGED graces.
    """
    if not drums:
        until = np.full(len(pitch), np.inf) if ends is None else ends
        return _graces_of_stream(seconds, pitch, until, np.arange(len(pitch)), 1)
    until = np.full(len(pitch), np.inf)
    at = [np.flatnonzero(pitch == drum) for drum in np.unique(pitch)]
    streams = [_graces_of_stream(seconds, pitch, until, own, n) for own in at for n in range(1, MOST_DRAGGED + 1)]
    graces, mains = (np.concatenate(column) for column in zip(*streams, strict=True))
    return graces, mains


def _graces_of_stream(
    seconds: FloatArray, pitch: IntArray, ends: FloatArray, at: IntArray, count: int
) -> tuple[IntArray, IntArray]:
    """Those of main notes that have so many graces each."""
    if len(at) <= count:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    step, onset = np.diff(seconds[at]), seconds[at]
    leap = np.abs(np.diff(pitch[at]))
    released = ends[at[:-1]] - onset[:-1] <= RELEASED * step
    short = (step > 0) & (step <= LONGEST_GRACE_S) & ((leap <= NEIGHBOUR) | (released & (leap <= WIDEST)))
    steps = sliding_window_view(step, count)
    before, after = np.insert(step[:-count], 0, np.inf), np.append(step[count:], np.inf)
    apart = np.minimum(before, after) >= APART * steps.max(axis=1)
    main = count + np.flatnonzero(sliding_window_view(short, count).all(axis=1) & apart)
    graces = (main[:, None] - np.arange(count, 0, -1)).reshape(-1)
    return at[graces], at[np.repeat(main, count)]


def soften_graces(
    drawn: FloatArray, written: FloatArray, pairs: tuple[IntArray, IntArray], drums: bool, level: float
) -> FloatArray:
    """Velocities (n,) with graces softer than their mains, unless the file already says which of the two is louder."""
    graces, mains = (index[written[pairs[0]] == written[pairs[1]]] for index in pairs)
    share = FLAM_SHARE if drums else GRACE_SHARE
    softened = drawn.copy()
    own_shade = GRACE_SHADE * np.minimum(drawn[graces] - level, 0)
    softened[graces] = np.minimum(drawn[graces], share * drawn[mains] + own_shade)
    return softened


def smooth_strokes(seconds: FloatArray, pitch: IntArray, chord: IntArray, drawn: FloatArray, drums: bool) -> FloatArray:
    """Velocities (n,) with the strokes of every tremolo, trill and roll drawn near to their wave.

    Strokes are fast repetitions of a note or `chord` (n,), numbered as in `chord_ids`, or of two in turn; on a kit, of
    each drum by itself.
    """
    smooth = drawn.copy()
    if not drums:
        _smooth_stream(smooth, seconds, pitch, chord, np.arange(len(pitch)), SLOWEST_REPEATED_S)
        return smooth
    for drum in np.unique(pitch):
        at = np.flatnonzero(pitch == drum)
        _smooth_stream(smooth, seconds, pitch, np.arange(len(at)), at, SLOWEST_STROKE_S)
    return smooth


def _smooth_stream(
    smooth: FloatArray, seconds: FloatArray, pitch: IntArray, chord: IntArray, at: IntArray, slowest: float
) -> None:
    """Smooth, in place, the strokes among the notes `at` (k,), which strike chords (k,)."""
    first = first_of_chords(chord)
    fast = _is_stroke(seconds[at[first]], pitch[at], first, slowest)
    stops = np.append(first, len(at))
    for start, stop in runs(fast, FEWEST_STROKES):
        notes = at[stops[start] : stops[stop]]
        stroke = np.repeat(np.arange(stop - start), np.diff(stops[start : stop + 1]))
        mean = np.bincount(stroke, smooth[notes]) / np.bincount(stroke)
        kept = _kept_of_stroke(float(np.median(np.diff(seconds[at[first[start:stop]]]))))
        wave = _moving_mean(mean)
        beside = _smooth_voices(pitch[notes], smooth[notes] - mean[stroke], kept)
        smooth[notes] = (wave + kept * (mean - wave))[stroke] + beside


def _smooth_voices(pitch: IntArray, beside: FloatArray, kept: float) -> FloatArray:
    """How far the notes (n,) of strokes lie beside the mean of their chord, of every pitch drawn near to its wave."""
    smooth = beside.copy()
    for voice in np.unique(pitch) if beside.any() else ():
        own = pitch == voice
        wave = _moving_mean(beside[own])
        smooth[own] = wave + kept * (beside[own] - wave)
    return smooth


def _kept_of_stroke(step_s: float) -> float:
    """The share of what strokes so many seconds apart differ from their wave by that stays: of slow ones, more."""
    slow = (step_s - SLOWEST_STROKE_S) / (SLOWEST_REPEATED_S - SLOWEST_STROKE_S)
    return KEPT_OF_STROKE + (KEPT_OF_REPEATED - KEPT_OF_STROKE) * float(np.clip(slow, 0.0, 1.0))


def _is_stroke(seconds: FloatArray, pitch: IntArray, first: IntArray, slowest: float) -> NDArray[np.bool_]:
    """Which steps (c - 1,) lead from a stroke to the next one of the same tremolo or trill.

    Strokes are chords (c,) at ascending `seconds`, with the pitches (n,) from `first` (c,) on.
    """
    step, same = np.diff(seconds), strikes_again(pitch, first, 1)
    in_turn = np.zeros(len(step), bool)
    turns = strikes_again(pitch, first, 2)
    in_turn[1:] |= turns
    in_turn[:-1] |= turns
    # What is slower is a trill no longer, but still one note repeated.
    return np.asarray((step > 0) & (((step <= slowest) & same) | ((step <= SLOWEST_STROKE_S) & in_turn)))


def _moving_mean(values: FloatArray) -> FloatArray:
    """The mean (n,) of the values around each, of fewer at the ends."""
    place = np.arange(len(values))
    low, high = np.maximum(place - WAVE_STROKES, 0), np.minimum(place + WAVE_STROKES + 1, len(values))
    return means_of(values, low, high)
