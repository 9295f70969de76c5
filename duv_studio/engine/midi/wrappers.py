"""MIDI files inside other files: RIFF (.rmi), with texts and sounds beside the music, and MacBinary of old archives."""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Iterator
from typing import Literal

from duv_studio.errors import DuvError

HEAD = 132  # bytes that tell what a file is
_DATA_AT = 12  # where the first chunk of a RIFF file stands
_MAC_BLOCK, _MAC_SIZE, _MAC_CRC = 128, slice(83, 87), slice(124, 126)
_UNKNOWN = 2**31  # bytes: a size that was never filled in

Order = Literal["little", "big"]


def is_wrapped(data: bytes) -> bool:
    """Whether the file, of which the first HEAD bytes are enough, is MIDI within another format."""
    return _is_riff(data) or _is_mac_binary(data)


def midi_span(data: bytes, name: str) -> tuple[int, int]:
    """Where the MIDI file within the data begins, and the announced end of it, which may lie behind their own.

    That is all of the data where nothing is wrapped around it. DuvError where a wrapper holds no MIDI.
    """
    if _is_mac_binary(data):
        size = int.from_bytes(data[_MAC_SIZE], "big")
        return _MAC_BLOCK, _MAC_BLOCK + size if size else len(data)
    if not _is_riff(data):
        return 0, len(data)
    for at, size in _riff_chunks(data):
        if data[at : at + 4] == b"data" and data.startswith(b"MThd", at + 8):
            return at + 8, at + 8 + size if 0 < size < _UNKNOWN else len(data)
    at = data.find(b"MThd", _DATA_AT)  # a size before it may be wrong
    if at >= 0 and data[at - 8 : at - 4] == b"data":
        return at, at + int.from_bytes(data[at - 4 : at], _order(data))
    raise DuvError("The file is RIFF-wrapped MIDI, but there is no MIDI in it", hint="choose another file", file=name)


def rewrapped(data: bytes, begin: int, end: int, midi: bytes) -> bytes:
    """The data with `midi` in place of data[begin:end], and the sizes that the wrapper announces to match."""
    if _is_mac_binary(data):
        return _in_mac_binary(data, end, midi)
    if _is_riff(data):
        return _in_riff(data, begin, end, midi)
    return data[:begin] + midi + data[end:]


def around(data: bytes, begin: int, end: int) -> bytes:
    """What stands around the MIDI file, without the sizes that follow from its size."""
    head, rest = bytearray(data[:begin]), data[end:]
    if _is_mac_binary(data):
        head[_MAC_SIZE], head[_MAC_CRC] = bytes(4), bytes(2)
        return bytes(head) + data[_padded(end - begin) + begin :]
    if _is_riff(data):
        head[4:8] = head[-4:] = bytes(4)
        rest = data[_after_padding(data, begin, end) :]
    return bytes(head) + rest


def _is_riff(data: bytes) -> bool:
    return data[:4] in (b"RIFF", b"RIFX") and data[8:12] == b"RMID"


def _is_mac_binary(data: bytes) -> bool:
    """Whether a header of 128 bytes with the name of a Macintosh file precedes the MIDI file."""
    return data[:1] == b"\0" and data[128:132] == b"MThd" and 1 <= data[1] <= 63 and data[74] == data[82] == 0


def _order(data: bytes) -> Order:
    return "big" if data[:4] == b"RIFX" else "little"


def _riff_chunks(data: bytes) -> Iterator[tuple[int, int]]:
    """Offset and size of every chunk of a RIFF file; a pad byte that is missing behind an odd size is forgiven."""
    at, order = _DATA_AT, _order(data)
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], order)
        yield at, size
        at += 8 + size
        at += int(size % 2 == 1 and not is_chunk_name(data[at : at + 4]))


def _in_riff(data: bytes, begin: int, end: int, midi: bytes) -> bytes:
    order, after = _order(data), _after_padding(data, begin, end)
    head = bytearray(data[:begin])
    result_size = begin + len(midi) + len(midi) % 2 + len(data) - after
    announced = 8 + int.from_bytes(data[4:8], order)
    behind = len(data) - announced if after <= announced <= len(data) else 0  # what follows the RIFF file
    head[4:8] = (result_size - behind - 8).to_bytes(4, order)
    head[-4:] = len(midi).to_bytes(4, order)
    return bytes(head) + midi + bytes(len(midi) % 2) + data[after:]


def _after_padding(data: bytes, begin: int, end: int) -> int:
    """Where the chunk behind the MIDI file begins."""
    return end + 1 if (end - begin) % 2 and end < len(data) and not is_chunk_name(data[end : end + 4]) else end


def is_chunk_name(kind: bytes) -> bool:
    """Whether four bytes may name a chunk, of RIFF or of a MIDI file."""
    return len(kind) == 4 and kind.isascii() and kind.decode("ascii").isprintable()


def _in_mac_binary(data: bytes, end: int, midi: bytes) -> bytes:
    head = bytearray(data[:_MAC_BLOCK])
    had_sum = crc_hqx(bytes(head[: _MAC_CRC.start]), 0).to_bytes(2, "big") == head[_MAC_CRC]
    head[_MAC_SIZE] = len(midi).to_bytes(4, "big")
    if had_sum:
        head[_MAC_CRC] = crc_hqx(bytes(head[: _MAC_CRC.start]), 0).to_bytes(2, "big")
    rest = data[_MAC_BLOCK + _padded(end - _MAC_BLOCK) :]
    was_padded = len(data) >= _MAC_BLOCK + _padded(end - _MAC_BLOCK)
    padding = bytes(_padded(len(midi)) - len(midi)) if was_padded else b""
    return bytes(head) + midi + padding + rest


def _padded(size: int) -> int:
    return -(-size // _MAC_BLOCK) * _MAC_BLOCK
