"""The controllers and program changes that reach each channel, whichever chunks of the file they stand in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.events import MOST, IntArray, by_value
from duv_studio.engine.midi.note_pairing import ports
from duv_studio.engine.midi.smf import MidiChunk
from duv_studio.engine.midi.song import PerSong, Song, Track

BANK, BANK_FINE, VOLUME = 0, 32, 7
SUSTAIN, PORTAMENTO, SOSTENUTO, LEGATO = 64, 65, 66, 68
ALL_SOUND_OFF, RESET, ALL_NOTES_OFF, MONO, POLY = 120, 121, 123, 126, 127
PROGRAM = 128  # stands for a program change, which is no controller

_CONTROL_CHANGE, _PROGRAM_CHANGE = 0xB0, 0xC0
_DOWN = 64  # a pedal or switch of this value and above is on

ChannelKey = tuple[int, int, int]  # chunk in a type 2 file, else -1; port; channel


@dataclass(frozen=True)
class ChannelMessages:
    """The k controllers and program changes of one channel, in the order in which they are played; arrays are (k,)."""

    tick: IntArray
    number: IntArray  # 0..127 of the controller, PROGRAM for a program change
    value: IntArray  # 0..127

    def ticks_of(self, *numbers: int) -> IntArray:
        """Ticks at which one of these is sent, ascending."""
        return np.asarray(self.tick[np.isin(self.number, numbers)])

    def presses(self, pedal: int) -> IntArray:
        """Ticks at which a pedal or switch goes down, ascending."""
        own = self.number == pedal
        down = self.value[own] >= _DOWN
        return np.asarray(self.tick[own][down & ~np.append(False, down)[:-1]])

    def is_on(self, at: IntArray, switch: int, *resets: int) -> NDArray[np.bool_]:
        """Whether a switch is on at ticks (n,): as its last message up to there says; `resets` turn it off."""
        own = np.isin(self.number, (switch, *resets))
        on = (self.number[own] == switch) & (self.value[own] >= _DOWN)
        return np.append(False, on)[np.searchsorted(self.tick[own], at, side="right")]

    def is_mono(self, at: IntArray) -> NDArray[np.bool_]:
        """Whether the channel plays one note at a time at ticks (n,)."""
        own = np.isin(self.number, (MONO, POLY))
        return np.append(False, self.number[own] == MONO)[np.searchsorted(self.tick[own], at, side="right")]


def messages_of(song: Song, track: Track) -> ChannelMessages:
    """What reaches the channels of a track; the sequences of a type 2 file do not reach each other."""
    known = _remembered(song)
    keys = [
        channel_key(song.source.format, track.chunk, track.port, channel)
        for channel in sorted({track.channel, *track.channels})
    ]
    found = [known[key] for key in keys if key in known]
    return _in_order(found) if len(found) > 1 else found[0] if found else _NOTHING


def channel_key(smf_format: int, chunk: int, port: int, channel: int) -> ChannelKey:
    """Name a channel of a file; the sequences of a type 2 file do not reach each other."""
    return chunk if smf_format == 2 else -1, port, channel


_NOTHING = ChannelMessages(*(np.zeros(0, np.int64) for _ in range(3)))


def _collect(song: Song) -> Mapping[ChannelKey, ChannelMessages]:
    parts: dict[ChannelKey, list[ChannelMessages]] = {}
    for number, chunk in enumerate(song.source.chunks):
        for port, channel, messages in _of_chunk(chunk):
            parts.setdefault(channel_key(song.source.format, number, port, channel), []).append(messages)
    return {key: _in_order(own) for key, own in parts.items()}


_remembered: PerSong[Mapping[ChannelKey, ChannelMessages]] = PerSong(_collect)


def _of_chunk(chunk: MidiChunk) -> Iterator[tuple[int, int, ChannelMessages]]:
    """(port, channel, messages) of every channel of a chunk that has any."""
    events = chunk.events
    kind = events.status & 0xF0
    at = np.flatnonzero((kind == _CONTROL_CHANGE) | (kind == _PROGRAM_CHANGE))
    at = at[chunk.first_data(at) <= MOST]
    if not len(at):
        return
    number = np.where(kind[at] == _PROGRAM_CHANGE, PROGRAM, chunk.first_data(at))
    value = np.minimum(chunk.last_data(at), MOST)
    voice = ports(chunk)[at] * 16 + (events.status[at] & 0x0F)
    for one, own in by_value(voice):
        yield one // 16, one % 16, ChannelMessages(events.tick[at][own], number[own], value[own])


def _in_order(parts: list[ChannelMessages]) -> ChannelMessages:
    tick, number, value = (np.concatenate([getattr(p, name) for p in parts]) for name in ("tick", "number", "value"))
    order = np.argsort(tick, kind="stable")
    return ChannelMessages(tick[order], number[order], value[order])
