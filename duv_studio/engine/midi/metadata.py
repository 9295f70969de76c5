"""What meta events and controllers say about tracks: names, programs, pedal, tempo and time signatures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from duv_studio.engine.midi.events import IntArray
from duv_studio.engine.midi.note_pairing import note_offs, ports
from duv_studio.engine.midi.smf import MidiChunk, SmfFile

_TRACK_NAME, _INSTRUMENT_NAME, _CHANNEL_PREFIX, _TEMPO, _SIGNATURE = 0x03, 0x04, 0x20, 0x51, 0x58
_SMALLEST_DENOMINATOR = 6  # as a power of two: 64th notes

Voice = tuple[int, int]  # port, channel
SUSTAIN = 64
_CONTROL_CHANGE = 0xB0


def decode_text(raw: bytes) -> str:
    """Meta text for display and regular expressions: UTF-8, else Japanese cp932, else latin-1."""
    for encoding in ("utf-8-sig", "cp932", "latin-1"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "cp932" and any("\ue000" <= c <= "\uf8ff" for c in text):
            continue  # private characters: bytes of another encoding that happen to fit
        return "".join(c if c.isprintable() else " " for c in text).strip()
    raise AssertionError("latin-1 decodes every byte")


class TrackNames:
    """The names that one chunk gives to itself and to its channels."""

    def __init__(self, chunk: MidiChunk) -> None:
        self._by_channel: dict[int, str] = {}
        own: dict[int, str] = {}
        prefixes = _channel_prefixes(chunk)
        for kind in (_TRACK_NAME, _INSTRUMENT_NAME):
            for index, payload in chunk.events.meta(chunk.body, kind):
                text = decode_text(payload)
                channel = prefixes.get(index)
                if channel is not None and text:
                    self._by_channel.setdefault(channel, text)
                elif text:
                    own.setdefault(kind, text)
        self._chunk_name = own.get(_TRACK_NAME) or own.get(_INSTRUMENT_NAME, "")

    def of(self, channel: int, is_only_channel: bool) -> str:
        """The chunk's name, or in a chunk of several channels the name that is the channel's own."""
        of_channel = self._by_channel.get(channel, "")
        return self._chunk_name or of_channel if is_only_channel else of_channel or self._chunk_name


def _channel_prefixes(chunk: MidiChunk) -> dict[int, int]:
    """Index of a name event -> the channel that a channel prefix (FF 20) before it says it is for.

    A prefix holds until the next one or the next channel message. Note-offs do not count, although the standard says
    so: they are what editing moves, and a track must keep its name.
    """
    prefixes = [(i, p[0] & 0x0F) for i, p in chunk.events.meta(chunk.body, _CHANNEL_PREFIX) if p]
    if not prefixes:
        return {}
    names = [i for kind in (_TRACK_NAME, _INSTRUMENT_NAME) for i, _ in chunk.events.meta(chunk.body, kind)]
    channel_events = np.flatnonzero(chunk.events.is_channel & ~note_offs(chunk))
    starts = np.array([i for i, _ in prefixes])
    found = {}
    for name in names:
        last = int(np.searchsorted(starts, name)) - 1
        between = np.searchsorted(channel_events, [starts[last], name]) if last >= 0 else (0, 1)
        if between[0] == between[1]:
            found[name] = prefixes[last][1]
    return found


class Programs:
    """The first program change that reaches each (port, channel)."""

    def __init__(self, smf: SmfFile) -> None:
        self._by_chunk = [_first_programs(chunk) for chunk in smf.chunks]
        self._anywhere: dict[Voice, int] = {}
        if smf.format == 1:
            everything = [(tick, voice, program) for own in self._by_chunk for voice, (tick, program) in own.items()]
            for _, voice, program in sorted(everything, key=lambda entry: entry[0]):
                self._anywhere.setdefault(voice, program)

    def of(self, chunk: int, port: int, channel: int) -> int | None:
        """The chunk's own program for this channel; in a type 1 file else the first in any chunk; else None."""
        own = self._by_chunk[chunk].get((port, channel))
        return own[1] if own is not None else self._anywhere.get((port, channel))


def _first_programs(chunk: MidiChunk) -> dict[Voice, tuple[int, int]]:
    events = chunk.events
    changes = np.flatnonzero((events.status & 0xF0) == 0xC0)
    port = ports(chunk)
    found: dict[Voice, tuple[int, int]] = {}
    for i in changes.tolist():
        program = chunk.body[events.start[i] + events.explicit[i]]
        found.setdefault((int(port[i]), int(events.status[i]) & 0x0F), (int(events.tick[i]), program))
    return found


def tempo_changes(smf: SmfFile) -> Iterator[tuple[int, int]]:
    """(tick, microseconds per quarter note) of every tempo that can be; see `_clock_chunks` for type 2."""
    for tick, payload in _clock_events(smf, _TEMPO):
        usec = int.from_bytes(payload[:3], "big")
        if len(payload) >= 3 and usec > 0:
            yield tick, usec


def time_signatures(smf: SmfFile) -> Iterator[tuple[int, int, int]]:
    """(tick, numerator, denominator) of every time signature that can be."""
    for tick, payload in _clock_events(smf, _SIGNATURE):
        if len(payload) >= 2 and payload[0] > 0 and payload[1] <= _SMALLEST_DENOMINATOR:
            yield tick, payload[0], 2 ** payload[1]


def _clock_events(smf: SmfFile, kind: int) -> Iterator[tuple[int, bytes]]:
    for chunk in _clock_chunks(smf):
        for index, payload in chunk.events.meta(chunk.body, kind):
            yield int(chunk.events.tick[index]), payload


def _clock_chunks(smf: SmfFile) -> tuple[MidiChunk, ...]:
    """The chunks whose tempo and meter count: all, but in type 2 only the first.

    The sequences of a type 2 file run on clocks of their own. They are shown on one time line, all from tick 0, so one
    clock has to do for all, and it is the first one's.
    """
    return smf.chunks[:1] if smf.format == 2 else smf.chunks


def controller_changes(chunk: MidiChunk, channel: int, number: int) -> tuple[IntArray, IntArray]:
    """Ticks (k,) and values 0..127 (k,) of one controller on one channel of a chunk."""
    events, body = chunk.events, np.frombuffer(chunk.body, np.uint8)
    at = np.flatnonzero(events.status == (_CONTROL_CHANGE | channel))
    first_data = events.start[at] + events.explicit[at]
    wanted = body[first_data] == number
    return events.tick[at[wanted]], body[first_data[wanted] + 1].astype(np.int64)
