"""Files that nobody should write: each is refused with a sentence or plays what is left; none crashes or is costly."""

from __future__ import annotations

import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.errors import DuvError
from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.sound.synth.synth import Synth
from duv_studio.sound.synth.tone import Tone
from tests.sound.soundfonts import MadePreset, MadeSample, MadeZone, noise, sine, soundfont_bytes

_MOST_BYTES = 64 << 20


def made(
    generators: dict[int, int] | None = None,
    sample: MadeSample | None = None,
    modulators: tuple[tuple[int, int, int, int, int], ...] = (),
    *,
    vorbis: bool = False,
) -> bytes:
    sample = sample or MadeSample(sine(2_000), (500, 1_500))
    zone = MadeZone({54: 1, **(generators or {})}, 0, modulators)
    return soundfont_bytes([sample], [[zone]], [MadePreset(0, 0, [MadeZone({}, 0)])], vorbis=vorbis)


def changed(
    data: bytes, name: bytes, change: Callable[[bytearray], bytes | bytearray], *, size: int | None = None
) -> bytes:
    """A file whose chunk of that name has another content, its size as it was or `size`."""
    at = data.index(name)
    length = struct.unpack_from("<I", data, at + 4)[0]
    content = bytearray(data[at + 8 : at + 8 + length])
    return data[: at + 4] + struct.pack("<I", size or length) + bytes(change(content)) + data[at + 8 + length :]


def filled(value: bytes) -> Callable[[bytearray], bytes]:
    return lambda content: (value * len(content))[: len(content)]


REFUSED = {
    "empty": b"",
    "a text": b"This is no SoundFont at all, but long enough.",
    "RIFF alone": b"RIFF\0\0\0\0",
    "a WAV": b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + bytes(40),
    "head only": made()[:12],
    "cut in the samples": made()[:2_000],
    "cut in the presets": made()[: made().rindex(b"phdr") + 20],
    "cut before the sample headers": made()[: made().rindex(b"shdr")],
    "no samples": made().replace(b"smpl", b"smqq"),
    "no presets": changed(made(), b"phdr", lambda content: content[38:], size=38)[:-38],
}

