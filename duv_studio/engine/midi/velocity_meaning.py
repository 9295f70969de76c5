"""Where velocity means little: organs, harpsichords, and tracks that make their dynamics with a controller."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.instrument_names import is_harpsichord, is_organ
from duv_studio.engine.midi.metadata import controller_changes
from duv_studio.engine.midi.smf import MidiChunk
from duv_studio.engine.midi.song import Family, IntArray, Notes

_ORGANS, _HARPSICHORD = range(16, 21), 6  # programs
EXPRESSION, MODULATION, BREATH = 11, 1, 2
_FLAT = 8  # velocity units within which the middle 80 % of the notes lie
_FEWEST_CHANGES, _FEWEST_VALUES = 8, 6  # of a controller while notes sound
_SMALLEST_SWELL = 16  # units between the lower and the upper tenth of its values
_PIECES, _FEWEST_PIECES = 8, 3  # of the track's length that it moves in: a fade-out at the end is no playing
_MOST_AT_REST = 0.25  # share of the values of a modulation wheel that are next to 0: then it is vibrato


def velocity_note(family: Family, program: int | None, name: str, notes: Notes, chunk: MidiChunk, channel: int) -> str:
    """Return why velocity means little for the notes of a track, "" where it tells how loud they are."""
    if family in (Family.DRUMS, Family.PERCUSSION):
        return ""
    if program in _ORGANS or (not program and family is Family.OTHER and is_organ(name)):
        return "an organ sounds the same at every velocity"
    if program == _HARPSICHORD or (not program and is_harpsichord(name)):
        return "a harpsichord sounds the same at every velocity"
    number = _dynamics_controller(notes, chunk, channel)
    return "" if number is None else f"its dynamics are in CC{number}"


def _dynamics_controller(notes: Notes, chunk: MidiChunk, channel: int) -> int | None:
    """The controller that swells while notes of equal velocity sound, None where none does."""
    changes = {n: controller_changes(chunk, channel, n) for n in (EXPRESSION, MODULATION, BREATH)}
    if all(len(tick) < _FEWEST_CHANGES for tick, _ in changes.values()):
        return None
    low, high = np.quantile(notes.velocity, (0.1, 0.9)) if len(notes) else (0, 127)
    if high - low > _FLAT:
        return None
    for number, (tick, value) in changes.items():
        sounding = _sounds(notes, tick)
        if _swells(notes, tick[sounding], value[sounding], may_rest=number != MODULATION):
            return number
    return None


def _sounds(notes: Notes, tick: IntArray) -> NDArray[np.bool_]:
    """(k,) whether a note has begun and has not ended at each tick."""
    begun = np.searchsorted(np.sort(notes.onset), tick, side="left")
    ended = np.searchsorted(np.sort(notes.end), tick, side="right")
    return np.asarray(begun > ended)


def _swells(notes: Notes, tick: IntArray, value: IntArray, may_rest: bool) -> bool:
    """Whether values of a controller (k,) rise and fall again and again."""
    if len(value) < _FEWEST_CHANGES or len(np.unique(value)) < _FEWEST_VALUES:
        return False
    low, high = np.quantile(value, (0.1, 0.9))
    first, last = int(notes.onset.min()), int(notes.end.max())
    piece = (tick - first) * _PIECES // max(last - first + 1, 1)
    rests = float(np.mean(value <= 5)) >= _MOST_AT_REST and not may_rest
    return high - low >= _SMALLEST_SWELL and len(np.unique(piece)) >= _FEWEST_PIECES and not rests
