"""A small SoundFont for all tests of sound."""

from __future__ import annotations

import pytest

from duv_studio.sound.soundfont.bank import SoundFont
from tests.sound.soundfonts import tiny_soundfont


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> SoundFont:
    """Sounds for every program and a drum kit."""
    return SoundFont.open(tiny_soundfont(tmp_path_factory.mktemp("bank") / "tiny.sf2"))
