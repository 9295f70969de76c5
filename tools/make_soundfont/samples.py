"""The samples of the small bank, encoded from the lossless ones of the large bank where it has them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tools.make_soundfont.tables import VORBIS, Bank, Table
from tools.make_soundfont.vorbis import Frames, decoded, encoded

# The small bank was made with samples that much softer, for what Vorbis gives back overshoots. So are ours, or those
# that are taken as they are would be too soft among them.
_HEADROOM = 0.9
_FULL = 32768
_FLOOR = _FULL**-2  # the power of a last bit, below which nothing has a level
_BEST = 1.0
_STEP = 0.1  # of quality, from one try to the next
_ONE_BLOCK = 2048  # frames; what is no longer is a period or two of a wave, which begins and ends in mid-air


class Way(StrEnum):
    """What became of a sample."""

    ENCODED = "Vorbis, encoded from the lossless sample"
    TAKEN = "Vorbis as it was, for there is no lossless one"


@dataclass(frozen=True)
class Sample:
    """One sample: its bytes in the new bank, and what they are beside the lossless ones."""

    data: bytes
    way: Way
    frames: int
    quality: float  # of the encoder; nan where it had nothing to do
    power: float  # mean square of the lossless sample
    new_power: float
    error: float  # mean square of the difference


def lossless_of(small: Bank, large: Bank) -> list[Table | None]:
    """For each sample of the small bank its header in the large one, None where there is none of its name and rate."""
    known = {(header["name"], header["rate"]): header for header in large.tables["shdr"][:-1]}
    return [known.get((header["name"], header["rate"])) for header in small.tables["shdr"][:-1]]


def made(small: Bank, header: Table, large: Bank, lossless: Table | None, quality: float, level: float) -> Sample:
    """The sample of `header`, encoded with `quality`, or more where its level would change by more than `level` dB.

    ValueError where the two banks do not hold the same sample, or a stream does not hold all frames.
    """
    if lossless is None:
        stream = small.samples[int(header["start"]) : int(header["end"])].tobytes()
        frames = decoded(stream)
        power = _power(frames)
        return Sample(stream, Way.TAKEN, len(frames), np.nan, power, power, 0.0)
    frames = large.samples[2 * int(lossless["start"]) : 2 * int(lossless["end"])].view("<i2")
    loop = [int(lossless[edge]) - int(lossless["start"]) for edge in ("loop_start", "loop_end")]
    if loop != [int(header["loop_start"]), int(header["loop_end"])] or header["key"] != lossless["key"]:
        raise ValueError(f"{header['name'].decode()} is another sample in the two banks")
    return compressed(frames.astype(np.float32) * np.float32(_HEADROOM / _FULL), int(header["rate"]), quality, level)


def compressed(frames: Frames, rate: int, quality: float, level: float) -> Sample:
    """The frames as Vorbis of that `quality`, or of a higher one where they would change by more than `level` dB."""
    sample = _compressed(frames, rate, _BEST if len(frames) < _ONE_BLOCK else quality)
    while abs(change(sample)) > level and sample.quality < _BEST:
        sample = _compressed(frames, rate, min(sample.quality + _STEP, _BEST))
    return sample


def _compressed(frames: Frames, rate: int, quality: float) -> Sample:
    stream = encoded(frames, rate, quality)
    back = decoded(stream)
    if len(back) != len(frames):
        raise ValueError(f"{len(frames)} frames came back as {len(back)}")
    error = _power(back - frames)
    return Sample(stream, Way.ENCODED, len(frames), quality, _power(frames), _power(back), error)


def change(sample: Sample) -> float:
    """How much louder the sample is than the lossless one, in dB."""
    return decibels(sample.new_power, sample.power)


def decibels(power: float, reference: float) -> float:
    """The level of one power beside another."""
    return float(10 * np.log10((power + _FLOOR) / (reference + _FLOOR)))


def _power(frames: Table) -> float:
    return float(np.mean(np.square(frames, dtype=float))) if len(frames) else 0.0


def laid_out(headers: Table, samples: list[Sample]) -> tuple[Table, bytes]:
    """The headers of the new bank, with its closing one, and the bytes of all samples.

    Start and end of a compressed sample are bytes, and its loop is counted in frames from its first one.
    """
    headers = headers.copy()
    ends = np.cumsum([len(sample.data) for sample in samples])
    headers["start"][:-1], headers["end"][:-1] = np.append(0, ends[:-1]), ends
    headers["kind"][:-1] |= VORBIS
    content = b"".join(sample.data for sample in samples)
    return headers, content + bytes(len(content) & 1)  # FluidSynth expects an even number
