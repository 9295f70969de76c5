"""A plain, forgiving reader of MIDI files and a comparer of two of them; it shares no code with the engine.

Containers must be sound: `read_file` answers None where lengths are false, for then there is no telling whose bytes are
whose. Within a chunk it reads on over everything that has a length: data bytes above 127, running status behind meta
events, unknown status bytes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

Voice = tuple[int, int, int]  # port, channel, pitch
_LONGEST_DELTA, _LARGEST_DELTA = 8, 0x0FFFFFFF
_END = b"\xff\x2f\x00"


@dataclass
class PlainEvent:
    """An event with its status byte, whether or not it stood there; `delta` and `raw` are its bytes in the file."""

    tick: int
    data: bytes
    delta: bytes
    raw: bytes

    @property
    def kind(self) -> int:
        return self.data[0] >> 4

    @property
    def is_on(self) -> bool:
        return self.kind == 9 and self.data[2] > 0

    @property
    def is_off(self) -> bool:
        return self.kind == 8 or (self.kind == 9 and self.data[2] == 0)


@dataclass
class PlainBody:
    """The events of a chunk, and the bytes behind its end of track or before which it could not be read on."""

    events: list[PlainEvent] = field(default_factory=list)
    tail: bytes = b""

    @property
    def ended(self) -> bool:
        return bool(self.events) and self.events[-1].data[:2] == _END[:2]

    def notes(self) -> list[tuple[int, Voice, int, int | None]]:
        """(onset, voice, velocity, end) of every note-on, first in, first out; None: never ended."""
        found: list[tuple[int, Voice, int, int | None]] = []
        waiting: dict[Voice, list[int]] = {}
        port = 0
        for event in self.events:
            if event.data[:2] == b"\xff\x21":
                payload = event.data[2 + _varlen(event.data, 2)[1] :]
                port = payload[0] if payload else port
            if not (event.is_on or event.is_off) or event.data[1] > 127:
                continue
            voice = (port, event.data[0] & 15, event.data[1])
            if event.is_on:
                waiting.setdefault(voice, []).append(len(found))
                found.append((event.tick, voice, min(event.data[2], 127), None))
            elif waiting.get(voice):
                k = waiting[voice].pop(0)
                found[k] = (*found[k][:3], event.tick)
        return found


@dataclass
class PlainFile:
    """Header fields, MTrk bodies, and what stands between and around them without the lengths of tracks."""

    header: bytes  # without the number of tracks
    tracks: int
    bodies: list[PlainBody]
    around: list[bytes]
    is_cut_off: bool  # the last chunk announces more than there is


def read_file(data: bytes) -> PlainFile | None:
    """The file's structure; None where it is none, or has lengths that lead nowhere."""
    size = int.from_bytes(data[4:8], "big")
    if data[:4] != b"MThd" or size < 6 or 8 + size > len(data) or size > 0xFFFF:
        return None
    file = PlainFile(data[8:10] + data[12 : 8 + size], int.from_bytes(data[10:12], "big"), [], [], False)
    at = 8 + size
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
        if not kind.isascii() or not kind.decode("ascii").isprintable() or kind == b"MThd":
            if b"MTrk" in data[at:]:
                return None
            break
        body = data[at + 8 : at + 8 + size]
        if kind == b"MTrk":
            found = read_body(body)
            if b"MTrk" in data[at + 8 : at + 8 + size + 3] or not (found.ended or _next_is_sound(data, at + 8 + size)):
                return None
            file.bodies.append(found)
            file.around.append(kind)
            file.is_cut_off = len(body) < size
        elif len(body) < size:
            if b"MTrk" in data[at:]:
                return None
            break
        else:
            file.around.append(data[at : at + 8 + size])
        at += 8 + size
    file.around.append(data[at:])
    return file


def _next_is_sound(data: bytes, at: int) -> bool:
    """Whether nothing more, or another chunk, stands where one ends."""
    kind = data[at : at + 4]
    fits = at + 8 + int.from_bytes(data[at + 4 : at + 8], "big") <= len(data)
    return at >= len(data) or kind == b"MTrk" or (fits and len(kind) == 4 and kind.isalnum() and kind != b"MThd")


def read_body(body: bytes) -> PlainBody:
    """Every event as far as the bytes have a meaning."""
    found, at, now, running = PlainBody(), 0, 0, 0
    while at < len(body):
        value, width = _varlen(body, at)
        begin = at + width
        if not 0 < width <= _LONGEST_DELTA or value > _LARGEST_DELTA or begin >= len(body):
            break
        explicit = body[begin] >= 0x80
        status = body[begin] if explicit else running
        size = _size(body, begin, status) if status else 0
        end = begin + size if explicit else begin + size - 1
        if not size or end > len(body):
            break
        now += value
        running = status if status < 0xF0 else running
        raw = body[begin:end]
        found.events.append(PlainEvent(now, raw if explicit else bytes([status]) + raw, body[at:begin], raw))
        at = end
        if found.ended:
            break
    found.tail = body[at:]
    return found


def _size(body: bytes, at: int, status: int) -> int:
    """Bytes of an event with its status; 0 where its length breaks off."""
    if status < 0xF0:
        return 2 if status >> 4 in (0xC, 0xD) else 3
    if status in (0xF0, 0xF7, 0xFF):
        head = 2 if status == 0xFF else 1
        length, width = _varlen(body, at + head)
        return head + width + length if width else 0
    return 1 + {0xF1: 1, 0xF2: 2, 0xF3: 1}.get(status, 0)


def _varlen(body: bytes, at: int) -> tuple[int, int]:
    """Value and width; a width of 0 where it breaks off, and a huge value where it is longer than any that matters."""
    value = 0
    for width in range(1, len(body) - at + 1):
        value = min(value << 7 | body[at + width - 1] & 0x7F, 2**40)
        if body[at + width - 1] < 0x80:
            return value, width
    return 0, 0


def difference(before: PlainFile, after: PlainFile | None) -> str:
    """What differs beside velocities of note-ons and ticks of note-offs; "" where it is nothing."""
    if after is None:
        return "the structure: it is a sound file no more"
    if before.header != after.header or before.around != after.around:
        return "the header or what lies between tracks"
    if after.tracks not in (before.tracks, len(after.bodies)):
        return "the number of tracks in the header"
    for number, (old, new) in enumerate(zip(before.bodies, after.bodies, strict=True)):
        may_end = before.is_cut_off and number == len(before.bodies) - 1
        told = _body_difference(old, new, may_end)
        if told:
            return f"{told}: track {number}"
    return ""


def _body_difference(old: PlainBody, new: PlainBody, may_end: bool) -> str:
    events = new.events
    if may_end and new.ended and not old.ended:
        events = events[:-1]  # a file that was cut off gets its end of track
    if old.tail != new.tail:
        return "bytes behind the events"
    if _ends(old.events) != _ends(events):
        return "note-offs themselves"
    before, after = _others(old.events), _others(events)
    if before != after:
        where = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), len(before))
        return f"events that are no note-offs, {before[where : where + 2]} to {after[where : where + 2]}"
    if [n[:2] for n in old.notes()] != [n[:2] for n in PlainBody(events).notes()]:
        return "notes"
    if [n[3] is None for n in old.notes()] != [n[3] is None for n in PlainBody(events).notes()]:
        return "which notes have an end"
    return ""


def _ends(events: list[PlainEvent]) -> Counter[bytes]:
    return Counter(event.data for event in events if event.is_off)


def _others(events: list[PlainEvent]) -> list[tuple[int, bytes]]:
    return [(e.tick, e.data[:2] if e.is_on else e.data) for e in events if not e.is_off]
