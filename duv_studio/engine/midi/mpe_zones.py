"""MPE (MIDI Polyphonic Expression): the zones of channels that a file announces, and the expression of single notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.events import IntArray
from duv_studio.engine.midi.note_pairing import ports
from duv_studio.engine.midi.smf import MidiChunk, SmfFile

_LOWER, _UPPER = 0, 15  # master channels
_DATA_ENTRY, _NRPN, _RPN_FINE, _RPN_COARSE = 6, (98, 99), 100, 101
_CONFIGURATION = (0, 6)  # the registered parameter "MPE Configuration", coarse and fine number
_CONTROL_CHANGE, _PRESSURE, _BEND = 0xB0, 0xD0, 0xE0
_TIMBRE = 74


@dataclass(frozen=True)
class Zone:
    """A master channel and the member channels over which an instrument's notes are spread, all from 0."""

    chunk: int  # that announces it
    port: int
    master: int
    members: tuple[int, ...]


def zones_of(smf: SmfFile) -> list[Zone]:
    """The zones of every chunk, as they are when its last one is announced; those without members are none."""
    return [zone for number, chunk in enumerate(smf.chunks) for zone in _zones_of_chunk(number, chunk)]


def _zones_of_chunk(number: int, chunk: MidiChunk) -> Iterator[Zone]:
    size: dict[tuple[int, int], int] = {}  # (port, master) -> members
    for port, master, members in _announcements(chunk):
        if members == 0 and size.get((port, master)):
            continue  # switched off behind the music
        size[port, master] = members
        other = port, _UPPER - master
        # Both zones together have 14 members: the later one takes what it needs.
        size[other] = min(size.get(other, 0), max(14 - members, 0))
    for (port, master), members in sorted(size.items()):
        if members:
            channels = range(1, members + 1) if master == _LOWER else range(_UPPER - members, _UPPER)
            yield Zone(number, port, master, tuple(channels))


def _announcements(chunk: MidiChunk) -> Iterator[tuple[int, int, int]]:
    """(port, master, number of members) of every MPE Configuration Message, in order."""
    if not chunk.events.has(_CONTROL_CHANGE):
        return
    at, controller, value = _controllers(chunk)
    port = ports(chunk)[at]
    chosen: dict[tuple[int, int], dict[int, int]] = {}
    for place, event in enumerate(at.tolist()):
        master, kind = int(chunk.events.status[event]) & 0x0F, int(controller[place])
        parameter = chosen.setdefault((int(port[place]), master), {})
        if kind in (_RPN_FINE, _RPN_COARSE):
            parameter[kind] = int(value[place])
        elif kind in _NRPN:
            parameter.clear()
        elif (parameter.get(_RPN_COARSE), parameter.get(_RPN_FINE)) == _CONFIGURATION:
            yield int(port[place]), master, min(int(value[place]), 15)


def _controllers(chunk: MidiChunk) -> tuple[IntArray, IntArray, IntArray]:
    """Events (k,), numbers (k,) and values (k,) of the controllers on master channels that choose and set parameters.

    Nothing is read where no such event chooses the one that matters.
    """
    events = chunk.events
    at = np.flatnonzero((events.status == _CONTROL_CHANGE | _LOWER) | (events.status == _CONTROL_CHANGE | _UPPER))
    controller, value = chunk.first_data(at), chunk.last_data(at)
    wanted = np.isin(controller, (_DATA_ENTRY, *_NRPN, _RPN_FINE, _RPN_COARSE))
    if not ((controller == _RPN_FINE) & (value == _CONFIGURATION[1])).any():
        wanted[:] = False
    return at[wanted], controller[wanted], value[wanted]


def is_expression(chunk: MidiChunk, channel: int) -> NDArray[np.bool_]:
    """(e,) which events shape a sounding note in MPE: bends, channel pressure and CC 74 of a channel."""
    events = chunk.events
    found = (events.status == _BEND | channel) | (events.status == _PRESSURE | channel)
    at = np.flatnonzero(events.status == _CONTROL_CHANGE | channel)
    found[at] = chunk.first_data(at) == _TIMBRE
    return np.asarray(found)
