"""What a hunting process is at, in memory that outlives it: the number and bytes of its input, and since when."""

from __future__ import annotations

import mmap
import struct
import time
from pathlib import Path

from tests.fuzz.hunt import LARGEST

_HEAD = struct.Struct("<qdq")  # number of the input, when it began, size
_SIZE = _HEAD.size + 2 * LARGEST


class Current:
    """A file that is mapped by the hunting process, which writes it, and by the one that watches it."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_SIZE))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SIZE)

    def begin(self, number: int, data: bytes) -> None:
        """The process turns to this input."""
        self._map[_HEAD.size : _HEAD.size + len(data)] = data
        self._map[: _HEAD.size] = _HEAD.pack(number, time.monotonic(), len(data))

    @property
    def number(self) -> int:
        """Which input it is at, and so how many are through."""
        return int(_HEAD.unpack_from(self._map)[0])

    @property
    def seconds(self) -> float:
        """How long it has been at it; 0 before the first."""
        began = float(_HEAD.unpack_from(self._map)[1])
        return time.monotonic() - began if began else 0.0

    @property
    def data(self) -> bytes:
        """The bytes of the input."""
        size = int(_HEAD.unpack_from(self._map)[2])
        return self._map[_HEAD.size : _HEAD.size + size]