BARE = {
    "sizes beyond the file": changed(made(), b"RIFF", lambda content: content, size=0xFFFFFFFF),
    "samples beyond the file": changed(made(), b"smpl", lambda content: content, size=0xFFFFFFF0),
    "zones with wild indices": changed(made(), b"ibag", filled(b"\xff\xff\x03\0")),
    "zones that run backwards": changed(made(), b"ibag", lambda content: content[4:] + content[:4]),
    "presets with wild indices": changed(made(), b"phdr", filled(b"\xff")),
    "instruments with wild indices": changed(made(), b"inst", filled(b"\xff")),
    "generators that are all samples": changed(made(), b"igen", filled(struct.pack("<HH", 53, 9))),
    "sample headers of ones": changed(made(), b"shdr", filled(b"\xff")),
    "sample headers of zeros": changed(made(), b"shdr", filled(b"\0")),
    "no frames in the sample": made(sample=MadeSample(sine(0))),
    "one frame in the sample": made(sample=MadeSample(sine(1), (0, 1))),
    "a loop of nothing": made(sample=MadeSample(sine(2_000), (700, 700))),
    "a loop that runs backwards": made(sample=MadeSample(sine(2_000), (1_500, 500))),
    "a loop outside the sample": made(sample=MadeSample(sine(2_000), (3_000, 9_000))),
    "a loop of one frame": made(sample=MadeSample(sine(2_000), (700, 701))),
    "a loop before the sample": made({2: -30_000, 45: -5}),
    "a loop moved far away": made({3: 30_000, 50: 30_000}),
    "a start after the end": made({0: 30_000, 4: 100}),
    "an end before the start": made({1: -30_000, 12: -30_000}),
    "no rate": made(sample=MadeSample(sine(2_000), (500, 1_500), rate=0)),
    "a rate of four gigahertz": made(sample=MadeSample(sine(2_000), (500, 1_500), rate=0xFFFFFFFF)),
    "a root key outside": made(sample=MadeSample(sine(2_000), (500, 1_500), root=255)),
    "a ROM sample": made(sample=MadeSample(sine(2_000), kind=0x8001)),
    "tuned beyond hearing": made({51: 32_767, 52: 32_767, 56: 32_767}),
    "tuned below hearing": made({51: -32_768, 52: -32_768}),
    "times of years": made(dict.fromkeys((21, 23, 25, 26, 27, 28, 30, 33, 34, 35, 36, 38), 32_767)),
    "times of nothing": made(dict.fromkeys((21, 23, 25, 26, 27, 28, 30, 33, 34, 35, 36, 38), -32_768)),
    "every generator at its most": made({number: 32_767 for number in range(59) if number not in (43, 44, 53, 41)}),
    "every generator at its least": made({number: -32_768 for number in range(59) if number not in (43, 44, 53, 41)}),
    "generators that do not exist": made({60: 1, 999: 5, 65_535: -1}),
    "modulators of everything": made(modulators=tuple((source, 8, 32_767, 0xFFFF, 7) for source in range(300))),
    "modulators to nowhere": made(modulators=((0x0502, 65_535, -32_768, 0, 0), (0x0502, 0x8001, 5, 0, 0))),
    "Vorbis that is none": changed(made(vorbis=True), b"smpl", filled(b"OggS")),
    "Vorbis cut off": changed(made(vorbis=True), b"smpl", lambda old: old[:3_000] + bytes(len(old) - 3_000)),
    "raw samples called Vorbis": made(sample=MadeSample(sine(2_000), (500, 1_500), kind=0x11)),
}  # fmt: skip


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in REFUSED.items()])
def test_what_cannot_be_used_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "broken.sf2"
    path.write_bytes(data)
    with pytest.raises(DuvError) as error:
        SoundFont.open(path)
    assert error.value.file == path
    assert error.value.hint


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in BARE.items()])
def test_what_is_broken_inside_plays_what_is_left(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "broken.sf2"
    path.write_bytes(data)
    tracemalloc.start()
    try:
        played(path)
        assert tracemalloc.get_traced_memory()[1] < _MOST_BYTES
    finally:
        tracemalloc.stop()


def test_zones_that_point_at_everything_end(tmp_path: Path) -> None:
    zones = [MadeZone({8: 9_000}, 0)] * 2_000
    presets = [MadePreset(0, 0, [MadeZone({}, 0)] * 2_000)]
    path = tmp_path / "broken.sf2"
    path.write_bytes(soundfont_bytes([MadeSample(sine(400))], [zones], presets))
    assert len(Synth(SoundFont.open(path)).voice(Tone(0, 0, 60, 100, 0.1)).layers) <= 32


@given(drawn=st.data())
def test_bytes_changed_at_random(drawn: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    whole = bytearray(
        made({8: 7_000, 11: 2_000, 5: 50}, MadeSample(noise(700), (100, 600)), vorbis=drawn.draw(st.booleans()))
    )
    start = drawn.draw(st.sampled_from([0, whole.index(b"sdta"), whole.index(b"pdta"), whole.index(b"shdr")]))
    places = st.integers(start, min(len(whole) - 1, start + 600))
    for place, value in drawn.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=12)):
        whole[place] = value
    path = tmp_path_factory.getbasetemp() / "changed.sf2"
    path.write_bytes(whole)
    try:
        played(path)
    except DuvError as error:
        assert error.file == path


def played(path: Path) -> None:
    """Open a file and play two notes of whatever is in it."""
    soundfont = SoundFont.open(path)
    synth = Synth(soundfont)
    for name in soundfont.presets()[:3]:
        for key, velocity in ((60, 100), (127, 1)):
            voice = synth.voice(Tone(min(name.bank, 128), name.program, key, velocity, 0.2))
            for layer in voice.layers:
                for start in (0, 5_000, max(0, layer.frames - 500)):
                    assert np.isfinite(layer.samples(start, start + 1_000)).all()
