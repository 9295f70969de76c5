"""Voices: the sound of one note, its layers rendered piece by piece when asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound import RATE
from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.sound.synth.control import CONTROL, times
from duv_studio.sound.synth.low_pass import Cents, LowPass
from duv_studio.sound.synth.motion import Motion, frames_of, motion
from duv_studio.sound.synth.patch import Patch
from duv_studio.sound.synth.source import Span, span
from duv_studio.sound.synth.tone import Tone
from duv_studio.sound.synth.waves import Reading, Waves

_INAUDIBLE = 80.0  # dB below full scale, where a voice ends
_FAINT = 0.03  # of its strongest moment
_FULL_SCALE = 1 / 32_768


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

        The same frames come out in whatever pieces they are asked for, those in order quickly. DuvError as `frames`.
        """
        heard = np.zeros(max(stop - start, 0), np.float32)
        begin, end = max(start, 0), min(stop, self.frames)
        if begin < end:
            heard[begin - start : end - start] = self._filter.read(begin, end)
        return heard

    @cached_property
    def _span(self) -> Span:
        return span(self._patch, self._soundfont.length(self._patch.sample))

    @cached_property
    def _motion(self) -> Motion:
        audible = _INAUDIBLE - self._patch.attenuation
        frames = frames_of(self._patch.volume.end(self._tone.held, audible))
        places = math.inf if self._span.loop is not None else self._span.stop - self._span.start
        return motion(self._patch, self._tone, frames, places)

    @cached_property
    def _let_go(self) -> int | None:
        if self._span.loop is None or self._span.loops_on:
            return None
        return self._span.start + math.floor(self._motion.place(self._tone.held * RATE))

    @cached_property
    def _reading(self) -> Reading:
        sample = self._patch.sample
        soundfont = self._soundfont
        return Reading(
            sample.index, lambda needed: soundfont.frames(sample, needed), self._span, self._motion, self._let_go
        )

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

    @cached_property
    def _levels(self) -> NDArray[np.float32]:
        """The level at all control points."""
        moments = times(0, -(-self.frames // CONTROL) + 1)
        patch = self._patch
        level = patch.volume.amplitude(moments, self._tone.held) * (_FULL_SCALE * 10 ** (-patch.attenuation / 20))
        if patch.tremolo:
            level *= 10 ** (patch.mod_lfo.at(moments) * (patch.tremolo / 20))
        level[0] = 0.0  # even what starts at once rises over one block, lest it clicks
        return level.astype(np.float32)

    @cached_property
    def _filter(self) -> LowPass:
        reading, waves = self._reading, self._waves
        resonance = self._patch.filter.resonance
        return LowPass(lambda start, stop: waves.read(reading, start, stop), self._levels, self._cutoffs(), resonance)

    def _cutoffs(self) -> Cents:
        """The cutoff at all control points, or one for all."""
        patch, curve = self._patch, self._patch.filter
        if not (curve.mod_lfo or curve.mod_envelope):
            return np.array([float(curve.cutoff)])
        moments = times(0, -(-self.frames // CONTROL) + 1)
        cents: Cents = np.full(len(moments), float(curve.cutoff))
        if curve.mod_lfo:
            cents += patch.mod_lfo.at(moments) * curve.mod_lfo
        if curve.mod_envelope:
            cents += patch.modulation.level(moments, self._tone.held) * curve.mod_envelope
        return self._stopped(cents)

    def _stopped(self, cents: Cents) -> Cents:
        """The cutoff stays where it is once the voice has become so faint that nobody hears it move."""
        clear = np.flatnonzero(self._levels >= self._levels.max() * _FAINT)
        cents[clear[-1] + 1 :] = cents[clear[-1]]
        return cents
