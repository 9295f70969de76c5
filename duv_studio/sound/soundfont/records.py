"""The records of a SoundFont's `pdta` list as arrays: presets, instruments, bags, generators, modulators, samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound.soundfont.riff import Chunk, chunks

Records = NDArray[Any]

_HEADER = [("name", "S20")]
_BAG = np.dtype([("generator", "<u2"), ("modulator", "<u2")])
_GENERATOR = np.dtype([("number", "<u2"), ("amount", "<i2")])
_MODULATOR = np.dtype([
    ("source", "<u2"), ("target", "<u2"), ("amount", "<i2"), ("amount_source", "<u2"), ("transform", "<u2"),
])  # fmt: skip
_SAMPLE = np.dtype([
    *_HEADER, ("start", "<u4"), ("stop", "<u4"), ("loop_start", "<u4"), ("loop_stop", "<u4"),
    ("rate", "<u4"), ("root", "u1"), ("correction", "i1"), ("link", "<u2"), ("kind", "<u2"),
])  # fmt: skip

# SoundFont 2.04, section 7. An index into any of them has 16 bits: what lies further on cannot be reached.
_DTYPES = {
    b"phdr": np.dtype([*_HEADER, ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("unused", "<u4", 3)]),
    b"pbag": _BAG,
    b"pmod": _MODULATOR,
    b"pgen": _GENERATOR,
    b"inst": np.dtype([*_HEADER, ("bag", "<u2")]),
    b"ibag": _BAG,
    b"imod": _MODULATOR,
    b"igen": _GENERATOR,
    b"shdr": _SAMPLE,
}
_MOST = 65_536


@dataclass(frozen=True)
class Side:
    """One of the two levels, presets or instruments: its headers (the last only ends the list), bags and amounts."""

    headers: Records
    bags: Records
    generators: Records
    modulators: Records


@dataclass(frozen=True)
class Tables:
    """All records of a file."""

    presets: Side
    instruments: Side
    samples: Records


def read_tables(file: BinaryIO, pdta: Chunk) -> Tables | str:
    """The tables of a `pdta` list, or the name of the one that is not there."""
    found = {chunk.name: chunk for chunk in chunks(file, pdta)}
    read: dict[bytes, Records] = {}
    for name, dtype in _DTYPES.items():
        if name not in found:
            if name in (b"pmod", b"imod"):  # files without modulators leave them out
                read[name] = np.zeros(0, dtype)
                continue
            return name.decode()
        read[name] = _records(file, found[name], dtype)
    return Tables(
        Side(read[b"phdr"], read[b"pbag"], read[b"pgen"], read[b"pmod"]),
        Side(read[b"inst"], read[b"ibag"], read[b"igen"], read[b"imod"]),
        read[b"shdr"][:-1],
    )


def text(raw: bytes) -> str:
    """A name in a record: to the first zero, without what cannot be shown."""
    shown = raw.split(b"\0")[0].decode("latin-1")
    return "".join(letter for letter in shown if letter.isprintable()).strip()


def _records(file: BinaryIO, chunk: Chunk, dtype: np.dtype[Any]) -> Records:
    count = min((chunk.stop - chunk.start) // dtype.itemsize, _MOST + 1)
    file.seek(chunk.start)
    raw = file.read(count * dtype.itemsize)
    return np.frombuffer(raw, dtype, len(raw) // dtype.itemsize)
