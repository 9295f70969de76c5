"""The events of one MTrk chunk as arrays over its untouched bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
ByteArray = NDArray[np.uint8]

MAX_DELTA = 0x0FFFFFFF  # the largest delta time that four bytes can hold
META, SYSEX, ESCAPE = 0xFF, 0xF0, 0xF7
END_OF_TRACK = 0x2F
_LONGEST_DELTA = 8  # bytes; more than 4 break the rules, but leading padding is harmless

# Data bytes after a channel status (0 for all other bytes) and after the system messages that have a fixed length.
_CHANNEL_DATA = tuple({0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}.get(s >> 4, 0) for s in range(256))
_SYSTEM_DATA = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0} | dict.fromkeys(range(0xF8, 0xFF), 0)
_Scalar = TypeVar("_Scalar", bound=np.generic)


@dataclass(frozen=True)
class Events:
    """The e readable events of a chunk body, in file order. Offsets count from the first byte of the body.

    The bytes of event i are body[start[i] : start[i] + length[i]], its delta time stands in body[delta_start[i] :
    start[i]]. `status` is the effective status byte: the running one where the event has none of its own.
    """

    tick: IntArray  # (e,) from the start of the chunk
    delta_start: IntArray  # (e,)
    start: IntArray  # (e,)
    length: IntArray  # (e,)
    status: ByteArray  # (e,)
    explicit: NDArray[np.bool_]  # (e,) False: relies on running status
    stop: int  # offset after the last readable event
    ended: bool  # an end of track was read; what follows it is kept, not read

    def __len__(self) -> int:
        return len(self.tick)

    @property
    def is_channel(self) -> NDArray[np.bool_]:
        """(e,) True for channel messages, False for meta, system exclusive and other system messages."""
        return self.status < 0xF0

    def meta(self, body: bytes, kind: int) -> list[tuple[int, bytes]]:
        """(event index, payload) of every meta event of one kind, in order."""
        candidates = np.flatnonzero(self.status == META)
        types = np.frombuffer(body, np.uint8)[self.start[candidates] + 1]
        return [(int(i), self.payload(body, int(i))) for i in candidates[types == kind]]

    def payload(self, body: bytes, index: int) -> bytes:
        """The data of a meta event, without type and length."""
        _, at = _read_varlen(body, int(self.start[index]) + 2)
        return body[at : int(self.start[index] + self.length[index])]


def scan_events(body: bytes) -> Events:
    """Find every event of a chunk body, up to its end of track or the first byte that makes no sense."""
    delta_starts, starts, stop, ended = _walk(body)
    raw = np.frombuffer(body, np.uint8)
    delta_start, start = np.array(delta_starts, np.int64), np.array(starts, np.int64)
    end = np.append(delta_start[1:], stop)[: len(start)]
    delta, delta_is_sane = _decode_deltas(raw, delta_start, start)
    explicit = raw[start] >= 0x80
    status = _effective_status(raw, start, explicit)
    bad = ~delta_is_sane | _has_bad_data(raw, start + explicit, end, status)
    count = int(np.argmax(bad)) if bad.any() else len(start)
    return Events(
        tick=frozen(np.cumsum(delta[:count])),
        delta_start=frozen(delta_start[:count]),
        start=frozen(start[:count]),
        length=frozen((end - start)[:count]),
        status=frozen(status[:count]),
        explicit=frozen(explicit[:count]),
        stop=stop if count == len(start) else int(delta_start[count]),
        ended=ended and count == len(start),
    )


def _walk(body: bytes) -> tuple[list[int], list[int], int, bool]:
    """Offsets of delta times and of events, the offset after the last whole event, and whether the track ended.

    Running status survives meta and system events: the standard says otherwise, but a data byte in place of a status
    byte has only this one reading, and sloppy files rely on it.
    """
    delta_starts: list[int] = []
    starts: list[int] = []
    size, stop, running = len(body), 0, 0
    try:
        while stop < size:
            at = stop
            while body[at] >= 0x80:
                at += 1
            at += 1
            status = body[at]
            ended = False
            if status < 0x80:
                if not running:
                    break
                end = at + running
            elif status < 0xF0:
                running = _CHANNEL_DATA[status]
                end = at + 1 + running
            else:
                end, ended = _system_end(body, at)
            if end > size:
                break
            delta_starts.append(stop)
            starts.append(at)
            stop = end
            if ended:
                return delta_starts, starts, stop, True
    except IndexError:
        pass  # the body breaks off inside an event
    return delta_starts, starts, stop, False


def _system_end(body: bytes, at: int) -> tuple[int, bool]:
    """Offset after the meta or system event at `at`, and whether it ends the track; IndexError where it has no end."""
    status = body[at]
    if status == META:
        length, data = _read_varlen(body, at + 2)
        return data + length, body[at + 1] == END_OF_TRACK
    if status in (SYSEX, ESCAPE):
        length, data = _read_varlen(body, at + 1)
        return data + length, False
    if status not in _SYSTEM_DATA:
        raise IndexError(at)  # F4 and F5 have no meaning, so no length that could be trusted
    return at + 1 + _SYSTEM_DATA[status], False


def _read_varlen(body: bytes, at: int) -> tuple[int, int]:
    """A variable-length quantity and the offset after it."""
    value = 0
    while body[at] >= 0x80:
        value = value << 7 | body[at] & 0x7F
        at += 1
    return value << 7 | body[at], at + 1


def variable_length(value: int) -> bytes:
    """A variable-length quantity: seven bits a byte, the highest bit set on all but the last."""
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(0x80 | (value & 0x7F))
    return bytes(reversed(digits))


def _decode_deltas(raw: ByteArray, begin: IntArray, end: IntArray) -> tuple[IntArray, NDArray[np.bool_]]:
    """Delta times in ticks, and where they are short and small enough to be believed."""
    size = end - begin
    value = np.zeros(len(begin), np.int64)
    for k in range(min(int(size.max(initial=0)), _LONGEST_DELTA)):
        inside = size > k
        value[inside] = value[inside] << 7 | raw[begin[inside] + k] & 0x7F
    return value, (size <= _LONGEST_DELTA) & (value <= MAX_DELTA)


def _effective_status(raw: ByteArray, start: IntArray, explicit: NDArray[np.bool_]) -> ByteArray:
    """Each event's own status byte, or that of the last channel message before it."""
    own = raw[start]
    sets_running = explicit & (own < 0xF0)
    source = np.maximum.accumulate(np.where(sets_running, np.arange(len(start)), 0))
    return np.where(explicit, own, own[source] if len(own) else own)


def _has_bad_data(raw: ByteArray, data: IntArray, end: IntArray, status: ByteArray) -> NDArray[np.bool_]:
    """Channel messages with a data byte above 127: from there on the bytes cannot be trusted."""
    channel = status < 0xF0
    first, last = np.where(channel, data, 0), np.where(channel, end - 1, 0)
    return channel & ((raw[first] | raw[last]) >= 0x80)


def frozen(array: NDArray[_Scalar]) -> NDArray[_Scalar]:
    """The same array, made read-only."""
    array.flags.writeable = False
    return array
