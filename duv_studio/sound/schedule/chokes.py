"""Notes that are cut short: a hi-hat that closes another, and what "all sound off" silences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from duv_studio.engine.midi.events import IntArray, by_value
from duv_studio.sound.schedule.ends import NEVER

ClassOf = Callable[[int, int, int, int], int]  # bank, program, key, velocity -> exclusive class, 0 for none


def exclusive_classes(tones: IntArray, class_of: ClassOf) -> IntArray:
    """The exclusive classes (SoundFont specification 2.04, generator 57) of tones (n, 4), (n,).

    The columns are bank, program, key and velocity.
    """
    _, first, at = np.unique(one_number(tones), return_index=True, return_inverse=True)
    classes = np.array([class_of(*kind) for kind in tones[first].tolist()], np.int64)
    return np.asarray(classes[at])


def one_number(rows: IntArray) -> IntArray:
    """A number for each of the rows (n, k) of small numbers, equal for equal ones: sorted faster than rows."""
    number = np.zeros(len(rows), np.int64)
    for column in rows.T:
        number = number * (int(column.max(initial=0)) + 1) + column
    return number


def chokes(start: IntArray, group: IntArray) -> IntArray:
    """Frames (n,) at which a later note of the same group is struck, NEVER for none; notes of group 0 sound on.

    What is struck at once belongs together and does not silence each other.
    """
    choke = np.full(len(start), NEVER, np.int64)
    for kind, own in by_value(group):
        if kind:
            onsets = np.unique(start[own])
            choke[own] = np.append(onsets, NEVER)[np.searchsorted(onsets, start[own], side="right")]
    return choke


def silenced(start: IntArray, silence: IntArray) -> IntArray:
    """The first of the ascending frames `silence` (k,) behind each note's start, (n,), NEVER where there is none."""
    return np.asarray(np.append(silence, NEVER)[np.searchsorted(silence, start, side="right")])
