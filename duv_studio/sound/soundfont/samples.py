"""Samples: where they lie in the file, and their frames, which are decoded when first needed."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.regular_file import open_regular
from duv_studio.errors import DuvError
from duv_studio.sound.byte_cache import ByteCache
from duv_studio.sound.soundfont.records import Records, text
from duv_studio.sound.soundfont.riff import Chunk

Frames = NDArray[np.int16]

_ROM = 0x8000
_VORBIS = 0x10  # SF3's flag; addresses are bytes then, and loops count from the sample's start
_RATES = (400, 200_000)
_MOST_FRAMES = 1 << 24  # six minutes; what a broken file claims beyond is left out
_MOST_BYTES = 24 << 20  # of decoded samples in memory
_BLOCK = 65_536  # frames decoded at a time
_LAST_PAGE = 65_536  # bytes that hold a page of an Ogg stream for sure
_UNPITCHED = 60  # root key where the header has none, section 7.10

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sample:
    """A sample's header. `start` and `stop` are bytes in the file; the loop counts frames from the sample's first."""

    index: int
    name: str
    start: int
    stop: int
    loop: tuple[int, int]
    rate: int
    root: int
    correction: int
    is_vorbis: bool


class Samples:
    """All samples of a file. Decoded frames are kept while they fit; thread-safe."""

    def __init__(self, path: Path, headers: Records, smpl: Chunk) -> None:
        self._path = path
        self._headers = headers
        self._smpl = smpl
        self._cache = ByteCache(_MOST_BYTES)
        self._samples: dict[int, Sample | None] = {}
        self._lengths: dict[int, int] = {}
        self._portions: dict[int, int] = {}  # how far each sample was needed

    def sample(self, index: int) -> Sample | None:
        """A sample's header; None where there is none, where it is in a ROM or not within the file."""
        if index not in self._samples:
            known = index < len(self._headers)
            self._samples[index] = _checked(index, self._headers[index], self._smpl) if known else None
        return self._samples[index]

    def length(self, sample: Sample) -> int:
        """How many frames a sample has, as it says itself, without decoding it."""
        if not sample.is_vorbis:
            return min((sample.stop - sample.start) // 2, _MOST_FRAMES)
        length = self._lengths.get(sample.index)
        if length is None:
            size = sample.stop - sample.start
            tail = self._bytes(sample, max(0, size - _LAST_PAGE), _LAST_PAGE)
            length = self._lengths[sample.index] = min(_ogg_length(tail), _MOST_FRAMES)
        return length

    def frames(self, sample: Sample, needed: int | None = None) -> Frames:
        """The frames of a sample, at least the first `needed`; none where they cannot be decoded.

        DuvError where the file cannot be read.
        """
        portion = _portion(needed)
        portion = self._portions[sample.index] = max(portion, self._portions.get(sample.index, 0))
        return self._cache.get((sample.index, portion), lambda: self._decoded(sample, portion))

    def _decoded(self, sample: Sample, most: int) -> Frames:
        raw = self._bytes(sample, 0, sample.stop - sample.start if sample.is_vorbis else 2 * most)
        if not sample.is_vorbis:
            return np.frombuffer(raw, "<i2", min(len(raw) // 2, most)).astype(np.int16)
        return _vorbis(raw, sample.name, most)

    def _bytes(self, sample: Sample, skipped: int, most: int) -> bytes:
        """At most so many bytes of a sample behind those skipped."""
        size = min(sample.stop - sample.start - skipped, most, 2 * _MOST_FRAMES)
        with open_regular(self._path, "SoundFont") as file:
            try:
                file.seek(sample.start + skipped)
                return file.read(size)
            except OSError as error:
                message = f"cannot be read any more: {error.strerror or error}"
                raise DuvError(message, hint="choose another SoundFont", file=self._path) from error


def _checked(index: int, header: Any, smpl: Chunk) -> Sample | None:
    kind = int(header["kind"])
    is_vorbis = bool(kind & _VORBIS)
    width = 1 if is_vorbis else 2
    start, stop, first, last = (int(header[name]) for name in ("start", "stop", "loop_start", "loop_stop"))
    rate = int(header["rate"])
    inside = start < stop and smpl.start + width * stop <= smpl.stop
    if kind & _ROM or not inside or not _RATES[0] <= rate <= _RATES[1]:
        return None
    base = 0 if is_vorbis else start
    root = int(header["root"])
    return Sample(
        index=index,
        name=text(bytes(header["name"])),
        start=smpl.start + width * start,
        stop=smpl.start + width * stop,
        loop=(first - base, last - base),
        rate=rate,
        root=root if root <= 127 else _UNPITCHED,
        correction=int(header["correction"]),
        is_vorbis=is_vorbis,
    )


def _ogg_length(tail: bytes) -> int:
    """The position that the last page of an Ogg stream ends at (RFC 3533, section 6); 0 where there is no page."""
    at = tail.rfind(b"OggS")
    position = int.from_bytes(tail[at + 6 : at + 14], "little", signed=True)
    return max(0, position) if at >= 0 else 0


def _portion(needed: int | None) -> int:
    """How many frames to decode where so many are needed: few notes last as long as their sample."""
    portion = _BLOCK // 2
    while portion < _MOST_FRAMES and (needed is None or portion < needed):
        portion *= 2
    return min(portion, _MOST_FRAMES)


def _vorbis(raw: bytes, name: str, most: int) -> Frames:
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(raw)) as file:
            blocks = list(_blocks(file, most))
    except (soundfile.SoundFileError, ValueError, TypeError) as error:
        _log.warning("sample %s cannot be decoded: %s", name, error)
        return np.zeros(0, np.int16)
    return np.concatenate(blocks) if blocks else np.zeros(0, np.int16)


def _blocks(file: Any, most: int) -> Iterator[Frames]:
    """Blocks of the first channel. What the stream claims to hold is not believed."""
    done = 0
    while done < most:
        block = file.read(min(_BLOCK, most - done), dtype="int16", always_2d=True)[:, 0]
        if not len(block):
            return
        yield np.ascontiguousarray(block)
        done += len(block)
