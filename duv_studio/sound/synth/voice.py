"""Voices: the sound of one note, its layers rendered piece by piece when asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound import RATE
from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.sound.synth import low_pass
from duv_studio.sound.synth.control import CONTROL, lines, times
from duv_studio.sound.synth.motion import Motion, frames_of, motion
from duv_studio.sound.synth.patch import Patch
from duv_studio.sound.synth.source import Span, Wave, span
from duv_studio.sound.synth.tone import Tone
from duv_studio.sound.synth.waves import Reading, Waves

_INAUDIBLE = 90.0  # dB below full scale, where a voice ends


@dataclass(frozen=True)
class Voice:
    """The sound of one note: layers that are heard together, each mono."""

    layers: tuple[Layer, ...]

    @property
    def frames(self) -> int:
        """How long it sounds, until all of it has died away."""
        return max((layer.frames for layer in self.layers), default=0)


class Layer:
    """One sample of a voice. `pan` is −0.5 (left) to 0.5, `reverb` the part 0..1 that is sent there."""

    def __init__(self, soundfont: SoundFont, waves: Waves, patch: Patch, tone: Tone) -> None:
        self.pan = patch.pan
        self.reverb = patch.reverb
        self._soundfont = soundfont
        self._waves = waves
        self._patch = patch
        self._tone = tone

    @cached_property
    def frames(self) -> int:
        """How long it sounds, frames. DuvError where the SoundFont cannot be read any more."""
        audible = _INAUDIBLE - self._patch.attenuation
        if audible <= 0.0 or self._span.start >= self._span.stop:
            return 0
        ends = frames_of(self._patch.volume.end(self._tone.held, audible)) + 1
        return ends if self._span.loop is not None and self._span.loops_on else min(ends, self._sample_end(ends))

    def samples(self, start: int, stop: int) -> NDArray[np.float32]:
        """Frames `start` to `stop` since note-on, full scale 1, float32; silence before and after it sounds.

        The same frames come out in whatever pieces they are asked for. DuvError as `frames`.
        """
        heard = np.zeros(max(stop - start, 0), np.float32)
        begin, end = max(start, 0), min(stop, self.frames)
        if begin < end:
            first, last = begin // CONTROL, -(-end // CONTROL)
            wave = self._filtered(first, last) * lines(self._amplitudes(first, last))
            heard[begin - start : end - start] = wave[begin - first * CONTROL : end - first * CONTROL]
        return heard

    @cached_property
    def _span(self) -> Span:
        return span(self._patch, self._soundfont.length(self._patch.sample))

    @cached_property
    def _motion(self) -> Motion:
        audible = _INAUDIBLE - self._patch.attenuation
        return motion(self._patch, self._tone, frames_of(self._patch.volume.end(self._tone.held, audible)))

    @cached_property
    def _let_go(self) -> int | None:
        if self._span.loop is None or self._span.loops_on:
            return None
        return self._span.start + math.floor(self._motion.place(self._tone.held * RATE))

    @cached_property
    def _reading(self) -> Reading:
        sample = self._patch.sample
        return Reading(sample.index, lambda: self._soundfont.frames(sample), self._span, self._motion, self._let_go)

    def _sample_end(self, most: int) -> int:
        """Frames until the sample is over, at most `most`; with a loop that is left, from the release on."""
        if self._span.loop is None:
            from_start, left = self._span.stop - self._span.start, 0
        else:
            left = frames_of(self._tone.held)
            from_start = (self._let_go or 0) - self._span.start + self._span.stop - self._span.loop[0]
        if self._motion.bases is None:
            return math.ceil(from_start / self._motion.step)
        return max(left, int(np.searchsorted(self._motion.bases, from_start)) * CONTROL)

    def _amplitudes(self, first: int, stop: int) -> NDArray[np.float64]:
        """The level at the control points `first` to `stop`, both included."""
        moments = times(first, stop + 1)
        patch = self._patch
        level = patch.volume.amplitude(moments, self._tone.held) * 10 ** (-patch.attenuation / 20)
        if patch.tremolo:
            level *= 10 ** (patch.mod_lfo.at(moments) * (patch.tremolo / 20))
        if first == 0:
            level[0] = 0.0  # even what starts at once rises over one block, lest it clicks
        return np.asarray(level, np.float64)

    def _filtered(self, first: int, stop: int) -> Wave:
        resonance = self._patch.filter.resonance
        moving = self._patch.filter.mod_lfo or self._patch.filter.mod_envelope
        moments = times(first, stop + 1) if moving else np.zeros(2)
        places = (self._cutoffs(moments) - low_pass.LOWEST) / low_pass.grid(resonance)
        return self._blend(places, first, stop) if moving else self._still(float(places[0]), first, stop)

    def _cutoffs(self, moments: NDArray[np.float64]) -> NDArray[np.float64]:
        patch = self._patch
        cents: NDArray[np.float64] = np.full(len(moments), patch.filter.cutoff)
        if patch.filter.mod_lfo:
            cents += patch.mod_lfo.at(moments) * patch.filter.mod_lfo
        if patch.filter.mod_envelope:
            cents += patch.modulation.level(moments, self._tone.held) * patch.filter.mod_envelope
        return np.asarray(np.clip(cents, low_pass.LOWEST, low_pass.HIGHEST), np.float64)

    def _still(self, place: float, first: int, stop: int) -> Wave:
        """Through a filter that stays: between two places of the grid a blend of both."""
        resonance = self._patch.filter.resonance
        lower = math.floor(place)
        share = np.float32(place - lower)
        wave = self._waves.filtered(self._reading, lower, resonance, first, stop)
        if share == 0:
            return wave
        return wave * (1 - share) + self._waves.filtered(self._reading, lower + 1, resonance, first, stop) * share

    def _blend(self, places: NDArray[np.float64], first: int, stop: int) -> Wave:
        """Through a filter that moves over the places at all control points."""
        resonance = self._patch.filter.resonance
        blended = np.zeros((stop - first) * CONTROL, np.float32)
        for place in np.unique(np.concatenate((np.floor(places), np.ceil(places)))).astype(int).tolist():
            shares = np.maximum(0.0, 1.0 - np.abs(places - place))
            (heard,) = np.nonzero(shares)
            if not len(heard):
                continue
            begin, end = max(int(heard[0]) - 1, 0), min(int(heard[-1]) + 1, stop - first)
            wave = self._waves.filtered(self._reading, place, resonance, first + begin, first + end)
            blended[begin * CONTROL : end * CONTROL] += wave * lines(shares[begin : end + 1])
        return blended
