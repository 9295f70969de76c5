"""What a string player's notes are: down or up bow, slurred into the next."""

from __future__ import annotations

import numpy as np

from duv_studio.engine.features import NoteTable
from duv_studio.engine.midi.song import FloatArray
from duv_studio.engine.music.chords import CHORD_GAP, chord_ids

REST = 2.0  # beats between two onsets, after which the bow is set anew
PICK_UP = 1.0  # beats before a bar line: what begins there begins with an up bow
REACHES = 0.95  # share of the way to the next onset that a legato note is held


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
