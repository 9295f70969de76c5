"""Where in its sample a voice reads over time: at a steady step, or moved by LFOs, envelope, bend and wheel."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound import RATE
from duv_studio.sound.synth.control import CONTROL, times
from duv_studio.sound.synth.patch import Patch
from duv_studio.sound.synth.tone import NO_CURVE, Curve, Tone

Places = NDArray[np.float64]

_MOST_OCTAVES = 5.0  # that LFOs, envelope and bend move the pitch


@dataclass(frozen=True, eq=False)
class Motion:
    """Places read, in frames of the sample since its start. Of a steady one `bases` is None; equal keys read alike."""

    step: float
    bases: Places | None
    key: Hashable

    @property
    def is_plain(self) -> bool:
        """Whether the sample is heard as it is."""
        return self.bases is None and self.step == 1.0

    def at(self, first: int, stop: int) -> Places:
        """The places for control blocks `first` to `stop`, one for every frame."""
        if self.bases is None:
            return np.asarray(np.arange(first * CONTROL, stop * CONTROL) * self.step, np.float64)
        last = len(self.bases) - 1
        bases = self.bases[np.minimum(np.arange(first, stop + 1), last)]
        steps = np.diff(bases) / CONTROL
        return np.asarray(bases[:-1, None] + np.arange(CONTROL) * steps[:, None]).reshape(-1)

    def place(self, frame: float) -> float:
        """The place for one frame."""
        if self.bases is None:
            return frame * self.step
        return float(np.interp(frame / CONTROL, np.arange(len(self.bases)), self.bases))


def motion(patch: Patch, tone: Tone, frames: int, places: float) -> Motion:
    """How a patch is read for a note that sounds for `frames` at most, and not beyond so many places of its sample."""
    pitch = patch.pitch
    wheel = tone.wheel if pitch.wheel_to_mod_lfo or pitch.wheel_to_vib_lfo else NO_CURVE
    if not (pitch.mod_lfo or pitch.vib_lfo or pitch.mod_envelope or _largest(tone.bend) or _largest(wheel)):
        return Motion(pitch.step, None, pitch.step)
    deepest = abs(pitch.mod_lfo) + abs(pitch.vib_lfo) + abs(pitch.mod_envelope) + 100 * _largest(tone.bend)
    deepest += (abs(pitch.wheel_to_mod_lfo) + abs(pitch.wheel_to_vib_lfo)) * _largest(wheel)
    slowest = pitch.step * 2.0 ** -min(deepest / 1_200, _MOST_OCTAVES)
    moments = times(0, int(min(frames, places / slowest)) // CONTROL + 2)
    cents = _cents(patch, tone, moments)
    steps = pitch.step * 2.0 ** np.clip(cents / 1_200, -_MOST_OCTAVES, _MOST_OCTAVES)
    bases = np.concatenate(([0.0], np.cumsum(steps[:-1] * CONTROL)))
    return Motion(pitch.step, bases, object())


def _cents(patch: Patch, tone: Tone, moments: Places) -> Places:
    pitch = patch.pitch
    cents = 100.0 * values(tone.bend, moments)
    wheel = values(tone.wheel, moments)
    if pitch.vib_lfo or pitch.wheel_to_vib_lfo:
        cents += patch.vib_lfo.at(moments) * (pitch.vib_lfo + pitch.wheel_to_vib_lfo * wheel)
    if pitch.mod_lfo or pitch.wheel_to_mod_lfo:
        cents += patch.mod_lfo.at(moments) * (pitch.mod_lfo + pitch.wheel_to_mod_lfo * wheel)
    if pitch.mod_envelope:
        cents += patch.modulation.level(moments, tone.held) * pitch.mod_envelope
    return cents


def values(curve: Curve, moments: Places) -> Places:
    """A curve's values at seconds since note-on."""
    if not curve.points:
        return np.zeros(len(moments))
    when, what = np.array(curve.points, np.float64).T
    index = np.searchsorted(when, moments, side="right") - 1
    return np.where(index >= 0, what[np.maximum(index, 0)], 0.0)


def _largest(curve: Curve) -> float:
    return max((abs(value) for _, value in curve.points), default=0.0)


def frames_of(seconds: float) -> int:
    """Seconds as frames."""
    return round(seconds * RATE)
