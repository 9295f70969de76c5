"""What comes out of the synthesizer: levels, layers, loops, releases, and the same frames in whatever pieces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from duv_studio.sound import RATE
from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.sound.synth.synth import Synth
from duv_studio.sound.synth.tone import Tone
from tests.sound.soundfonts import tiny_soundfont


@pytest.fixture(params=[False, True], ids=["sf2", "sf3"])
def synth(request: pytest.FixtureRequest, tmp_path: Path) -> Synth:
    return Synth(SoundFont.open(tiny_soundfont(tmp_path / "tiny.sf2", vorbis=request.param)))


def level(samples: np.ndarray) -> float:
    """RMS in dB."""
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-12))


def test_a_held_note_sounds_until_it_is_let_go(synth: Synth) -> None:
    layer = synth.voice(Tone(0, 50, 69, 100, 2.0)).layers[0]
    early, late = layer.samples(RATE // 2, RATE), layer.samples(RATE * 3 // 2, RATE * 2)
    assert level(early) == pytest.approx(level(late), abs=0.1)
    assert level(early) > -30
    after = layer.samples(RATE * 2 + RATE // 2, RATE * 3)
    assert level(after) < level(late) - 40


def test_velocity_is_heard_as_its_square(synth: Synth) -> None:
    soft, loud = (
        level(synth.voice(Tone(0, 50, 69, velocity, 1.0)).layers[0].samples(0, RATE)) for velocity in (64, 127)
    )
    assert loud - soft == pytest.approx(40 * np.log10(127 / 64), abs=0.1)


def test_pieces_are_the_whole(synth: Synth) -> None:
    layer = synth.voice(Tone(0, 0, 71, 100, 0.3)).layers[0]
    whole = layer.samples(0, layer.frames)
    pieces = np.concatenate([layer.samples(at, at + 777) for at in range(0, layer.frames, 777)])
    np.testing.assert_array_equal(whole, pieces[: layer.frames])
    assert not pieces[layer.frames :].any()


def test_hats_share_a_class(synth: Synth) -> None:
    classes = [synth.exclusive_class(128, 0, key, 100) for key in (42, 46, 36)]
    assert classes == [1, 1, 0]
