"""Makes small SoundFonts in bytes: samples, zones with generators and modulators; and one that plays any program."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE = 44_100
KEYS, VELOCITIES = 43, 44  # the two generators whose amount is a range, here given as a pair
INSTRUMENT, SAMPLE = 41, 53

Amount = int | tuple[int, int]
Modulator = tuple[int, int, int, int, int]  # source, destination, amount, source of the amount, transform


@dataclass
class MadeSample:
    """Frames of one sample; `loop` counts from its first frame, `None` where it has none."""

    frames: NDArray[np.int16]
    loop: tuple[int, int] | None = None
    root: int = 69
    rate: int = RATE
    correction: int = 0
    kind: int = 1
    name: str = "sample"


@dataclass
class MadeZone:
    """One zone: its generators by number, its modulators, the index of its sample or instrument (None: global)."""

    generators: Mapping[int, Amount] = field(default_factory=dict)
    target: int | None = None
    modulators: Sequence[Modulator] = ()


@dataclass
class MadePreset:
    """A preset and its zones."""

    bank: int
    program: int
    zones: Sequence[MadeZone]
    name: str = "preset"


Instruments = Sequence[Sequence[MadeZone]]


def soundfont_bytes(
    samples: Sequence[MadeSample],
    instruments: Instruments,
    presets: Sequence[MadePreset],
    *,
    vorbis: bool = False,
    pad: bool = True,
    name: str = "Made",
) -> bytes:
    """The bytes of a SoundFont; with `vorbis` those of an SF3. Without `pad` odd chunks go unpadded, as in some SF3."""
    body, headers = _samples(samples, vorbis=vorbis)
    pdta = _presets(presets, pad) + _instruments(instruments, pad) + chunk(b"shdr", headers, pad=pad)
    info = chunk(b"ifil", struct.pack("<HH", 3 if vorbis else 2, 1), pad=pad)
    info += chunk(b"INAM", name.encode() + b"\0", pad=pad)
    content = b"sfbk" + chunk(b"LIST", b"INFO" + info, pad=pad)
    content += chunk(b"LIST", b"sdta" + chunk(b"smpl", body, pad=pad), pad=pad)
    return chunk(b"RIFF", content + chunk(b"LIST", b"pdta" + pdta, pad=pad), pad=pad)


def chunk(name: bytes, content: bytes, *, pad: bool = True) -> bytes:
    """A RIFF chunk."""
    return name + struct.pack("<I", len(content)) + content + (b"\0" if pad and len(content) % 2 else b"")


def sine(frames: int, period: int = 100, peak: int = 20_000, decay: float = 0.0) -> NDArray[np.int16]:
    """A sine of `period` frames (100: 441 Hz), which falls by `decay` dB a second."""
    time = np.arange(frames)
    fall = 10.0 ** (-decay * time / RATE / 20)
    return np.round(peak * fall * np.sin(2 * np.pi * time / period)).astype(np.int16)


def noise(frames: int, peak: int = 12_000, decay: float = 60.0) -> NDArray[np.int16]:
    """Noise, always the same, which falls by `decay` dB a second."""
    fall = 10.0 ** (-decay * np.arange(frames) / RATE / 20)
    return np.round(np.random.default_rng(1).uniform(-peak, peak, frames) * fall).astype(np.int16)


def tiny_soundfont(path: Path, *, vorbis: bool = False) -> Path:
    """Write a bank with a sound for every program and a drum kit, some 50 KB, and return its path.

    Programs 0–7 die away like a piano and sound brighter from velocity 80 on; all others hold. Neighbours differ in
    level. Keys 42 and 46 of the kit (a short and a long hi-hat) silence each other; 36 is low, other keys are noise.
    """
    samples = [
        MadeSample(sine(400), (100, 300), name="soft"),
        MadeSample((sine(400) // 2 + sine(400, 20) // 2).astype(np.int16), (100, 300), name="hard"),
        MadeSample(sine(6000, 600, decay=80), name="kick"),
        MadeSample(noise(12_000), name="noise"),
    ]
    dies = {36: 1200, 37: 1000, 38: -2400}
    instruments = [
        [MadeZone({VELOCITIES: (0, 79), 54: 1, **dies}, 0), MadeZone({VELOCITIES: (80, 127), 54: 1, **dies}, 1)],
        [MadeZone({54: 1, 34: -6000, 38: -3000}, 1)],
        [
            MadeZone({38: -3000, 56: 0}),
            MadeZone({KEYS: (36, 36), 58: 36}, 2),
            MadeZone({KEYS: (42, 42), 58: 42, 57: 1, 36: -3000, 37: 1000}, 3),
            MadeZone({KEYS: (46, 46), 58: 46, 57: 1}, 3),
            MadeZone({KEYS: (35, 35), 58: 35}, 2),
            MadeZone({KEYS: (37, 41), 58: 40}, 3),
            MadeZone({KEYS: (43, 45), 58: 44}, 3),
            MadeZone({KEYS: (47, 87), 58: 60}, 3),
        ],
    ]
    presets = [
        MadePreset(0, program, [MadeZone({48: 20 * (program % 4)}, 0 if program < 8 else 1)], f"program {program}")
        for program in range(128)
    ]
    presets.append(MadePreset(128, 0, [MadeZone({}, 2)], "kit"))
    path.write_bytes(soundfont_bytes(samples, instruments, presets, vorbis=vorbis, pad=not vorbis, name="Tiny"))
    return path


def _samples(samples: Sequence[MadeSample], *, vorbis: bool) -> tuple[bytes, bytes]:
    body, headers, at = b"", b"", 0
    for sample in samples:
        raw = _vorbis(sample) if vorbis else sample.frames.astype("<i2").tobytes()
        size = len(raw) if vorbis else len(sample.frames)
        base = 0 if vorbis else at  # loops of SF3 count from the sample's start
        first, last = sample.loop or (0, 0)
        kind = sample.kind | (0x10 if vorbis else 0)
        headers += struct.pack(
            "<20sIIIIIBbHH", sample.name.encode(), at, at + size, base + first, base + last,
            sample.rate, sample.root, sample.correction, 0, kind,
        )  # fmt: skip
        gap = b"" if vorbis else b"\0" * 92  # 46 frames of silence, section 6.1
        body += raw + gap
        at += size + len(gap) // (1 if vorbis else 2)
    return body, headers + struct.pack("<20sIIIIIBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0)


def _vorbis(sample: MadeSample) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, sample.frames, sample.rate, format="OGG", subtype="VORBIS")
    return out.getvalue()


def _presets(presets: Sequence[MadePreset], pad: bool) -> bytes:
    headers, bags = b"", _Bags(INSTRUMENT)
    for preset in presets:
        headers += struct.pack("<20sHHHIII", preset.name.encode(), preset.program, preset.bank, bags.count, 0, 0, 0)
        bags.add(preset.zones)
    headers += struct.pack("<20sHHHIII", b"EOP", 0, 0, bags.count, 0, 0, 0)
    return chunk(b"phdr", headers, pad=pad) + bags.chunks(b"p", pad)


def _instruments(instruments: Instruments, pad: bool) -> bytes:
    headers, bags = b"", _Bags(SAMPLE)
    for index, zones in enumerate(instruments):
        headers += struct.pack("<20sH", f"instrument {index}".encode(), bags.count)
        bags.add(zones)
    headers += struct.pack("<20sH", b"EOI", bags.count)
    return chunk(b"inst", headers, pad=pad) + bags.chunks(b"i", pad)


class _Bags:
    """The zones of presets or of instruments while they are written."""

    def __init__(self, target: int) -> None:
        self.count = 0
        self._target = target
        self._bags, self._generators, self._modulators = b"", b"", b""

    def add(self, zones: Sequence[MadeZone]) -> None:
        for zone in zones:
            self._close()
            self.count += 1
            ranges = [number for number in (KEYS, VELOCITIES) if number in zone.generators]
            others = [number for number in zone.generators if number not in ranges]
            for number in [*ranges, *others]:
                self._generators += _generator(number, zone.generators[number])
            if zone.target is not None:
                self._generators += struct.pack("<HH", self._target, zone.target)
            for modulator in zone.modulators:
                self._modulators += struct.pack("<HHhHH", *modulator)

    def _close(self) -> None:
        self._bags += struct.pack("<HH", len(self._generators) // 4, len(self._modulators) // 10)

    def chunks(self, kind: bytes, pad: bool) -> bytes:
        self._close()
        return (
            chunk(kind + b"bag", self._bags, pad=pad)
            + chunk(kind + b"mod", self._modulators + bytes(10), pad=pad)
            + chunk(kind + b"gen", self._generators + bytes(4), pad=pad)
        )


def _generator(number: int, amount: Amount) -> bytes:
    if isinstance(amount, tuple):
        return struct.pack("<HBB", number, *amount)
    return struct.pack("<Hh", number, amount)
