"""Levels by velocity as FluidSynth has them, for the instruments that songs are made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from duv_studio.errors import DuvError
from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.sound.soundfont.find import shipped_soundfont
from duv_studio.sound.synth.synth import Synth
from tests.sound import fluidsynth
from tests.sound.fluidsynth import CASES, Case


@pytest.fixture(scope="module")
def soundfont() -> Path:
    if not fluidsynth.is_there():
        pytest.skip("needs the command fluidsynth, which only judges here: apt-get install fluidsynth")
    try:
        return shipped_soundfont()
    except DuvError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_velocities_are_as_loud(case: Case, soundfont: Path, tmp_path: Path) -> None:
    found = fluidsynth.compare(case, Synth(SoundFont.open(soundfont)), soundfont, tmp_path)
    assert found.largest < 1.5, found.levels
    assert found.correlation > 0.98
