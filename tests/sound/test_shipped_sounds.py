"""One note of every preset of the SoundFont that the program ships with."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.errors import DuvError
from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.sound.soundfont.find import shipped_soundfont
from duv_studio.sound.synth.synth import Synth
from duv_studio.sound.synth.tone import Curve, Tone


@pytest.fixture(scope="module")
def soundfont() -> SoundFont:
    try:
        return SoundFont.open(shipped_soundfont())
    except DuvError as error:
        pytest.skip(str(error))


def test_every_preset_sounds(soundfont: SoundFont) -> None:
    synth = Synth(soundfont)
    silent, wild = [], []
    for name in soundfont.presets():
        tone = Tone(name.bank, name.program, 60, 100, 0.1, bend=Curve(((0.0, 0.5),)), wheel=Curve(((0.0, 1.0),)))
        heard = [layer.samples(0, min(layer.frames, 4_410)) for layer in synth.voice(tone).layers]
        loudest = max((float(np.abs(samples).max(initial=0)) for samples in heard), default=0.0)
        if not loudest > 1e-4:
            silent.append(name)
        if not loudest < 1.5:
            wild.append(name)
    assert not wild
    # Some kits have nothing at middle C, and some sounds rise slowly.
    assert len(silent) < len(soundfont.presets()) / 10, silent


def test_the_programs_of_general_midi_are_there(soundfont: SoundFont) -> None:
    places = {(name.bank, name.program) for name in soundfont.presets()}
    assert {(0, program) for program in range(128)} | {(128, 0)} <= places
