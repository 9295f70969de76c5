"""Which channels a file itself makes drum kits or melodic: GS and XG system exclusive, and banks of XG and GM2."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from duv_studio.engine.midi.events import ESCAPE, SYSEX, IntArray
from duv_studio.engine.midi.note_pairing import ports
from duv_studio.engine.midi.smf import MidiChunk, SmfFile

Voice = tuple[int, int]  # port, channel
_BANK_SELECT, _CONTROL_CHANGE = 0, 0xB0
_GS_RHYTHM_PART = 0x15  # the last byte of its address, behind 40 1n
_XG_PART_MODE = 0x07  # likewise, behind 08 pp
_GS_PART_CHANNELS = (9, *range(9), *range(10, 16))  # part (block) number -> channel, from 0
_LONGEST_MESSAGE = 64  # bytes that are looked at: what is meant here stands within the first 30
_GM2_DRUMS, _GM2_MELODIC = 120, 121
_XG_DRUMS = {126: "XG drum bank 126", 127: "XG drum bank 127"}


@dataclass(frozen=True)
class KitSwitch:
    """What a file says of a channel: that a drum kit sounds there, or that none does, and by which message."""

    is_kit: bool
    reason: str  # "GS rhythm part"


@dataclass(frozen=True)
class _Message:
    """A system exclusive message (without F0 and F7), or a bank select where `channel` is not negative."""

    tick: int
    port: int
    data: bytes
    channel: int = -1


class KitSwitches:
    """The switches of every (port, channel), in the order in which they take effect."""

    def __init__(self, smf: SmfFile) -> None:
        """Read all chunks; those of a type 2 file are sequences of their own."""
        per_chunk = [list(_messages(chunk)) for chunk in smf.chunks]
        if smf.format == 2:
            self._timelines = [_Timeline(messages) for messages in per_chunk]
        else:
            together = sorted((m for messages in per_chunk for m in messages), key=lambda m: m.tick)
            self._timelines = [_Timeline(together)] * len(per_chunk)

    def of_notes(self, chunk: int, port: int, channel: int, onset: IntArray) -> KitSwitch | None:
        """What is in force for most of the notes of a channel, onsets (n,) in ticks; None: General MIDI's rule holds.

        Files that switch a little late, behind their first notes, are common.
        """
        return self._timelines[chunk].of_notes((port, channel), onset)


class _Timeline:
    """What messages in the order of time leave in force."""

    def __init__(self, messages: list[_Message]) -> None:
        self._changes: defaultdict[Voice, list[tuple[int, KitSwitch | None]]] = defaultdict(list)
        self._gs_ports: set[int] = set()
        for message in messages:
            self._take(message)
        self._ticks = {voice: np.array([tick for tick, _ in own]) for voice, own in self._changes.items()}

    def of_notes(self, voice: Voice, onset: IntArray) -> KitSwitch | None:
        if voice not in self._ticks:
            return None
        place = np.searchsorted(self._ticks[voice], onset, side="right")
        [(winner, _)] = Counter(place.tolist()).most_common(1)
        return self._changes[voice][winner - 1][1] if winner else None

    def _take(self, message: _Message) -> None:
        if message.channel >= 0:
            self._bank(message, message.data[0])
        elif _is_reset(message.data):
            self._reset(message)
        elif gs := _gs_data(message.data):
            self._gs_part(message, *gs)
        elif xg := _xg_part_mode(message.data):
            part, mode = xg
            switch = KitSwitch(True, "XG drum part") if mode else KitSwitch(False, "XG normal part")
            self._set(message, part, switch)

    def _bank(self, message: _Message, bank: int) -> None:
        """A bank select. On a GS instrument, banks 126 and 127 hold the melodic sounds of older ones."""
        in_force = self._in_force(message.port, message.channel)
        if bank == _GM2_DRUMS:
            self._set(message, message.channel, KitSwitch(True, f"GM2 drum bank {bank}"))
        elif bank == _GM2_MELODIC:
            self._set(message, message.channel, KitSwitch(False, f"GM2 melodic bank {bank}"))
        elif bank in _XG_DRUMS and message.port not in self._gs_ports:
            self._set(message, message.channel, KitSwitch(True, _XG_DRUMS[bank]))
        elif in_force is not None and "bank" in in_force.reason:
            self._set(message, message.channel, None)  # another bank ends what a bank began

    def _gs_part(self, message: _Message, address: tuple[int, int, int], values: bytes) -> None:
        """Set the rhythm parts that values from a GS address on reach; a mapping of 0 is no kit."""
        self._gs_ports.add(message.port)
        block, part, first = address
        place = _GS_RHYTHM_PART - first
        if block == 0x40 and part >> 4 == 1 and 0 <= place < len(values):
            is_kit = values[place] > 0
            reason = "GS rhythm part" if is_kit else "GS melodic part"
            self._set(message, _GS_PART_CHANNELS[part & 0x0F], KitSwitch(is_kit, reason))

    def _reset(self, message: _Message) -> None:
        """A reset takes back what was set on its port before."""
        for channel in range(16):
            if self._in_force(message.port, channel) is not None:
                self._set(message, channel, None)
        self._gs_ports.discard(message.port)
        if _gs_data(message.data):
            self._gs_ports.add(message.port)

    def _set(self, message: _Message, channel: int, switch: KitSwitch | None) -> None:
        self._changes[message.port, channel].append((message.tick, switch))

    def _in_force(self, port: int, channel: int) -> KitSwitch | None:
        known = self._changes.get((port, channel))
        return known[-1][1] if known else None


def _is_reset(data: bytes) -> bool:
    """Whether a message is the reset of GM, GM2, GS or XG."""
    if data[:1] == b"\x7e":
        return data[2:4] in (b"\x09\x01", b"\x09\x02", b"\x09\x03")
    gs = _gs_data(data)
    if gs is not None:
        return gs[0] in ((0x40, 0x00, 0x7F), (0x00, 0x00, 0x7F))
    return _is_xg(data) and data[3:6] in (b"\x00\x00\x7e", b"\x00\x00\x7f")


def _gs_data(data: bytes) -> tuple[tuple[int, int, int], bytes] | None:
    """Address and values of a Roland GS data set (41 device 42 12 address values checksum), of any device."""
    if len(data) < 8 or data[0] != 0x41 or data[2:4] != b"\x42\x12":
        return None
    return (data[4], data[5], data[6]), data[7:-1] or data[7:]


def _is_xg(data: bytes) -> bool:
    """Whether this is a parameter change of Yamaha XG (43 1n 4C), of any device."""
    return len(data) >= 7 and data[0] == 0x43 and data[1] >> 4 == 1 and data[2] == 0x4C


def _xg_part_mode(data: bytes) -> tuple[int, int] | None:
    """Part (which is its channel) and mode of an XG part, 0 for a normal one."""
    if not _is_xg(data) or data[3] != 0x08 or data[4] > 0x0F:
        return None
    place = 6 + _XG_PART_MODE - data[5]
    return (data[4], data[place]) if 6 <= place < len(data) else None


def _messages(chunk: MidiChunk) -> Iterator[_Message]:
    """The system exclusive messages and bank selects of a chunk, in its order."""
    events, body = chunk.events, chunk.body
    if not (events.has(_CONTROL_CHANGE) or events.has(SYSEX) or events.has(ESCAPE)):
        return
    exclusive = (events.status == SYSEX) | (events.status == ESCAPE)
    controls = np.flatnonzero((events.status & 0xF0) == _CONTROL_CHANGE)
    banks = controls[chunk.first_data(controls) == _BANK_SELECT]
    if not len(banks) and not exclusive.any():
        return
    port, begun = ports(chunk), b""
    for i in np.union1d(banks, np.flatnonzero(exclusive)).tolist():
        tick = int(events.tick[i])
        if events.status[i] < 0xF0:
            value = body[events.start[i] + events.explicit[i] + 1]
            yield _Message(tick, int(port[i]), bytes([value]), int(events.status[i]) & 0x0F)
            continue
        packet = events.packet(body, i)
        is_whole = packet.endswith(b"\xf7")
        # A message may go on in later packets (F7); an escape may hold a whole one; sloppy ones have no end (F7).
        begun = packet if events.status[i] == SYSEX else (begun + packet).removeprefix(b"\xf0")
        message = begun.removesuffix(b"\xf7")[:_LONGEST_MESSAGE]
        if is_whole or _gs_data(message) or _is_xg(message):
            yield _Message(tick, int(port[i]), message)
            begun = b""
        begun = begun[:_LONGEST_MESSAGE]
