"""Chunks of a RIFF file, read leniently: sizes end with their file, and odd chunks may go without their padding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_HEAD = 8  # bytes of a chunk's name and size


@dataclass(frozen=True)
class Chunk:
    """Where a chunk's content lies, in bytes of the file. Of a LIST, `name` is the form, content follows that."""

    name: bytes
    start: int
    stop: int


def top_chunk(file: BinaryIO, size: int) -> Chunk | None:
    """The RIFF chunk that a file of `size` bytes is, or None where it is no RIFF file. Its own size is not believed."""
    file.seek(0)
    head = file.read(_HEAD + 4)
    if len(head) < _HEAD + 4 or head[:4] != b"RIFF":
        return None
    return Chunk(head[8:], _HEAD + 4, size)


def chunks(file: BinaryIO, parent: Chunk) -> Iterator[Chunk]:
    """The chunks within a chunk, in order, until one has no sensible name. None reaches beyond its parent."""
    at = parent.start
    while at + _HEAD <= parent.stop:
        head = _head(file, at)
        if not _is_name(head[:4]):
            return
        start = at + _HEAD
        stop = min(start + int.from_bytes(head[4:8], "little"), parent.stop)
        is_list = head[:4] == b"LIST" and stop - start >= 4
        yield Chunk(head[8:], start + 4, stop) if is_list else Chunk(head[:4], start, stop)
        at = _next(file, start, stop)


def _next(file: BinaryIO, start: int, stop: int) -> int:
    """Where the next chunk begins: after an odd one a padding byte is due, but SF3 writers leave it out."""
    if (stop - start) % 2 == 0 or _is_name(_head(file, stop)[:4]):
        return stop
    return stop + 1


def _head(file: BinaryIO, at: int) -> bytes:
    file.seek(at)
    return file.read(_HEAD + 4)


def _is_name(name: bytes) -> bool:
    # Lower-case letters and digits are what SoundFont 2.04, section 4, uses, and LIST.
    return name == b"LIST" or (
        len(name) == 4 and all(48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122 for byte in name)
    )
