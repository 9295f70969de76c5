"""The low-pass filter of a voice: two poles with resonance; for cutoffs on a grid, between which voices blend."""

from __future__ import annotations

import math

import numpy as np

from duv_studio.sound import RATE
from duv_studio.sound.synth.source import Wave

LOWEST, HIGHEST = 1_500.0, 13_500.0  # absolute cents, section 8.1.2: 20 Hz and 20 kHz
_COARSE, _FINE = 300.0, 100.0  # cents of the grid
_RESONANT = 6.0  # dB from which on a coarse grid would be heard as two peaks
_HIGHEST_HZ = 0.45 * RATE
_FORGOTTEN = math.log(1e4)  # a filter has settled when it has forgotten all but this fraction
_LONGEST_RUN_UP = 8_192  # frames


def grid(resonance: float) -> float:
    """The distance of neighbouring cutoffs in cents."""
    return _COARSE if resonance < _RESONANT else _FINE


def is_open(place: int, resonance: float) -> bool:
    """Whether the filter at a place of the grid lets everything pass as it is."""
    return resonance <= 0.0 and LOWEST + place * grid(resonance) >= HIGHEST


def run_up(place: int, resonance: float) -> int:
    """Frames before the wanted ones that a filter must have seen."""
    frames = _FORGOTTEN * 2 * _quality(resonance) / _angle(place, resonance)
    return min(math.ceil(frames), _LONGEST_RUN_UP)


def low_passed(wave: Wave, place: int, resonance: float) -> Wave:
    """A wave through the filter at a place of the grid, from rest. The level falls by half of the resonance (8.1.2)."""
    from scipy.signal import lfilter

    angle, quality = _angle(place, resonance), _quality(resonance)
    cosine, alpha = math.cos(angle), math.sin(angle) / (2 * quality)
    level = 10 ** (-max(resonance, 0.0) / 40) / (1 + alpha)
    numerator = np.array([0.5, 1.0, 0.5]) * (1 - cosine) * level
    denominator = np.array([1.0, -2 * cosine / (1 + alpha), (1 - alpha) / (1 + alpha)])
    return np.asarray(lfilter(numerator, denominator, wave.astype(np.float64)), np.float32)


def _angle(place: int, resonance: float) -> float:
    cents = min(LOWEST + place * grid(resonance), HIGHEST)
    return 2 * math.pi * min(8.176 * math.pow(2.0, cents / 1_200), _HIGHEST_HZ) / RATE


def _quality(resonance: float) -> float:
    """A flat filter, 3 dB down at its cutoff, counts as no resonance."""
    return float(10 ** (resonance / 20) / math.sqrt(2))
