"""A song as the messages that are sent, in the order and at the seconds of the file that would be written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.events import ESCAPE, MOST, SYSEX, IntArray
from duv_studio.engine.midi.midi_file import encode, parse
from duv_studio.engine.midi.note_pairing import ports
from duv_studio.engine.midi.smf import MidiChunk
from duv_studio.engine.midi.song import FloatArray, Performance, Song, Track
from duv_studio.sound.midi_out.channel_state import InstrumentState

_EVERY = 2048  # messages from one remembered state to the next
Key = tuple[int, int, int]  # device, channel, pitch


@dataclass(frozen=True)
class TrackNotes:
    """The m notes of a track."""

    track: int  # index in Song.tracks
    device: int
    start: FloatArray  # (m,) seconds
    stop: FloatArray  # (m,) seconds, inf where nothing ends it
    channel: IntArray  # (m,)
    pitch: IntArray  # (m,)

    def held(self, seconds: float) -> list[Key]:
        """The keys that are down just before a time."""
        down = (self.start < seconds) & (self.stop >= seconds)
        return [(self.device, *key) for key in zip(self.channel[down].tolist(), self.pitch[down].tolist(), strict=True)]


@dataclass(frozen=True)
class MidiScore:
    """The n messages of a song in order, and its notes; the ports that the song names are devices here."""

    seconds: FloatArray  # (n,)
    device: IntArray  # (n,) from 0
    track: IntArray  # (n,) index in Song.tracks of whose note it begins or ends, -1: of none
    messages: tuple[bytes, ...]  # n
    notes: tuple[TrackNotes, ...]
    exclusive: IntArray  # indices of messages that are system exclusive

    def index(self, seconds: float) -> int:
        """The first message at a time or later."""
        return int(np.searchsorted(self.seconds, seconds))

    def state(self, index: int) -> InstrumentState:
        """What the channels have been told before a message."""
        state = self._states[index // _EVERY].copy()
        for at in range(index // _EVERY * _EVERY, index):
            state.hear(int(self.device[at]), self.messages[at])
        return state

    def held(self, seconds: float, audible: frozenset[int] | None) -> list[Key]:
        """The keys that are down just before a time, one for each note; `audible` are tracks, None for all."""
        return [key for notes in self.notes if audible is None or notes.track in audible for key in notes.held(seconds)]

    @cached_property
    def _states(self) -> list[InstrumentState]:
        state = InstrumentState()
        states = [state.copy()]
        for index, message in enumerate(self.messages):
            state.hear(int(self.device[index]), message)
            if (index + 1) % _EVERY == 0:
                states.append(state.copy())
        return states


def midi_score(song: Song, performance: Performance | None) -> MidiScore:
    """What the file of `performance` says; None: what the song's own file says. May take a second for a long song."""
    data = encode(song, performance)
    written = parse(data, song.source.name)
    index_of = {track.key: track.index for track in written.tracks}
    index_of.update((track.key, track.index) for track in song.tracks)
    owners = [np.full(len(chunk.events), -1) for chunk in written.source.chunks]
    for track in written.tracks:
        _own(track, index_of[track.key], owners)
    rows = [row for number, chunk in enumerate(written.source.chunks) for row in _rows(number, chunk, owners[number])]
    rows.sort(key=lambda row: row[:2])  # tick and chunk; those of a chunk stay in its order
    devices = {port: rank for rank, port in enumerate(sorted({row[2] for row in rows}))}
    score = MidiScore(
        seconds=written.tempo.seconds(np.array([row[0] for row in rows], np.int64)),
        device=np.array([devices[row[2]] for row in rows], np.int64),
        track=np.array([row[3] for row in rows], np.int64),
        messages=tuple(row[4] for row in rows),
        notes=tuple(
            _notes(written, track, index_of[track.key], devices.get(track.port, 0)) for track in written.tracks
        ),
        exclusive=np.flatnonzero([row[4][0] == SYSEX for row in rows]),
    )
    _ = score._states  # now, in a thread that has time for it
    return score


def _own(track: Track, index: int, owners: list[NDArray[np.int64]]) -> None:
    notes = track.notes
    chunk = np.full(len(notes), track.chunk) if notes.chunk is None else notes.chunk
    for number in np.unique(chunk).tolist():
        here = chunk == number
        owners[number][notes.on_event[here]] = index
        ends = notes.off_event[here]
        owners[number][ends[ends >= 0]] = index


def _rows(number: int, chunk: MidiChunk, owner: IntArray) -> Iterator[tuple[int, int, int, int, bytes]]:
    """(tick, chunk, port, track, message) of all that is sent."""
    events, port = chunk.events, ports(chunk)
    channel = np.flatnonzero(events.is_channel)
    first, last = np.zeros(len(events), np.int64), np.zeros(len(events), np.int64)
    first[channel], last[channel] = chunk.first_data(channel), chunk.last_data(channel)
    packet = b""  # a system exclusive message that goes on
    lists = (events.tick, port, owner, events.status, np.minimum(first, MOST), np.minimum(last, MOST))
    for index, (tick, at, track, status, one, two) in enumerate(
        zip(*(values.tolist() for values in lists), strict=True)
    ):
        if status < 0xF0:
            short = status & 0xE0 == 0xC0  # programs and pressure
            yield tick, number, at, track, bytes([status, one] if short else [status, one, two])
        elif status in (SYSEX, ESCAPE):
            packet = (b"\xf0" if status == SYSEX else packet) + events.packet(chunk.body, index)
            if packet[:1] == b"\xf0" and packet[-1:] == b"\xf7":
                if max(packet[1:-1], default=0) <= MOST:
                    yield tick, number, at, -1, packet
                packet = b""


def _notes(written: Song, track: Track, index: int, device: int) -> TrackNotes:
    notes = track.notes
    stop = np.where(notes.off_event < 0, np.inf, written.tempo.seconds(notes.end))
    channel = np.full(len(notes), track.channel) if notes.channel is None else notes.channel
    return TrackNotes(index, device, written.tempo.seconds(notes.onset), stop, channel, notes.pitch)
