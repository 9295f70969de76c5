"""Small MIDI files for tests, notes in, bytes out; it shares no code with the engine's reader and writer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Event = tuple[int, bytes]  # tick, bytes with their status byte
NoteTuple = tuple[int, int, int, int]  # onset, duration, pitch, velocity; ticks


@dataclass(frozen=True)
class TrackSpec:
    """One MTrk chunk: `notes` on one channel, and any other `events`, which come before notes at their tick."""

    notes: Sequence[NoteTuple] = ()
    channel: int = 0
    name: str | bytes = ""
    program: int | None = None
    port: int | None = None
    events: Sequence[Event] = ()
    end: int | None = None  # tick of the end of track, where it is later than the last event


def build_song(
    tracks: Iterable[TrackSpec | Sequence[NoteTuple]],
    *,
    ppq: int = 480,
    signatures: Iterable[tuple[int, int, int]] = (),
    tempos: Iterable[tuple[int, float]] = (),
    smf_format: int = 1,
    running_status: bool = False,
) -> bytes:
    """A whole MIDI file. `signatures` are (tick, numerator, denominator), `tempos` (tick, quarter notes a minute).

    In a type 1 file tempo and meter have a chunk of their own before the tracks (chunk 0). In a type 0 file everything
    is merged into one chunk, where a channel prefix tells whose name a name is. A track may be given as its list of
    notes alone.
    """
    specs = [track if isinstance(track, TrackSpec) else TrackSpec(track) for track in tracks]
    clock = [(tick, -2, tempo(bpm)) for tick, bpm in tempos] + [(t, -2, signature(n, d)) for t, n, d in signatures]
    lists = [clock, *(_ranked(spec, with_prefix=smf_format == 0) for spec in specs)]
    ends = [None, *(spec.end for spec in specs)]
    if smf_format == 0:
        assert not any(spec.port for spec in specs), "one chunk cannot play several ports at once"
        lists, ends = [[entry for entries in lists for entry in entries]], [max(end or 0 for end in ends)]
    chunks = [
        track_chunk(_in_order(entries), running_status=running_status, end=end)
        for entries, end in zip(lists, ends, strict=True)
    ]
    return header(smf_format, len(chunks), ppq) + b"".join(chunks)


def track_events(spec: TrackSpec) -> list[Event]:
    """The events of one track in order: at equal ticks other events, then note-offs, then note-ons."""
    return _in_order(_ranked(spec))


def _ranked(spec: TrackSpec, with_prefix: bool = False) -> list[tuple[int, int, bytes]]:
    """(tick, rank at that tick, bytes) of every event of a track."""
    ranked: list[tuple[int, int, bytes]] = []
    if spec.name:
        raw = spec.name.encode() if isinstance(spec.name, str) else spec.name
        prefix = meta(0x20, bytes([spec.channel])) + varlen(0) if with_prefix else b""
        ranked.append((0, -1, prefix + meta(0x03, raw)))
    if spec.port is not None:
        ranked.append((0, -1, meta(0x21, bytes([spec.port]))))
    if spec.program is not None:
        ranked.append((0, -1, bytes([0xC0 | spec.channel, spec.program])))
    ranked += [(tick, -1, event) for tick, event in spec.events]
    for onset, duration, pitch, velocity in spec.notes:
        ranked.append((onset, 1, note_on(pitch, velocity, spec.channel)))
        # The note-off of a zero-length note must follow its note-on.
        ranked.append((onset + duration, 0 if duration else 2, note_off(pitch, spec.channel)))
    return ranked


def _in_order(ranked: list[tuple[int, int, bytes]]) -> list[Event]:
    return [(tick, event) for tick, _, event in sorted(ranked, key=lambda entry: entry[:2])]


def header(smf_format: int, tracks: int, division: int, extra: bytes = b"") -> bytes:
    body = b"".join(number.to_bytes(2, "big") for number in (smf_format, tracks, division)) + extra
    return chunk(b"MThd", body)


def chunk(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "big") + body


def track_chunk(events: Iterable[Event], *, running_status: bool = False, end: int | None = None) -> bytes:
    """An MTrk chunk of (tick, bytes) in ascending ticks; the end of track at tick `end`, else at the last event's."""
    body, now, running = b"", 0, 0
    for tick, event in events:
        drop_status = running_status and event[0] == running
        body += varlen(tick - now) + (event[1:] if drop_status else event)
        running = event[0] if event[0] < 0xF0 else 0
        now = tick
    body += varlen(max(now, end or 0) - now) + meta(0x2F)
    return chunk(b"MTrk", body)


def varlen(value: int, width: int = 1) -> bytes:
    """A variable-length quantity, padded with leading zeros to `width` bytes."""
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F)
    digits += [0] * (width - len(digits))
    return bytes([digit | 0x80 for digit in reversed(digits[1:])] + digits[:1])


def note_on(pitch: int, velocity: int, channel: int = 0) -> bytes:
    return bytes([0x90 | channel, pitch, velocity])


def note_off(pitch: int, channel: int = 0, velocity: int = 64) -> bytes:
    return bytes([0x80 | channel, pitch, velocity])


def meta(kind: int, payload: bytes = b"") -> bytes:
    return bytes([0xFF, kind]) + varlen(len(payload)) + payload


def sysex(payload: bytes, status: int = 0xF0) -> bytes:
    """A system exclusive packet; 0xF7 as status makes an escape or a continuation."""
    return bytes([status]) + varlen(len(payload)) + payload


def tempo(bpm: float) -> bytes:
    return meta(0x51, round(6e7 / bpm).to_bytes(3, "big"))


def signature(numerator: int, denominator: int) -> bytes:
    return meta(0x58, bytes([numerator, denominator.bit_length() - 1, 24, 8]))
