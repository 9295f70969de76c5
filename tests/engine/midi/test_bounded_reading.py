"""Reading takes work in proportion to the file, whatever is in it: counted in bytes looked at and functions called."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, SupportsIndex

import numpy as np
import pytest

from duv_studio.engine.midi.events import scan_events
from duv_studio.engine.midi.midi_file import encode, parse
from duv_studio.engine.midi.smf import parse_smf
from duv_studio.engine.midi.song import Song
from duv_studio.engine.midi.time_maps import MeterMap
from duv_studio.errors import DuvError
from tests.midi_builder import chunk, header, meta, varlen

_END = b"\x00\xff\x2f\x00"
_NOTE = b"\x00\x90\x3c\x40\x60\x80\x3c\x40"


class _Counted(bytes):
    """Bytes that count how many of them are looked at, copied or searched."""

    work = 0

    def __getitem__(self, key: SupportsIndex | slice) -> Any:
        found = super().__getitem__(key)
        self.work += len(found) if isinstance(found, bytes) else 1
        return found

    def find(self, *args: Any) -> int:
        found = super().find(*args)
        start, stop = args[1], args[2] if len(args) > 2 else len(self)
        self.work += max(0, (min(stop, len(self)) if found < 0 else found) - start)
        return found


def _tracks(count: int, track: bytes) -> bytes:
    return header(1, min(count, 65_535), 96) + track * count


def _body(body: bytes, division: int = 96) -> bytes:
    return header(0, 1, division) + chunk(b"MTrk", body)


FILES: dict[str, Callable[[int], bytes]] = {
    "an endless length": lambda n: _body(_NOTE + b"\x00\xff\x01" + b"\xff" * n),
    "an endless exclusive message": lambda n: _body(_NOTE + b"\x00\xf0" + b"\xff" * n),
    "an endless delta time": lambda n: _body(_NOTE + b"\x80" * n + b"\x01" + _END),
    "tracks with lengths never filled in": lambda n: _tracks(n // 20, b"MTrk\xff\xff\xff\xff" + _NOTE + _END),
    "the same without ends": lambda n: _tracks(n // 16, b"MTrk\x7f\x00\x00\x00" + _NOTE),
    "tracks of length 0": lambda n: _tracks(n // 16, b"MTrk\0\0\0\0" + _NOTE),
    "tracks too short": lambda n: _tracks(n // 20, b"MTrk\0\0\0\2" + _NOTE + _END),
    "empty tracks": lambda n: _tracks(n // 8, b"MTrk\0\0\0\0") + chunk(b"MTrk", _NOTE),
    "heads of tracks": lambda n: _body(_NOTE) + b"MTrk" * (n // 4),
    "broken tracks": lambda n: _tracks(n // 20, chunk(b"MTrk", _NOTE + b"\x00\xf4\x20\x20")),
    "tracks that announce zones": lambda n: _tracks(
        n // 40, chunk(b"MTrk", b"\0\xb0\x65\0\0\x64\6\0\6\x05" + _NOTE.replace(b"\x90", b"\x91") + _END)
    ),
    "private chunks": lambda n: header(1, 1, 96) + chunk(b"ABCD", b"") * (n // 8) + chunk(b"MTrk", _NOTE),
    "names of tracks inside texts": lambda n: _body(_NOTE + b"\x00\xff\x01\x04MTrk" * (n // 8) + _END) + b"x",
    "texts too long around names of tracks": lambda n: _tracks(n // 16, b"MTrk\0\0\0\x20\0\xff\1\x90MTrk"),
    "note-ons without note-offs": lambda n: _body(b"\x00\x90\x3c\x40" + b"\x00\x3c\x40" * (n // 3) + _END),
    "as many note-offs": lambda n: _body(_NOTE + b"\0\x90\x3c\1" + b"\0\x3c\1" * (n // 6) + b"\0\x3c\0" * (n // 6)),
    "odd data bytes": lambda n: _body(_NOTE + b"\x00\xb0\x07\x80" * (n // 4) + _END),
    "tempos": lambda n: _body(_NOTE + b"".join(b"\1" + meta(0x51, bytes([k % 99, 1, 2])) for k in range(n // 7))),
    "tempos in frames": lambda n: _body(_NOTE + (b"\1" + meta(0x51, b"\7\1\2")) * (n // 7) + _END, 0xE728),
    "time signatures": lambda n: _body(_NOTE + (b"\1" + meta(0x58, b"\3\2\x18\x08")) * (n // 8) + _END),
    "denominators beyond all measure": lambda n: _body(_NOTE + (b"\1" + meta(0x58, b"\4\xc8\x18\x08")) * (n // 8)),
    "names": lambda n: _body(_NOTE + b"".join(b"\0" + meta(3, b"\xe9" + varlen(k, 3)) for k in range(n // 8)) + _END),
    "one long name": lambda n: _body(b"\0\xff\3" + varlen(n) + b"\xe9" * n + _NOTE + _END),
    "ports": lambda n: _body(b"".join(b"\0" + meta(0x21, bytes([k % 256])) + _NOTE for k in range(n // 13)) + _END),
    "programs": lambda n: _body(b"".join(bytes([0, 0xC0, k * 7 % 128]) + _NOTE for k in range(n // 11)) + _END),
    "packets of one message": lambda n: _body(_NOTE + b"\0\xf0\1\x43" + b"\0\xf7\2\x43\x44" * (n // 5) + _END),
    "resets of drum kits": lambda n: _body(_NOTE + b"\0\xf0\5\x7e\x7f\x09\1\xf7" * (n // 8) + _END),
    "the longest delta times": lambda n: _body(_NOTE + b"".join(b"\xff\xff\xff\x7f\x3c\1" for _ in range(n // 6)), 1),
    "chunks of RIFF": lambda n: b"RIFF\0\0\0\0RMID" + b"abcd\0\0\0\0" * (n // 8) + b"data\x19\0\0\0" + _body(_NOTE),
}  # fmt: skip


def _calls(work: Callable[[], object]) -> int:
    """How many functions are called, of Python and of C."""
    count = 0

    def count_call(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count_call)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def _read_and_write(data: bytes) -> Song | None:
    try:
        song = parse(data)
    except DuvError:
        return None
    assert encode(song, song.as_written()) == data
    return song


@pytest.mark.parametrize("made", FILES.values(), ids=FILES.keys())
def test_the_bytes_looked_at_grow_with_the_file_and_no_faster(made: Callable[[int], bytes]) -> None:
    for size in (2_000, 16_000):
        data = _Counted(made(size))
        parse_smf(data)
        assert data.work <= 6 * len(data) + 1_000


@pytest.mark.parametrize("made", FILES.values(), ids=FILES.keys())
def test_the_calls_grow_with_the_file_and_no_faster(made: Callable[[int], bytes]) -> None:
    _read_and_write(made(2_000))  # what is remembered for good
    once, eight_times = (_calls(lambda size=size: _read_and_write(made(size))) for size in (2_000, 16_000))  # type: ignore[misc]
    assert eight_times <= 10 * once + 2_000


def test_lengths_never_become_large_numbers() -> None:
    """A million bytes of length are no number of a million digits."""
    body = _NOTE + b"\x00\xff\x01" + b"\xff" * 1_000_000
    assert scan_events(body).stop == len(_NOTE)


def test_chunks_copy_nothing() -> None:
    data = _tracks(50, b"MTrk\xff\xff\xff\xff" + _NOTE + _END)
    for read in parse_smf(data).chunks:
        assert isinstance(read.body, memoryview) and read.body.obj is data


def test_only_the_signatures_in_view_are_looked_at() -> None:
    meter = MeterMap(96, ((384 * k, 4, 4) for k in range(20_000)))
    assert meter.bar_ticks(384 * 5_010, 384 * 5_000).tolist() == [384 * k for k in range(5_000, 5_011)]
    assert _calls(lambda: meter.beat_ticks(384 * 5_010, 384 * 5_000)) < 500
    assert meter.bar_ticks(10**12, 10**12 - 384).tolist() == [10**12 - 256]
    assert np.array_equal(meter.bar_ticks(800), [0, 384, 768])
