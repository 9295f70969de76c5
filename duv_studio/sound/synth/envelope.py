"""Envelopes: delay, attack, hold, decay, sustain and release, for the volume and for modulation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]

SILENCE = 96.0  # dB from an envelope's peak to its end, as FluidSynth has it (section 8.1.2 says 100)
_SOON = 1e-4  # s, instead of no time at all


@dataclass(frozen=True)
class Envelope:
    """Times in seconds; `decay` and `release` are those from the peak to the end. `sustain` is a level 0..1."""

    delay: float
    attack: float
    hold: float
    decay: float
    sustain: float
    release: float

    def amplitude(self, times: Times, held: float) -> Times:
        """As volume: 0..1 at seconds since note-on. Rises in a straight line, falls in dB; released after `held` s."""
        peak = self.delay + self.attack + self.hold
        bottom = (1.0 - self.sustain) * SILENCE
        fallen = [0.0, bottom]
        corners = [peak, peak + max((1.0 - self.sustain) * self.decay, _SOON)]
        let_go = float(np.interp(held, corners, fallen))
        corners = [corner for corner in corners if corner < held]
        fallen = fallen[: len(corners)]
        decibels = np.interp(times, [*corners, held, held + self.release], [*fallen, let_go, let_go + SILENCE])
        amplitude = np.exp(decibels * (-math.log(10) / 20))
        rising = int(np.searchsorted(times, self.delay + self.attack, side="right"))
        amplitude[:rising] *= self._rise(np.minimum(times[:rising], held))
        if held < self.delay + self.attack:
            amplitude[rising:] *= self._rise(np.array([held]))
        return amplitude

    def _rise(self, times: Times) -> Times:
        return np.clip((times - self.delay) / max(self.attack, _SOON), 0.0, 1.0)

    def level(self, times: Times, held: float) -> Times:
        """As modulation: 0..1 at seconds since note-on. Rises in a convex curve, falls in straight lines."""
        until = np.minimum(times, held)
        rising = np.clip((until - self.delay + _SOON) / max(self.attack, _SOON), 1e-9, 1.0)
        convex = np.maximum(0.0, 1.0 + 40.0 / 96.0 * np.log10(rising))
        reached = np.where(rising < 1.0, convex, 1.0 - self._fall(until))
        return np.maximum(0.0, reached - np.maximum(times - held, 0.0) / max(self.release, _SOON))

    def end(self, held: float, audible: float) -> float:
        """Seconds after note-on at which the volume has fallen `audible` dB below its peak, for good."""
        peak = self.delay + self.attack + self.hold
        in_decay = peak + audible / SILENCE * self.decay
        if (1.0 - self.sustain) * SILENCE >= audible and in_decay <= held:
            return in_decay
        rising = min(max((held - self.delay) / max(self.attack, _SOON), 0.0), 1.0)
        if rising <= 0.0:
            return held  # let go before it began
        fallen = min(max((held - peak) / max(self.decay, _SOON), 0.0), 1.0 - self.sustain) * SILENCE
        fallen -= 20 * math.log10(rising)
        return held + max(0.0, audible - fallen) / SILENCE * self.release

    def _fall(self, times: Times) -> Times:
        """How much of the way from peak to end is gone while it is held."""
        peak = self.delay + self.attack + self.hold
        return np.clip((times - peak) / max(self.decay, _SOON), 0.0, 1.0 - self.sustain)
