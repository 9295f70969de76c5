"""What meta events and controllers say about tracks: names, programs, pedal, tempo and time signatures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from duv_studio.engine.midi.events import MOST, NONE, IntArray, by_value
from duv_studio.engine.midi.note_pairing import note_offs, ports
from duv_studio.engine.midi.smf import MidiChunk, SmfFile
from duv_studio.engine.midi.song import Notes
from duv_studio.engine.midi.text_encoding import text_in

_TRACK_NAME, _INSTRUMENT_NAME, _CHANNEL_PREFIX, _TEMPO, _SIGNATURE = 0x03, 0x04, 0x20, 0x51, 0x58
_SMALLEST_DENOMINATOR = 6  # as a power of two: 64th notes

Voice = tuple[int, int]  # port, channel
SUSTAIN = 64
_PROGRAM_CHANGE = 0xC0
_SOON_QUARTERS = 4  # a bar: later than this after the first note, a program change is meant where it stands


class TrackNames:
    """The names that one chunk of a file gives to itself and to its channels."""

    def __init__(self, smf: SmfFile, chunk: MidiChunk) -> None:
        self._by_channel: dict[int, str] = {}
        own: dict[int, str] = {}
        prefixes = _channel_prefixes(chunk)
        for kind in (_TRACK_NAME, _INSTRUMENT_NAME):
            for index, payload in chunk.meta(kind):
                channel = prefixes.get(index)
                if (kind in own) if channel is None else (channel in self._by_channel):
                    continue
                text = text_in(smf, payload)
                if channel is not None and text:
                    self._by_channel[channel] = text
                elif text:
                    own[kind] = text
        self._chunk_name = own.get(_TRACK_NAME) or own.get(_INSTRUMENT_NAME, "")

    def of(self, channel: int, is_only_channel: bool) -> str:
        """The chunk's name, or in a chunk of several channels the name that is the channel's own."""
        of_channel = self._by_channel.get(channel, "")
        return self._chunk_name or of_channel if is_only_channel else of_channel or self._chunk_name

    def is_own(self, channel: int, is_only_channel: bool) -> bool:
        """Whether that name is the channel's alone, not one that several channels share."""
        return is_only_channel or channel in self._by_channel


def _channel_prefixes(chunk: MidiChunk) -> dict[int, int]:
    """Index of a name event -> the channel that a channel prefix (FF 20) before it says it is for.

    A prefix holds until the next one or the next channel message. Note-offs do not count, although the standard says
    so: they are what editing moves, and a track must keep its name.
    """
    prefixes = [(i, p[0] & 0x0F) for i, p in chunk.meta(_CHANNEL_PREFIX) if p]
    if not prefixes:
        return {}
    names = [i for kind in (_TRACK_NAME, _INSTRUMENT_NAME) for i, _ in chunk.meta(kind)]
    channel_events = np.flatnonzero(chunk.events.is_channel & ~note_offs(chunk))
    starts = np.array([i for i, _ in prefixes])
    found = {}
    for name in names:
        last = int(np.searchsorted(starts, name)) - 1
        between = np.searchsorted(channel_events, [starts[last], name]) if last >= 0 else (0, 1)
        if between[0] == between[1]:
            found[name] = prefixes[last][1]
    return found


@dataclass(frozen=True)
class _Changes:
    """The program changes of one port and channel in the order of a chunk's events."""

    event: IntArray  # (c,)
    tick: IntArray  # (c,)
    program: IntArray  # (c,)


class Programs:
    """The program changes of a file, and which of them each note is played with."""

    def __init__(self, smf: SmfFile) -> None:
        self._by_chunk = [_program_changes(chunk) for chunk in smf.chunks]
        self._anywhere = self._of_all() if smf.format == 1 else {}
        self._soon = _SOON_QUARTERS * smf.ppq

    def of_notes(self, chunk: int, port: int, channel: int, notes: Notes) -> IntArray:
        """The program in force when each note begins, (n,), -1 where there is none.

        That is the chunk's own for this channel; in a type 1 file else the last in any chunk. Before any, the first
        one to come counts where it comes soon: sequencers send it late.
        """
        own, others = self._by_chunk[chunk].get((port, channel)), self._anywhere.get((port, channel))
        program = np.full(len(notes), -1, np.int64)
        if others is not None:
            _look_up(program, others.program, np.searchsorted(others.tick, notes.onset, side="right"))
        if own is not None:
            in_chunk = notes.chunk is None or bool((notes.chunk == chunk).all())
            at = np.searchsorted(own.event, notes.on_event) if in_chunk else np.searchsorted(own.tick, notes.onset)
            _look_up(program, own.program, at)
        first = own or others
        if first is not None and len(notes) and first.tick[0] <= notes.onset[0] + self._soon:
            program[program < 0] = first.program[0]
        return program

    def _of_all(self) -> dict[Voice, _Changes]:
        """Those of all chunks, which are played together."""
        found: defaultdict[Voice, list[_Changes]] = defaultdict(list)
        for changes in self._by_chunk:
            for voice, own in changes.items():
                found[voice].append(own)
        return {voice: _by_tick(changes) for voice, changes in found.items()}


def _by_tick(found: list[_Changes]) -> _Changes:
    """The changes of several chunks, by tick; of several chunks at one tick the first one's."""
    chunk = np.repeat(np.arange(len(found)), [len(changes.tick) for changes in found])
    tick, program = (np.concatenate([getattr(changes, name) for changes in found]) for name in ("tick", "program"))
    order = np.lexsort((np.arange(len(tick)), -chunk, tick))
    return _Changes(order, tick[order], program[order])


def _look_up(target: IntArray, program: IntArray, following: IntArray) -> None:
    """Give every note the last program before the place `following` (n,) among the changes, if there is one."""
    has = following > 0
    target[has] = program[following[has] - 1]


def _program_changes(chunk: MidiChunk) -> dict[Voice, _Changes]:
    events = chunk.events
    if not events.has(_PROGRAM_CHANGE):
        return {}
    at = np.flatnonzero((events.status & 0xF0) == _PROGRAM_CHANGE)
    at = at[chunk.first_data(at) <= MOST]  # one above 127 says nothing
    voice = ports(chunk)[at] * 16 + (events.status[at] & 0x0F)
    program = chunk.first_data(at)
    return {divmod(v, 16): _Changes(at[own], events.tick[at[own]], program[own]) for v, own in by_value(voice)}


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
        for index, payload in chunk.meta(kind):
            yield int(chunk.events.tick[index]), payload


def _clock_chunks(smf: SmfFile) -> tuple[MidiChunk, ...]:
    """The chunks whose tempo and meter count: all, but in type 2 only the first.

    The sequences of a type 2 file run on clocks of their own. They are shown on one time line, all from tick 0, so one
    clock has to do for all, and it is the first one's.
    """
    return smf.chunks[:1] if smf.format == 2 else smf.chunks


def controller_changes(chunk: MidiChunk, channel: int, number: int) -> tuple[IntArray, IntArray]:
    """Ticks (k,) and values 0..127 (k,) of one controller on one channel of a chunk."""
    at = chunk.controls.get(channel * 128 + number)
    if at is None:
        return NONE, NONE
    return chunk.events.tick[at], np.minimum(chunk.last_data(at), MOST)
