"""The synthesizer: from a note of a program to its voice."""

from __future__ import annotations

from functools import lru_cache

from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.sound.soundfont.generators import Gen
from duv_studio.sound.soundfont.preset import Preset
from duv_studio.sound.synth.patch import Patch, listens_to, longest_release, patch
from duv_studio.sound.synth.tone import Tone
from duv_studio.sound.synth.voice import Layer, Voice
from duv_studio.sound.synth.waves import Waves

Controllers = tuple[tuple[int, int], ...]

_MOST_PATCHES = 4_096  # notes of one program, key and velocity that are remembered
_MOST_VOICES = 512


class Synth:
    """Plays the presets of a SoundFont. Thread-safe; the same tone always gives the same voice."""

    def __init__(self, soundfont: SoundFont) -> None:
        self._soundfont = soundfont
        self._waves = Waves()
        self._patches = lru_cache(_MOST_PATCHES)(self._worked_out)
        self._voices = lru_cache(_MOST_VOICES)(self._voice)
        self._classes = lru_cache(_MOST_PATCHES)(self._exclusive_class)
        self._listens_to = lru_cache(None)(_listens_to)
        self._longest_release = lru_cache(None)(_longest_release)

    def voice(self, tone: Tone) -> Voice:
        """The voice of a note; without layers where the bank has no sound for it. Nothing is rendered yet."""
        return self._voices(tone)

    def exclusive_class(self, bank: int, program: int, key: int, velocity: int) -> int:
        """The class of a note (hi-hats share one): it silences what sounds of its class and program. 0: it has none."""
        return self._classes(bank, program, key, velocity)

    def listens_to(self, bank: int, program: int) -> frozenset[int]:
        """The controllers whose values at note-on change how a program sounds."""
        preset = self._soundfont.preset(bank, program)
        return self._listens_to(preset) if preset else frozenset()

    def longest_release(self, bank: int, program: int) -> float:
        """Seconds that no voice of a program outlasts once its note was let go."""
        preset = self._soundfont.preset(bank, program)
        return self._longest_release(preset) if preset else 0.0

    def _voice(self, tone: Tone) -> Voice:
        patches = self._patches(tone.bank, tone.program, tone.key, tone.velocity, tone.controllers)
        return Voice(tuple(Layer(self._soundfont, self._waves, patch, tone) for patch in patches))

    def _exclusive_class(self, bank: int, program: int, key: int, velocity: int) -> int:
        preset = self._soundfont.preset(bank, program)
        regions = preset.regions(key, velocity) if preset else ()
        return next((number for region in regions if (number := int(region.amount(Gen.EXCLUSIVE_CLASS)))), 0)

    def _worked_out(self, bank: int, program: int, key: int, velocity: int, controllers: Controllers) -> list[Patch]:
        preset = self._soundfont.preset(bank, program)
        values = dict(controllers)
        return [patch(region, key, velocity, values) for region in preset.regions(key, velocity)] if preset else []


def _listens_to(preset: Preset) -> frozenset[int]:
    return frozenset[int]().union(*(listens_to(region) for region in preset.all_regions))


def _longest_release(preset: Preset) -> float:
    return max((longest_release(region) for region in preset.all_regions), default=0.0)
