"""Onsets and bars of a manifest line: as it gives them, else worked out from positions and inter-onset intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from duv_studio.engine.midi.song import FloatArray, IntArray
from duv_studio.training.data.manifest.arrays import Line, exact

COMMON = 4.0  # quarters: the bar of a line that does not tell its own
_LONGEST_BAR = 64.0
_SAME = 1e-3  # beats


@dataclass(frozen=True)
class Bars:
    """Where n notes stand in their bars."""

    bar: IntArray  # (n,)
    beat: FloatArray  # (n,) quarters since the bar line
    length: FloatArray  # (n,) quarters


def onsets_of(line: Line) -> FloatArray:
    """Onsets (n,) in beats: `onset_beats`, else what `prev_ioi` sums to from `beat_pos` of the first note."""
    if line.has("onset_beats"):
        onset = exact(line.numbers("onset_beats"))
        if (np.diff(onset) < 0).any():
            line.wrong("onset_beats", "should never fall: notes are sorted by onset")
        return onset
    first = line.numbers("beat_pos", 0.0)[0] if line.has("beat_pos") else 0.0
    step = line.numbers("prev_ioi", 0.0)
    return exact(first + np.cumsum(step) - step[0])


def bars_of(line: Line, onset: FloatArray) -> Bars:
    """The bars that the line tells of, else those that its positions and downbeats fit into."""
    if not line.has("beat_pos"):
        return regular(onset, COMMON, 0.0)
    beat = exact(line.numbers("beat_pos", 0.0, _LONGEST_BAR))
    if line.has("bar") and line.has("bar_length"):
        bar = line.whole("bar", 0)
        if (np.diff(bar) < 0).any():
            line.wrong("bar", "should never fall: notes are sorted by onset")
        return Bars(bar, beat, exact(line.numbers("bar_length", 1 / 64, _LONGEST_BAR)))
    return _from_lines(line, onset, beat)


def regular(onset: FloatArray, length: float, first: float) -> Bars:
    """Bars of one length, one of which begins at `first`."""
    bar = np.floor((onset - first + _SAME) / length).astype(np.int64)
    beat = np.maximum(onset - first - bar * length, 0.0)
    return Bars(bar - min(int(bar[0]), 0), beat, np.full(len(onset), length))


def _from_lines(line: Line, onset: FloatArray, beat: FloatArray) -> Bars:
    """Bars from the bar lines that positions imply; a line that wraps every beat counts beats, and gets 4/4."""
    bar_line = onset - beat
    step = np.diff(bar_line)
    if (step < -_SAME).any():
        line.wrong("beat_pos", f"does not fit prev_ioi at note {int(np.argmax(step < -_SAME)) + 2}")
    steps = step[step > _SAME]
    length = float(exact(steps.min(keepdims=True))[0]) if len(steps) else max(COMMON, float(np.floor(beat.max())) + 1)
    if length <= 1.0 and beat.max() < 1.0:
        down = line.numbers("is_downbeat") if line.has("is_downbeat") else np.zeros(len(onset))
        return regular(onset, COMMON, float(onset[np.argmax(down)]) if down.any() else 0.0)
    length = max(length, float(np.ceil(beat.max() + _SAME))) if beat.max() > length else length
    number = np.round((bar_line - bar_line[0]) / length).astype(np.int64)
    return Bars(number, beat, np.full(len(onset), length))
