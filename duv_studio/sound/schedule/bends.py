"""Pitch bends of a channel in semitones: what the wheel says, times the range that RPN 0 chose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.events import IntArray
from duv_studio.sound.schedule.messages import BEND, BEND_CENTRE, NO_PARAMETER, RPN, RPN_FINE, Messages

FloatArray = NDArray[np.float64]

USUAL_RANGE, MEMBER_RANGE = 2.0, 48.0  # semitones: of General MIDI; of the member channels of an MPE zone
_DATA, _DATA_FINE, _UP, _DOWN, _NRPN_FINE, _NRPN = 6, 38, 96, 97, 98, 99
_PARAMETER = (_DATA, _DATA_FINE, _UP, _DOWN, _NRPN_FINE, _NRPN, RPN_FINE, RPN)
_WIDEST = 96.0  # semitones


def bends(messages: Messages, usual: float = USUAL_RANGE) -> tuple[IntArray, FloatArray]:
    """Ticks (k,) at which the bend changes and semitones (k,) from there on."""
    own = messages.only(BEND, *_PARAMETER)
    if not (own.number == BEND).any():
        return np.zeros(0, np.int64), np.zeros(0)
    width = _ranges(own, usual)
    is_bend = own.number == BEND
    # The wheel as it stands at each message, at first in the centre.
    last = np.maximum.accumulate(np.where(is_bend, np.arange(len(own)), -1))
    wheel = np.where(last >= 0, own.value[last], BEND_CENTRE)
    semitones = (wheel - BEND_CENTRE) / BEND_CENTRE * width
    changes = is_bend | (np.diff(width, prepend=usual) != 0)
    return own.tick[changes], semitones[changes]


def _ranges(messages: Messages, usual: float) -> FloatArray:
    """The range in semitones in force after each message, (k,)."""
    changes = [(0, usual)]
    at = np.flatnonzero(messages.number != BEND)
    parameter, semitones, cents = [NO_PARAMETER, NO_PARAMETER], usual, 0.0
    for place, number, value in zip(
        at.tolist(), messages.number[at].tolist(), messages.value[at].tolist(), strict=True
    ):
        if number in (RPN, RPN_FINE):
            parameter[number == RPN_FINE] = value
        elif number in (_NRPN, _NRPN_FINE):
            parameter = [NO_PARAMETER, NO_PARAMETER]
        elif parameter == [0, 0]:
            semitones, cents = _entered(number, value, semitones, cents)
            changes.append((place, min(semitones + cents / 100, _WIDEST)))
    places, widths = np.array([place for place, _ in changes]), np.array([width for _, width in changes])
    return np.asarray(widths[np.searchsorted(places, np.arange(len(messages)), side="right") - 1])


def _entered(number: int, value: int, semitones: float, cents: float) -> tuple[float, float]:
    """Semitones and cents after a data entry; a coarse one leaves no cents, as most write only that."""
    if number == _DATA:
        return float(value), 0.0
    if number == _DATA_FINE:
        return float(int(semitones)), float(min(value, 100))
    return max(0.0, semitones + (1 if number == _UP else -1)), cents
