"""SoundFont files as tables: what a preset is made of, read and written field by field (SoundFont 2.04, section 7)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[Any]

INSTRUMENT, SAMPLE = 41, 53  # the generators that name an instrument of a preset, a sample of an instrument
VORBIS = 0x10  # in the type of a sample of an SF3 file: its bytes are an Ogg Vorbis stream

_UNUSED = [("library", "<u4"), ("genre", "<u4"), ("morphology", "<u4")]
_PLACES = [("start", "<u4"), ("end", "<u4"), ("loop_start", "<u4"), ("loop_end", "<u4")]
_BAG = [("generator", "<u2"), ("modulator", "<u2")]
_GENERATOR = [("operator", "<u2"), ("amount", "<u2")]
_MODULATOR = [("source", "<u2"), ("target", "<u2"), ("amount", "<i2"), ("amount_source", "<u2"), ("transform", "<u2")]
RECORDS: Mapping[str, np.dtype[Any]] = {
    "phdr": np.dtype(
        [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), *_UNUSED],
    ),
    "pbag": np.dtype(_BAG),
    "pmod": np.dtype(_MODULATOR),
    "pgen": np.dtype(_GENERATOR),
    "inst": np.dtype([("name", "S20"), ("bag", "<u2")]),
    "ibag": np.dtype(_BAG),
    "imod": np.dtype(_MODULATOR),
    "igen": np.dtype(_GENERATOR),
    "shdr": np.dtype(
        [("name", "S20"), *_PLACES, ("rate", "<u4"), ("key", "u1"), ("cents", "i1"), ("link", "<u2"), ("kind", "<u2")],
    ),
}


@dataclass(frozen=True)
class Bank:
    """A SoundFont: its texts by chunk, its tables by chunk with the closing record of each, and its samples' bytes."""

    info: Mapping[str, bytes]
    tables: Mapping[str, Table]
    samples: npt.NDArray[np.uint8]


def read(path: Path) -> Bank:
    """Read an SF2 or SF3 file; its samples stay on the disk until they are asked for. ValueError where it is none."""
    data = np.memmap(path, np.uint8, "r")
    if bytes(data[:4]) != b"RIFF" or bytes(data[8:12]) != b"sfbk":
        raise ValueError(f"{path} is no SoundFont")
    info: dict[str, bytes] = {}
    tables: dict[str, Table] = {}
    samples = data[:0]
    for _, start, end in _chunks(data, 12, len(data)):
        for name, first, last in _chunks(data, start + 4, end):
            if name == "smpl":
                samples = data[first:last]
            elif name in RECORDS:
                tables[name] = np.frombuffer(bytes(data[first:last]), RECORDS[name])
            else:
                info[name] = bytes(data[first:last])
    if missing := RECORDS.keys() - tables.keys():
        raise ValueError(f"{path} has no {', '.join(sorted(missing))}")
    return Bank(info, tables, samples)


def _chunks(data: Table, position: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Name, start and end of each chunk; SF3 files do not always pad one of odd length to an even one."""
    while position + 8 <= end:
        name = bytes(data[position : position + 4]).decode("latin-1")
        start = position + 8
        position = start + int.from_bytes(bytes(data[position + 4 : start]), "little")
        yield name, start, position
        if position & 1 and position < end and data[position] == 0:
            position += 1


def written(info: Mapping[str, bytes], tables: Mapping[str, Table], samples: bytes) -> bytes:
    """The file of these texts, tables and samples."""
    texts = b"".join(_chunk(name, text) for name, text in info.items())
    records = b"".join(_chunk(name, tables[name].tobytes()) for name in RECORDS)
    lists = (b"INFO" + texts, b"sdta" + _chunk("smpl", samples), b"pdta" + records)
    return _chunk("RIFF", b"sfbk" + b"".join(_chunk("LIST", content) for content in lists))


def _chunk(name: str, content: bytes) -> bytes:
    return name.encode() + struct.pack("<I", len(content)) + content + b"\0" * (len(content) & 1)
