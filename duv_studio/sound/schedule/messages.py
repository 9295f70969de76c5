"""Every message that reaches a channel, in the order in which it is played: controllers, bends, pressure, programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.channel_messages import PROGRAM, RESET, SOSTENUTO, SUSTAIN, ChannelKey, channel_key
from duv_studio.engine.midi.events import MOST, IntArray, by_value
from duv_studio.engine.midi.note_pairing import first_events, ports
from duv_studio.engine.midi.smf import MidiChunk
from duv_studio.engine.midi.song import PerSong, Song

WHEEL, EXPRESSION, SOFT, RPN_FINE, RPN = 1, 11, 67, 100, 101
NO_PARAMETER = 127  # for both halves of its number: data go nowhere
BEND, PRESSURE = PROGRAM + 1, PROGRAM + 2  # stand beside the numbers of controllers
BEND_CENTRE = 8192
FIRST_IN_TICK, LAST_IN_TICK = -1, np.iinfo(np.int64).max  # places before and after all events of a tick

_CONTROL_CHANGE, _PROGRAM_CHANGE, _CHANNEL_PRESSURE, _PITCH_BEND = 0xB0, 0xC0, 0xD0, 0xE0
_NUMBER_OF_KIND = {_PROGRAM_CHANGE: PROGRAM, _CHANNEL_PRESSURE: PRESSURE, _PITCH_BEND: BEND}
# What "reset all controllers" sets, by MIDI's recommended practice RP-015: not volume, pan, bank and program.
_RESET_TO = {WHEEL: 0, EXPRESSION: 127, SUSTAIN: 0, SOSTENUTO: 0, SOFT: 0, PRESSURE: 0, BEND: BEND_CENTRE}
_RESET_TO |= {RPN: NO_PARAMETER, RPN_FINE: NO_PARAMETER}


@dataclass(frozen=True)
class Messages:
    """The k messages of one channel, in the order in which they are played; arrays are (k,)."""

    tick: IntArray
    place: IntArray  # of the event among those of all chunks: the order within a tick
    number: IntArray  # 0..127 of the controller, or PROGRAM, BEND, PRESSURE
    value: IntArray  # 0..127, of a bend 0..16383

    def __len__(self) -> int:
        return len(self.tick)

    def only(self, *numbers: int) -> Messages:
        """Those of some kinds."""
        own = np.isin(self.number, numbers)
        return Messages(self.tick[own], self.place[own], self.number[own], self.value[own])

    def before(self, tick: IntArray, place: IntArray) -> IntArray:
        """How many are played before events (n,) at these ticks and places in the file, (n,)."""
        ticks, places = np.concatenate([self.tick, tick]), np.concatenate([self.place, place])
        order = np.lexsort((places, ticks))
        passed = np.cumsum(order < len(self))
        count = np.empty(len(order), np.int64)
        count[order] = passed
        return count[len(self) :]

    def value_at(self, number: int, tick: IntArray, default: int) -> IntArray:
        """The last value that was sent up to and at ticks (n,), (n,)."""
        own = self.number == number
        values = np.append(default, self.value[own])
        return np.asarray(values[np.searchsorted(self.tick[own], tick, side="right")])


NOTHING = Messages(*(np.zeros(0, np.int64) for _ in range(4)))


def joined(*parts: Messages) -> Messages:
    """The messages of several channels or chunks in the order in which they are played."""
    tick, place, number, value = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("tick", "place", "number", "value")
    )
    order = np.lexsort((place, tick))
    return Messages(tick[order], place[order], number[order], value[order])


def _collect(song: Song) -> Mapping[ChannelKey, Messages]:
    parts: dict[ChannelKey, list[Messages]] = {}
    first = first_events(song.source.chunks)
    for number, chunk in enumerate(song.source.chunks):
        for port, channel, messages in _of_chunk(chunk, int(first[number])):
            parts.setdefault(channel_key(song.source.format, number, port, channel), []).append(messages)
    return {place: _with_resets(joined(*own)) for place, own in parts.items()}


sent_in: PerSong[Mapping[ChannelKey, Messages]] = PerSong(_collect)


def _of_chunk(chunk: MidiChunk, first: int) -> Iterator[tuple[int, int, Messages]]:
    """(port, channel, messages) of every channel of a chunk that has any; `first` is the place of its first event."""
    events = chunk.events
    kind = (events.status & 0xF0).astype(np.int64)
    at = np.flatnonzero((kind >= _CONTROL_CHANGE) & (kind <= _PITCH_BEND))
    data, last = chunk.first_data(at), chunk.last_data(at)
    # A controller or program above 127 says nothing; a value above it is the largest.
    sane = (data <= MOST) | (kind[at] >= _CHANNEL_PRESSURE)
    at, data, last = at[sane], np.minimum(data[sane], MOST), np.minimum(last[sane], MOST)
    if not len(at):
        return
    number, value = _numbers(kind[at], data), np.where(kind[at] == _PITCH_BEND, last * 128 + data, last)
    voice = ports(chunk)[at] * 16 + (events.status[at] & 0x0F)
    for one, own in by_value(voice):
        yield one // 16, one % 16, Messages(events.tick[at][own], first + at[own], number[own], value[own])


def _numbers(kind: IntArray, data: IntArray) -> NDArray[np.int64]:
    number = data.copy()
    for status, stands_for in _NUMBER_OF_KIND.items():
        number[kind == status] = stands_for
    return number


def _with_resets(messages: Messages) -> Messages:
    """With what "reset all controllers" does as messages of their own behind it."""
    at = np.flatnonzero(messages.number == RESET)
    if not len(at):
        return messages
    count = len(_RESET_TO)
    effects = Messages(
        np.repeat(messages.tick[at], count),
        np.repeat(messages.place[at], count),
        np.tile(np.array(list(_RESET_TO), np.int64), len(at)),
        np.tile(np.array(list(_RESET_TO.values()), np.int64), len(at)),
    )
    return joined(messages, effects)
