"""The events of one MTrk chunk as arrays over its untouched bytes."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
ByteArray = NDArray[np.uint8]
Buffer = bytes | memoryview

MAX_DELTA = 0x0FFFFFFF  # the largest delta time that four bytes can hold
META, SYSEX, ESCAPE = 0xFF, 0xF0, 0xF7
END_OF_TRACK = 0x2F
MOST = 127  # that a data byte may be; odd ones are more
_END_BYTES = bytes([META, END_OF_TRACK, 0])
_ENDLESS = 2**40  # bytes: longer than any file
_LONGEST_DELTA = 8  # bytes; more than 4 break the rules, but leading padding is harmless

# Data bytes after a channel status (0 for all other bytes) and after the system messages that have any.
_CHANNEL_DATA = tuple({0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}.get(s >> 4, 0) for s in range(256))
_SYSTEM_DATA = {0xF1: 1, 0xF2: 2, 0xF3: 1}
_Scalar = TypeVar("_Scalar", bound=np.generic)


def frozen(array: NDArray[_Scalar]) -> NDArray[_Scalar]:
    """The same array, made read-only."""
    array.flags.writeable = False
    return array


def by_value(values: IntArray) -> Iterator[tuple[int, IntArray]]:
    """Every different value, ascending, with its places in order."""
    order = np.argsort(values, kind="stable")
    first = np.flatnonzero(np.diff(values[order], prepend=values[order][:1] - 1))
    for places in np.split(order, first)[1:]:
        yield int(values[places[0]]), places


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
    odd: int  # how many channel messages have a data byte above 127
    stop: int  # offset after the last readable event
    ended: bool  # an end of track was read; what follows it is kept, not read
    runs_out: bool  # what stands at `stop` is the beginning of an event that is longer than the body

    def __len__(self) -> int:
        return len(self.tick)

    @property
    def is_channel(self) -> NDArray[np.bool_]:
        """(e,) True for channel messages, False for meta, system exclusive and other system messages."""
        return self.status < 0xF0

    def has(self, kind: int) -> bool:
        """Whether there is a channel message of a kind, such as 0xB0, on any channel, or an event of a status above."""
        return kind in self._kinds

    @cached_property
    def _kinds(self) -> frozenset[int]:
        present = np.flatnonzero(np.bincount(self.status, minlength=256)).tolist()
        return frozenset(status & 0xF0 if status < 0xF0 else status for status in present)

    def payload(self, body: Buffer, index: int) -> bytes:
        """The data of a meta event, without type and length."""
        _, at = _read_varlen(body, int(self.start[index]) + 2)
        return bytes(body[at : int(self.start[index] + self.length[index])])

    def packet(self, body: Buffer, index: int) -> bytes:
        """The bytes of a system exclusive event, without its status and length."""
        _, at = _read_varlen(body, int(self.start[index]) + 1)
        return bytes(body[at : int(self.start[index] + self.length[index])])


def scan_events(data: bytes, begin: int = 0, end: int | None = None, head: bytes = b"") -> Events:
    """Find every event of the chunk body data[begin:end], up to its end of track or the first byte without sense.

    Where an event would begin with the bytes `head`, the body is over. A data byte above 127 is a part of its message
    all the same: that is how most players read it, and how the rest of the track makes sense.
    """
    end = len(data) if end is None else end
    walk = _walk(data, begin, end, head)
    if not walk.starts:
        return _no_events(walk.runs_out)
    raw = np.frombuffer(data, np.uint8)[begin:end]
    delta_start, start = (np.frombuffer(places, np.int64) - begin for places in (walk.delta_starts, walk.starts))
    stop = walk.stop - begin
    after = np.append(delta_start[1:], stop)[: len(start)]
    delta, delta_is_sane = _decode_deltas(raw, delta_start, start)
    explicit = raw[start] >= 0x80
    status = _effective_status(raw, start, explicit)
    odd = _has_odd_data(raw, start + explicit, after, status)
    count = _believed(raw, walk, after, delta_is_sane, odd, status)
    is_whole = count == len(start)
    return Events(
        tick=frozen(np.cumsum(delta[:count])),
        delta_start=frozen(delta_start[:count]),
        start=frozen(start[:count]),
        length=frozen((after - start)[:count]),
        status=frozen(status[:count]),
        explicit=frozen(explicit[:count]),
        odd=int(np.count_nonzero(odd[:count])),
        stop=stop if is_whole else int(delta_start[count]),
        ended=walk.ended and is_whole,
        runs_out=walk.runs_out and is_whole,
    )


NONE = frozen(np.zeros(0, np.int64))
_NO_STATUS, _NO_FLAG = frozen(np.zeros(0, np.uint8)), frozen(np.zeros(0, np.bool_))


def _no_events(runs_out: bool) -> Events:
    return Events(NONE, NONE, NONE, NONE, _NO_STATUS, _NO_FLAG, 0, 0, ended=False, runs_out=runs_out)


@dataclass
class _Walk:
    """How far a body was read, in offsets of the data that it lies in."""

    stop: int  # after the last whole event
    delta_starts: array[int] = field(default_factory=lambda: array("q"))
    starts: array[int] = field(default_factory=lambda: array("q"))
    running: int = -1  # data bytes of the last channel message
    ended: bool = False
    runs_out: bool = False
    is_over: bool = False  # nothing more can be read


def _walk(data: bytes, begin: int, end: int, head: bytes) -> _Walk:
    """The places of delta times and events, without a look at data bytes."""
    walk, limit = _Walk(begin), end
    while not walk.is_over:
        if head:
            found = data.find(head, walk.stop, end + len(head) - 1)
            limit = end if found < 0 else found
        _walk_until(data, limit, end, walk)
        walk.is_over |= walk.stop in (limit, end)  # else the bytes of `head` stand inside an event
    return walk


def _walk_until(data: bytes, limit: int, end: int, walk: _Walk) -> None:
    """Walk over whole events from `walk.stop` to the first that begins at `limit` or later.

    Running status survives meta and system events: the standard says otherwise, but a data byte in place of a status
    byte has only this one reading, and sloppy files rely on it.
    """
    delta_starts, starts = walk.delta_starts, walk.starts
    stop, running, after, ended = walk.stop, walk.running, walk.stop, False
    try:
        while stop < limit and not ended:
            at = stop
            while data[at] >= 0x80:
                at += 1
            at += 1
            status = data[at]
            if status < 0x80:
                if running < 0:
                    after = at + 1
                    break
                after = at + running
            elif status < 0xF0:
                running = _CHANNEL_DATA[status]
                after = at + 1 + running
            else:
                after, ended = _system_end(data, at)
            if after > end:
                break
            delta_starts.append(stop)
            starts.append(at)
            stop = after
    except IndexError:
        after = end + 1  # the data break off inside an event
    walk.runs_out = after > end
    walk.ended = ended and not walk.runs_out
    walk.is_over = walk.ended or stop < limit
    walk.stop, walk.running = stop, running


def _system_end(data: bytes, at: int) -> tuple[int, bool]:
    """Offset after the meta or system event at `at`, and whether it ends the track; IndexError where it has no end."""
    status = data[at]
    if status == META:
        length, begin = _read_varlen(data, at + 2)
        return begin + length, data[at + 1] == END_OF_TRACK
    if status in (SYSEX, ESCAPE):
        length, begin = _read_varlen(data, at + 1)
        return begin + length, False
    return at + 1 + _SYSTEM_DATA.get(status, 0), False


def _read_varlen(data: Buffer, at: int) -> tuple[int, int]:
    """A variable-length quantity and the offset after it; none is larger than any file."""
    value = 0
    while data[at] >= 0x80:
        value = min(value << 7 | data[at] & 0x7F, _ENDLESS)
        at += 1
    return value << 7 | data[at], at + 1


def _believed(
    raw: ByteArray,
    walk: _Walk,
    after: IntArray,
    delta_is_sane: NDArray[np.bool_],
    odd: NDArray[np.bool_],
    status: ByteArray,
) -> int:
    """How many of the events found make sense.

    A status without meaning (F4, F5) does where all that follows it makes sense up to the very end.
    """
    bad = ~delta_is_sane
    if not (walk.ended and after[-1] == len(raw)):
        bad |= (status == 0xF4) | (status == 0xF5)
    if not walk.ended and raw[-len(_END_BYTES) :].tobytes() == _END_BYTES:
        # A message that is cut short by the end of track did not mean to swallow it.
        last = np.searchsorted(after, len(raw) - len(_END_BYTES), side="right")
        bad[last : last + 1] |= odd[last : last + 1]
    return int(np.argmax(bad)) if bad.any() else len(after)


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


def _has_odd_data(raw: ByteArray, data: IntArray, end: IntArray, status: ByteArray) -> NDArray[np.bool_]:
    """Channel messages with a data byte above 127."""
    channel = status < 0xF0
    first, last = np.where(channel, data, 0), np.where(channel, end - 1, 0)
    return channel & ((raw[first] | raw[last]) >= 0x80)
