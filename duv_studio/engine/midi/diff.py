"""Whether one MIDI file is another with nothing changed but velocities and the ends of notes."""

from __future__ import annotations

from collections import Counter

from duv_studio.engine.midi.smf import MidiChunk, SmfFile, parse_smf
from duv_studio.engine.midi.wrappers import around

_NOTE_OFF, _NOTE_ON = 0x80, 0x90

_Event = tuple[int, int, bytes]  # tick, status, data


def other_changes(before: bytes, after: bytes) -> str:
    """What `after` changes of `before` beside velocities of note-ons and ticks of note-offs; "" where it is nothing."""
    old, new = parse_smf(before), parse_smf(after)
    if _frame(old) != _frame(new):
        return "its header or what lies between its tracks"
    for number, (one, other) in enumerate(zip(old.chunks, new.chunks, strict=True), start=1):
        if _ends(one) != _ends(other):
            return f"the note-offs of track {number}"
        if _others(one) != _others(other):
            return f"events of track {number} that are no note-offs"
    return ""


def _frame(smf: SmfFile) -> list[bytes]:
    """The bytes outside the bodies of chunks; their lengths may change."""
    starts = [smf.begin, *(chunk.end for chunk in smf.chunks)]
    ends = [*(chunk.offset + 4 for chunk in smf.chunks), smf.end]
    between = [smf.data[start:end] for start, end in zip(starts, ends, strict=True)]
    return [around(smf.data, smf.begin, smf.end), *between]


def _events(chunk: MidiChunk) -> list[_Event]:
    events = chunk.events
    begin, end = events.start + events.explicit, events.start + events.length
    body = bytes(chunk.body)
    data = [body[a:b] for a, b in zip(begin.tolist(), end.tolist(), strict=True)]
    return list(zip(events.tick.tolist(), events.status.tolist(), data, strict=True))


def _is_end(event: _Event) -> bool:
    _, status, data = event
    return status & 0xF0 == _NOTE_OFF or (status & 0xF0 == _NOTE_ON and data[1] == 0)


def _ends(chunk: MidiChunk) -> Counter[tuple[int, bytes]]:
    return Counter((status, data) for tick, status, data in filter(_is_end, _events(chunk)))


def _others(chunk: MidiChunk) -> list[_Event]:
    return [_plain(event) for event in _events(chunk) if not _is_end(event)]


def _plain(event: _Event) -> _Event:
    tick, status, data = event
    return tick, status, data[:1] if status & 0xF0 == _NOTE_ON else data
