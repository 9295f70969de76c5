"""Writes parts as a Standard MIDI File of type 1."""

from __future__ import annotations

from typing import NamedTuple

from tools.demo_song.parts import Note

PPQ = 480


class Part(NamedTuple):
    """One track of the file."""

    name: str
    channel: int  # from 0
    program: int
    velocity: int  # of every note
    pan: int
    notes: list[Note]


Event = tuple[int, int, bytes]  # tick, order among the events of a tick, bytes


def midi_file(title: str, tempo: int, markers: list[tuple[float, str]], parts: list[Part]) -> bytes:
    """The whole file; `tempo` in quarters a minute, markers at onsets in quarters."""
    tracks = [_conductor(title, tempo, markers), *map(_part, parts)]
    header = b"MThd" + (6).to_bytes(4, "big") + b"".join(n.to_bytes(2, "big") for n in (1, len(tracks), PPQ))
    return header + b"".join(b"MTrk" + len(t).to_bytes(4, "big") + t for t in tracks)


def _conductor(title: str, tempo: int, markers: list[tuple[float, str]]) -> bytes:
    events: list[Event] = [
        (0, 0, _meta(0x03, title.encode())),
        (0, 1, _meta(0x02, b"CC0 1.0, DUV Studio contributors")),
        (0, 2, _meta(0x58, bytes([4, 2, 24, 8]))),
        (0, 3, _meta(0x59, bytes([2, 0]))),  # two sharps, major
        (0, 4, _meta(0x51, round(60_000_000 / tempo).to_bytes(3, "big"))),
    ]
    return _chunk(events + [(_tick(onset), 5, _meta(0x06, name.encode())) for onset, name in markers])


def _part(part: Part) -> bytes:
    channel = part.channel
    events: list[Event] = [
        (0, 0, _meta(0x03, part.name.encode())),
        (0, 1, bytes([0xC0 | channel, part.program])),
        (0, 2, bytes([0xB0 | channel, 7, 100])),
        (0, 3, bytes([0xB0 | channel, 10, part.pan])),
    ]
    for note in part.notes:
        events.append((_tick(note.onset), 5, bytes([0x90 | channel, note.pitch, part.velocity])))
        # Before the note-ons of the same tick, so that a repeated pitch is struck again.
        events.append((_tick(note.onset + note.length), 4, bytes([0x80 | channel, note.pitch, 64])))
    return _chunk(events)


def _chunk(events: list[Event]) -> bytes:
    data, now = b"", 0
    for tick, _, message in sorted(events):
        data += _variable_length(tick - now) + message
        now = tick
    return data + _variable_length(0) + _meta(0x2F, b"")


def _tick(quarters: float) -> int:
    return round(quarters * PPQ)


def _meta(kind: int, data: bytes) -> bytes:
    return bytes([0xFF, kind]) + _variable_length(len(data)) + data


def _variable_length(value: int) -> bytes:
    digits = bytes([value & 0x7F])
    while value := value >> 7:
        digits = bytes([value & 0x7F | 0x80]) + digits
    return digits
