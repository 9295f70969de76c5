"""Opening SoundFonts: which preset plays, names, samples raw and compressed, lenient chunks, files that go away."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from duv_studio.errors import DuvError
from duv_studio.sound.soundfont.bank import DRUMS, SoundFont
from tests.sound.soundfonts import MadePreset, MadeSample, MadeZone, chunk, noise, sine, soundfont_bytes, tiny_soundfont


def opened(path: Path, data: bytes) -> SoundFont:
    path.write_bytes(data)
    return SoundFont.open(path)


def bank_of(*places: tuple[int, int]) -> bytes:
    """A SoundFont with one preset for each (bank, program)."""
    presets = [MadePreset(bank, program, [MadeZone({}, 0)], f"{bank}:{program}") for bank, program in places]
    return soundfont_bytes([MadeSample(sine(400))], [[MadeZone({}, 0)]], presets)


@pytest.mark.parametrize(
    ("there", "asked", "plays"),
    [
        ([(0, 0), (0, 5), (8, 5)], (8, 5), "8:5"),
        ([(0, 0), (0, 5)], (8, 5), "0:5"),
        ([(0, 0), (0, 26)], (0, 29), "0:26"),
        ([(0, 0), (0, 31), (0, 32)], (0, 29), "0:31"),
        ([(0, 0), (0, 26)], (0, 40), "0:0"),
        ([(3, 7), (2, 9), (DRUMS, 0)], (0, 40), "2:9"),
        ([(0, 0), (DRUMS, 8)], (DRUMS, 8), "128:8"),
        ([(0, 0), (DRUMS, 0), (DRUMS, 8)], (DRUMS, 9), "128:0"),
        ([(0, 0), (DRUMS, 8)], (DRUMS, 0), "128:8"),
        ([(0, 0)], (DRUMS, 0), None),
        ([(DRUMS, 0)], (0, 0), None),
    ],
)
def test_a_missing_preset_is_replaced(
    tmp_path: Path, there: list[tuple[int, int]], asked: tuple[int, int], plays: str | None
) -> None:
    preset = opened(tmp_path / "bank.sf2", bank_of(*there)).preset(*asked)
    assert (preset.name.name if preset else None) == plays


def test_presets_are_listed_in_order(tmp_path: Path) -> None:
    soundfont = opened(tmp_path / "bank.sf2", bank_of((DRUMS, 0), (0, 5), (0, 1)))
    assert [(name.bank, name.program, name.name) for name in soundfont.presets()] == [
        (0, 1, "0:1"),
        (0, 5, "0:5"),
        (DRUMS, 0, "128:0"),
    ]
    assert soundfont.name == "Made"


@pytest.mark.parametrize("pad", [True, False], ids=["padded", "unpadded"])
@pytest.mark.parametrize("vorbis", [True, False], ids=["sf3", "sf2"])
def test_odd_chunks_may_go_unpadded(tmp_path: Path, vorbis: bool, pad: bool) -> None:
    sample = MadeSample(sine(401), (100, 300))
    presets = [MadePreset(0, 0, [MadeZone({}, 0)])]
    data = soundfont_bytes([sample], [[MadeZone({}, 0)]], presets, vorbis=vorbis, pad=pad, name="An even name")
    soundfont = opened(tmp_path / "bank.sf3", data)
    preset = soundfont.preset(0, 0)
    assert preset is not None
    (region,) = preset.regions(60, 100)
    assert region.sample.loop == (100, 300)
    assert soundfont.length(region.sample) == 401
    frames = soundfont.frames(region.sample)
    np.testing.assert_allclose(frames, sample.frames, atol=1_500 if vorbis else 0)


def test_only_the_beginning_of_a_long_sample_is_decoded_for_a_short_note(tmp_path: Path) -> None:
    sample = MadeSample(noise(100_000, decay=0))
    data = soundfont_bytes([sample], [[MadeZone({}, 0)]], [MadePreset(0, 0, [MadeZone({}, 0)])], vorbis=True)
    soundfont = opened(tmp_path / "bank.sf3", data)
    preset = soundfont.preset(0, 0)
    assert preset is not None
    found = preset.regions(60, 100)[0].sample
    beginning = soundfont.frames(found, 1_000)
    assert 1_000 <= len(beginning) < 100_000
    whole = soundfont.frames(found)
    assert len(whole) == 100_000
    np.testing.assert_array_equal(whole[: len(beginning)], beginning)


def test_24_bit_samples_play_in_16(tmp_path: Path) -> None:
    data = bank_of((0, 0))
    at = data.index(b"LIST", data.index(b"sdta") - 8)
    size = struct.unpack_from("<I", data, at + 4)[0]
    sdta = chunk(b"LIST", data[at + 8 : at + 8 + size] + chunk(b"sm24", bytes(446)))
    whole = data[:4] + struct.pack("<I", len(data) + len(sdta) - size - 16) + data[8:at] + sdta + data[at + 8 + size :]
    preset = opened(tmp_path / "bank.sf2", whole).preset(0, 0)
    assert preset is not None
    assert len(preset.regions(60, 100)) == 1


def test_a_file_that_goes_away_is_named(tmp_path: Path) -> None:
    path = tiny_soundfont(tmp_path / "tiny.sf2")
    soundfont = SoundFont.open(path)
    preset = soundfont.preset(0, 0)
    assert preset is not None
    path.unlink()
    with pytest.raises(DuvError, match=r"tiny\.sf2"):
        soundfont.frames(preset.regions(60, 100)[0].sample)
