"""SoundFonts from anywhere: refused in a sentence, or heard as finite sound that ends."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import ClassVar

import numpy as np

from duv_studio.sound import RATE
from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.sound.synth.synth import Synth
from duv_studio.sound.synth.tone import Tone
from tests.fuzz.hunt import Broken, Hunt, Mutator
from tests.fuzz.mutations.raw import RAW
from tests.sound.soundfonts import MadePreset, MadeSample, MadeZone, noise, sine, soundfont_bytes

_WORDS = (0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_LONGEST = 600 * RATE  # frames until a note has died away, whatever a file says
_HEARD = 2_000  # frames of each end
_TRIED = 4  # tones of an input


def odd_word(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """An extreme or small value in place of 2 or 4 bytes, mostly of the tables at the end of the file."""
    if len(data) < 8:
        return data
    size = dice.choice((2, 4))
    at = dice.randrange(max(0, len(data) - 2_000) if dice.random() < 0.8 else 0, len(data) - size)
    value = dice.choice((dice.choice(_WORDS), dice.randrange(256)))
    return data[:at] + struct.pack("<I", value)[:size] + data[at + size :]


class SoundFontHunt(Hunt):
    """A file is opened, its presets are named, and some of them play."""

    name = "soundfonts"
    suffixes = (".sf2", ".sf3")
    # Most bytes that are put in or left out move all tables, and nothing plays any more.
    mutators: ClassVar[Sequence[Mutator]] = (*RAW, *[odd_word] * 30)
    most_mutations: ClassVar[int] = 4

    def seeds(self, seed: int) -> list[bytes]:
        return [_small(), _small(vorbis=True), _small(vorbis=True, pad=False)]

    def pieces(self, data: bytes) -> list[bytes]:
        return [data[at : at + 64] for at in range(0, len(data), 64)]

    def check(self, data: bytes, dice: Random) -> None:
        path = Path(self.folder, "odd.sf2")
        path.write_bytes(data)
        soundfont = SoundFont.open(path)
        synth = Synth(soundfont)
        names = soundfont.presets()
        if not all(name.name.isprintable() and 0 <= name.program < 65_536 for name in names):
            raise Broken("presets can be named")
        for _ in range(_TRIED):
            named = dice.choice(names)
            self._play(synth, named.bank, named.program, dice)
        self._play(synth, 0, dice.randrange(128), dice)

    def _play(self, synth: Synth, bank: int, program: int, dice: Random) -> None:
        key, velocity = dice.choice((0, 36, 42, 60, 61, 127)), dice.choice((1, 64, 127))
        synth.exclusive_class(bank, program, key, velocity)
        synth.listens_to(bank, program)
        voice = synth.voice(Tone(bank, program, key, velocity, dice.choice((0.0, 0.01, 1.0, 30.0))))
        if not 0 <= voice.frames <= _LONGEST:
            raise Broken(f"a note ends: {voice.frames} frames")
        for layer in voice.layers:
            if not (np.isfinite([layer.pan, layer.reverb]).all() and 0 <= layer.frames <= voice.frames):
                raise Broken("a layer is within its voice, at a place in the room")
            for start in (0, max(0, layer.frames - _HEARD)):
                if not np.isfinite(layer.samples(start, start + _HEARD)).all():
                    raise Broken("sound is finite")


def _small(*, vorbis: bool = False, pad: bool = True) -> bytes:
    """Two programs and a kit, with something of everything: layers, loops, envelopes, filters, LFOs, modulators."""
    samples = [
        MadeSample(sine(400), (100, 300), name="wave"),
        MadeSample(noise(1_200), name="hiss", root=60, rate=22_050, correction=-7),
    ]
    wheel_to_cutoff = (0x0081, 8, -2400, 0, 0)
    full = {8: 9_000, 9: 60, 11: 1_200, 17: -300, 22: -8_000, 24: 100, 6: 50, 5: 20, 13: 10, 16: 300, 21: -5_000}
    instruments = [
        [
            MadeZone({54: 1, 34: -6_000, 36: 1_000, 37: 200, 38: -1_200}),
            MadeZone({43: (0, 60), 44: (0, 80), **full}, 0, (wheel_to_cutoff,)),
            MadeZone({43: (0, 127), 44: (60, 127), 26: -2_000, 27: 50, 28: 1_000, 29: 500, 7: 900, 51: 3, 52: -20}, 1),
            MadeZone({0: 10, 1: -10, 2: 4, 3: -4, 54: 3, 58: 64, 46: 62, 47: 90}, 0),
        ],
        [MadeZone({43: (42, 42), 57: 1, 54: 0}, 1), MadeZone({43: (46, 46), 57: 1, 56: 0}, 1), MadeZone({}, 0)],
    ]
    presets = [
        MadePreset(0, 0, [MadeZone({48: 30}), MadeZone({51: -12, 17: 200}, 0, (wheel_to_cutoff,))], "full"),
        MadePreset(8, 40, [MadeZone({43: (0, 127)}, 0), MadeZone({52: 10}, 0)], "two"),
        MadePreset(128, 0, [MadeZone({}, 1)], "kit"),
    ]
    return soundfont_bytes(samples, instruments, presets, vorbis=vorbis, pad=pad)
