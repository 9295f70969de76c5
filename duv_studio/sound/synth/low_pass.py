"""The low-pass filter of a voice: two poles with resonance, whose cutoff may move in small steps."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound import RATE
from duv_studio.sound.soundfont.samples import Frames
from duv_studio.sound.synth.control import CONTROL

Cents = NDArray[np.float64]
Filtered = NDArray[np.float64]

LOWEST, HIGHEST = 1_500.0, 13_500.0  # absolute cents, section 8.1.2: 20 Hz and 20 kHz
_HIGHEST_HZ = 0.45 * RATE
_FINEST, _COARSEST = 25.0, 300.0  # cents of one step of a moving cutoff
_STEPS_A_SECOND = 25  # each costs as much as 1,500 frames
_FORGOTTEN = math.log(1e5)  # a filter has settled when it has forgotten all but this fraction
_LONGEST_RUN_UP = 8_192  # frames
_STRETCH = 65_536  # frames after which the filter begins anew, so that nobody who starts late goes far back


class LowPass:
    """A voice's wave through its filter. The same frames come out in whatever pieces, those in order quickly."""

    def __init__(self, read: Callable[[int, int], Frames], cutoffs: Cents, resonance: float) -> None:
        """`read` gives the wave from one frame to another; `cutoffs` are those at all control points, or one."""
        stepped = np.clip(_stepped(cutoffs), LOWEST, HIGHEST)
        changes = np.flatnonzero(np.diff(stepped)) + 1
        self._read = read
        self._resonance = resonance
        self._starts = [0, *(changes * CONTROL).tolist()]
        self._cutoffs = [float(stepped[0]), *stepped[changes].tolist()]
        self._is_open = resonance <= 0.0 and min(self._cutoffs) >= HIGHEST
        self._run_up = _run_up(min(self._cutoffs), resonance)
        self._left: tuple[int, Any] = (-1, None)  # where the last piece ended, and the filter's state there

    def read(self, start: int, stop: int) -> Filtered | Frames:
        """Frames `start` to `stop` of the voice."""
        if self._is_open:
            return self._read(start, stop)
        pieces = []
        while start < stop:
            end = min(stop, (start // _STRETCH + 1) * _STRETCH)
            pieces.append(self._piece(start, end))
            start = end
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def _piece(self, start: int, stop: int) -> Filtered:
        """A piece within one stretch: it goes on from the last one, or from before the stretch's beginning."""
        begin = start // _STRETCH * _STRETCH
        left, state = self._left
        if left != start or start == begin:
            state = np.zeros(2)
            if (run_up := max(begin - self._run_up, 0)) < start:
                _, state = self._filtered(run_up, start, state)
        wave, state = self._filtered(start, stop, state)
        self._left = stop, state
        return wave

    def _filtered(self, start: int, stop: int, state: Any) -> tuple[Filtered, Any]:
        from scipy.signal import lfilter

        wave = self._read(start, stop).astype(np.float64)
        at = start
        for run in range(bisect_right(self._starts, start) - 1, len(self._starts)):
            end = min(stop, self._starts[run + 1] if run + 1 < len(self._starts) else stop)
            numerator, denominator = _coefficients(self._cutoffs[run], self._resonance)
            part = slice(at - start, end - start)
            wave[part], state = lfilter(numerator, denominator, wave[part], zi=state)
            at = end
            if at >= stop:
                break
        return wave, state


def _stepped(cutoffs: Cents) -> Cents:
    """Cutoffs rounded to steps, seen from the highest; the faster they move, the larger the steps."""
    if len(cutoffs) == 1:
        return cutoffs
    way = float(np.abs(np.diff(cutoffs)).sum())
    step = way * RATE / CONTROL / len(cutoffs) / _STEPS_A_SECOND
    step = min(max(step, _FINEST), _COARSEST)
    highest = float(cutoffs.max())
    return highest - np.round((highest - cutoffs) / step) * step


@lru_cache(4_096)
def _coefficients(cents: float, resonance: float) -> tuple[Filtered, Filtered]:
    """Numerator and denominator. The level falls by half of the resonance (section 8.1.2)."""
    angle, quality = _angle(cents), _quality(resonance)
    cosine, alpha = math.cos(angle), math.sin(angle) / (2 * quality)
    level = 10 ** (-max(resonance, 0.0) / 40) / (1 + alpha)
    numerator = np.array([0.5, 1.0, 0.5]) * (1 - cosine) * level
    return numerator, np.array([1.0, -2 * cosine / (1 + alpha), (1 - alpha) / (1 + alpha)])


def _run_up(cents: float, resonance: float) -> int:
    """Frames before the wanted ones that the filter must have seen."""
    return min(math.ceil(_FORGOTTEN * 2 * _quality(resonance) / _angle(cents)), _LONGEST_RUN_UP)


def _angle(cents: float) -> float:
    return 2 * math.pi * min(8.176 * math.pow(2.0, cents / 1_200), _HIGHEST_HZ) / RATE


def _quality(resonance: float) -> float:
    """A flat filter, 3 dB down at its cutoff, counts as no resonance."""
    return math.pow(10, resonance / 20) / math.sqrt(2)
