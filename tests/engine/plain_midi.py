"""A plain, slow reader of MIDI chunks, the judge of what the engine reads and writes; it shares no code with it.

It is strict: running status ends with a meta or system event, every chunk has its announced length.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class PlainNote:
    """A note by its places in the chunk's list of events; `off` is None for a note never ended."""

    on: int
    voice: tuple[int, int, int]  # port, channel, pitch
    off: int | None = None


@dataclass
class PlainChunk:
    """Events as (tick, bytes with their status byte), notes paired first in, first out."""

    events: list[tuple[int, bytes]] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    notes: list[PlainNote] = field(default_factory=list)
    strays: list[int] = field(default_factory=list)
    tail: bytes = b""

    def tick(self, event: int) -> int:
        return self.events[event][0]

    def duration(self, note: PlainNote) -> int:
        last = len(self.events) - 1 if note.off is None else note.off
        return self.tick(last) - self.tick(note.on)

    def others(self, edited_offs: set[int]) -> list[tuple[int, bytes]]:
        """Every event but `edited_offs`, without velocities of note-ons."""
        kept = [event for i, event in enumerate(self.events) if i not in edited_offs]
        return [(tick, event[:2] if is_on(event) else event) for tick, event in kept]


def is_on(event: bytes) -> bool:
    return event[0] >> 4 == 9 and event[2] > 0


def is_off(event: bytes) -> bool:
    return event[0] >> 4 == 8 or (event[0] >> 4 == 9 and event[2] == 0)


def read_chunks(data: bytes) -> tuple[list[PlainChunk], list[bytes]]:
    """The MTrk chunks of a sound file, and all bytes around them: header, unknown chunks, what follows the last."""
    chunks, around, at = [], [], 0
    while at + 8 <= len(data) and data[at : at + 4].isalpha():
        length = int.from_bytes(data[at + 4 : at + 8], "big")
        body = data[at + 8 : at + 8 + length]
        assert len(body) == length, "a chunk runs past the end of the file"
        if data[at : at + 4] == b"MTrk":
            chunks.append(read_chunk(body))
            around.append(b"MTrk")
        else:
            around.append(data[at : at + 8 + length])
        at += 8 + length
    return chunks, [*around, data[at:]]


def read_chunk(body: bytes) -> PlainChunk:
    chunk = PlainChunk()
    at = now = running = port = 0
    while at < len(body):
        delta, at = _varlen(body, at)
        now += delta
        event, at, running = _event(body, at, running)
        port = event[3] if event[:2] == b"\xff\x21" else port
        chunk.events.append((now, event))
        chunk.ports.append(port)
        if event[:2] == b"\xff\x2f":
            break
    chunk.tail = body[at:]
    _pair(chunk)
    return chunk


def _event(body: bytes, at: int, running: int) -> tuple[bytes, int, int]:
    """Bytes with status, the place after them, the running status after them."""
    start, status = at, body[at]
    if status < 0x80:
        assert running, "running status without a status"
        size = 1 if running >> 4 in (0xC, 0xD) else 2
        return bytes([running]) + body[at : at + size], at + size, running
    if status < 0xF0:
        size = 1 if status >> 4 in (0xC, 0xD) else 2
        return body[at : at + 1 + size], at + 1 + size, status
    length, at = _varlen(body, at + 2 if status == 0xFF else at + 1)
    assert at + length <= len(body), "an event runs past the end of its chunk"
    return body[start : at + length], at + length, 0


def _varlen(body: bytes, at: int) -> tuple[int, int]:
    value = body[at] & 0x7F
    while body[at] >= 0x80:
        at += 1
        value = value * 128 + (body[at] & 0x7F)
    return value, at + 1


def _pair(chunk: PlainChunk) -> None:
    for i, (_, event) in enumerate(chunk.events):
        voice = (chunk.ports[i], event[0] & 0x0F, event[1])
        if is_on(event):
            chunk.notes.append(PlainNote(i, voice))
        elif is_off(event):
            waiting = [note for note in chunk.notes if note.voice == voice and note.off is None]
            if waiting:
                waiting[0].off = i
            else:
                chunk.strays.append(i)
