"""Samples as Ogg Vorbis and back, the same bytes every time and as many frames as there were."""

from __future__ import annotations

import io
import zlib

import numpy as np
import numpy.typing as npt
import soundfile

Frames = npt.NDArray[np.float32]  # full scale is 1

_AT_ONCE = 65_536  # frames; libsndfile 1.2 crashes where many more are encoded in one call
_SERIAL, _CHECKSUM = slice(14, 18), slice(22, 26)  # in the header of an Ogg page (RFC 3533, section 6)
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def encoded(frames: Frames, rate: int, quality: float) -> bytes:
    """The frames of one channel as an Ogg Vorbis stream; `quality` is libvorbis' own, from 0 to 1."""
    stream = io.BytesIO()
    with soundfile.SoundFile(
        stream, "w", rate, 1, format="OGG", subtype="VORBIS", compression_level=1 - quality
    ) as file:
        for start in range(0, len(frames), _AT_ONCE):
            file.write(frames[start : start + _AT_ONCE])
    return _without_chance(stream.getvalue())


def decoded(stream: bytes) -> Frames:
    """The frames of such a stream."""
    frames, _ = soundfile.read(io.BytesIO(stream), dtype="float32")
    return np.asarray(frames, np.float32)


def _without_chance(stream: bytes) -> bytes:
    """The stream with serial number 0, for which an encoder draws another one each time."""
    pages, position = [], 0
    while position < len(stream):
        count = stream[position + 26]
        size = 27 + count + sum(stream[position + 27 : position + 27 + count])
        page = bytearray(stream[position : position + size])
        page[_SERIAL] = page[_CHECKSUM] = bytes(4)
        page[_CHECKSUM] = _checksum(page).to_bytes(4, "little")
        pages.append(bytes(page))
        position += size
    return b"".join(pages)


def _checksum(page: bytearray) -> int:
    """The checksum of an Ogg page: that of zlib read backwards, from 0 and not inverted."""
    turned = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{turned:032b}"[::-1], 2)
