"""What the channels of an instrument were told, so that they can be brought from one place of a song to another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

NOTE_OFF, NOTE_ON, CONTROL, PROGRAM, PRESSURE, BEND = 0x80, 0x90, 0xB0, 0xC0, 0xD0, 0xE0
SUSTAIN, ALL_SOUND_OFF, RESET, ALL_NOTES_OFF = 64, 120, 121, 123
_BANKS, _SELECTORS = (0, 32), (98, 99, 100, 101)
_DATA, _DATA_FINE = 6, 38
_NO_STATE = frozenset({96, 97, ALL_SOUND_OFF, 122, ALL_NOTES_OFF})
_KEPT_BY_RESET = frozenset({7, 10, *range(70, 80), *range(91, 96)})  # RP-015
_NONE_SELECTED = (True, 127, 127)

# Controllers, bend and pressure that nothing was said about stand as General MIDI 1 and RP-015 have it.
_DEFAULTS = {1: 0, 7: 100, 10: 64, 11: 127, 64: 0, 65: 0, 66: 0, 67: 0, 68: 0, 69: 0, 91: 40, 93: 0}
_REGISTERED_DEFAULTS = {0: (2, 0), 1: (64, 0), 2: (64, 0)}  # bend range, fine and coarse tuning


class _Kind:
    """The order in which a channel is told: what changes the meaning of others goes first."""

    MODE, PROGRAM, BANK, PARAMETER, SELECTED, CONTROLLER, BEND, PRESSURE = range(8)


class _Key(NamedTuple):
    device: int
    channel: int
    kind: int
    number: int = 0


_Value = tuple[int | None, ...]


class InstrumentState:
    """All that was said to the channels of some devices, in the end."""

    def __init__(self, said: dict[_Key, _Value] | None = None) -> None:
        self._said: dict[_Key, _Value] = {} if said is None else said

    def copy(self) -> InstrumentState:
        return InstrumentState(dict(self._said))

    def value(self, device: int, channel: int, controller: int) -> int | None:
        """Where a controller stands; None where nothing was said."""
        return self._said.get(_Key(device, channel, _Kind.CONTROLLER, controller), (None,))[0]

    def hear(self, device: int, message: bytes) -> None:
        """Take note of a message; notes change nothing."""
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        if message[0] >= 0xF0:
            if is_reset(message):
                self._forget(device)
        elif kind == CONTROL:
            self._hear_controller(device, channel, message[1], message[2])
        elif kind == PROGRAM:
            banks = (self._said.get(_Key(device, channel, _Kind.BANK, bank), (None,))[0] for bank in _BANKS)
            self._said[_Key(device, channel, _Kind.PROGRAM)] = (*banks, message[1])
        elif kind == PRESSURE:
            self._said[_Key(device, channel, _Kind.PRESSURE)] = (message[1],)
        elif kind == BEND:
            self._said[_Key(device, channel, _Kind.BEND)] = (message[1], message[2])

    def way_to(self, target: InstrumentState) -> Iterator[tuple[int, bytes]]:
        """(device, message) of all that must be said to be as `target` is. It is heard here as it is handed out."""
        for key in sorted(self._said.keys() | target._said.keys()):
            wanted = target._said.get(key) or _default(key)
            if wanted is not None and not _are_same(key, self._said.get(key), wanted):
                for message in self._messages(key, wanted):
                    self.hear(key.device, message)
                    yield key.device, message

    def _hear_controller(self, device: int, channel: int, number: int, value: int) -> None:
        def key(kind: int, number: int = 0) -> _Key:
            return _Key(device, channel, kind, number)

        if number in _NO_STATE:
            return
        if number == RESET:
            self._reset(device, channel)
        elif number in _BANKS:
            self._said[key(_Kind.BANK, number)] = (value,)
        elif number in _SELECTORS:
            is_registered = number >= 100
            before = self._said.get(key(_Kind.SELECTED), ())
            coarse, fine = before[1:] if before and before[0] == is_registered else (None, None)
            self._said[key(_Kind.SELECTED)] = (
                (is_registered, value, fine) if number % 2 else (is_registered, coarse, value)
            )
        elif number in (_DATA, _DATA_FINE):
            parameter = self._parameter(device, channel)
            if parameter is not None:
                coarse, fine = self._said.get(parameter, (None, None))
                self._said[parameter] = (value, fine) if number == _DATA else (coarse, value)
        elif number > ALL_NOTES_OFF:
            self._said[key(_Kind.MODE, (number - 124) // 2)] = (number, value)
        else:
            self._said[key(_Kind.CONTROLLER, number)] = (value,)

    def _parameter(self, device: int, channel: int) -> _Key | None:
        """The parameter to which data go now."""
        selected = self._said.get(_Key(device, channel, _Kind.SELECTED))
        if selected is None or selected == _NONE_SELECTED:
            return None
        is_registered, coarse, fine = selected
        if coarse is None or fine is None:
            return None
        number = (0 if is_registered else 1 << 14) + (coarse << 7) + fine
        return _Key(device, channel, _Kind.PARAMETER, number)

    def _reset(self, device: int, channel: int) -> None:
        """Reset all controllers, as RP-015 has it."""
        gone = {_Kind.SELECTED, _Kind.BEND, _Kind.PRESSURE}
        for key in [key for key in self._said if key[:2] == (device, channel)]:
            if key.kind in gone or (key.kind == _Kind.CONTROLLER and key.number not in _KEPT_BY_RESET):
                del self._said[key]

    def _forget(self, device: int) -> None:
        for key in [key for key in self._said if key.device == device]:
            del self._said[key]

    def _messages(self, key: _Key, value: _Value) -> Iterator[bytes]:
        def control(number: int, value: int | None) -> bytes:
            return bytes([CONTROL | key.channel, number, value or 0])

        match key.kind:
            case _Kind.PROGRAM:
                for bank, wanted in zip(_BANKS, value, strict=False):
                    has = self._said.get(key._replace(kind=_Kind.BANK, number=bank), (None,))[0]
                    if wanted is not None or has:
                        yield control(bank, wanted)
                yield bytes([PROGRAM | key.channel, value[2] or 0])
            case _Kind.PARAMETER:
                is_registered = key.number < 1 << 14
                yield from self._select(key.channel, is_registered, key.number >> 7 & 0x7F, key.number & 0x7F)
                if value[0] is not None:
                    yield control(_DATA, value[0])
                if value[1] is not None:
                    yield control(_DATA_FINE, value[1])
            case _Kind.SELECTED:
                yield from self._select(key.channel, bool(value[0]), value[1], value[2])
            case _Kind.MODE:
                yield control(value[0] or 0, value[1])
            case _Kind.BEND:
                yield bytes([BEND | key.channel, value[0] or 0, value[1] or 0])
            case _Kind.PRESSURE:
                yield bytes([PRESSURE | key.channel, value[0] or 0])
            case _:
                yield control(key.number, value[0])

    @staticmethod
    def _select(channel: int, is_registered: bool, coarse: int | None, fine: int | None) -> Iterator[bytes]:
        first = 100 if is_registered else 98
        if coarse is not None:
            yield bytes([CONTROL | channel, first + 1, coarse])
        if fine is not None:
            yield bytes([CONTROL | channel, first, fine])


def _default(key: _Key) -> _Value | None:
    """How something stands that nothing was said about; None where instruments differ."""
    match key.kind:
        case _Kind.BANK:
            return (0,)
        case _Kind.PARAMETER:
            return _REGISTERED_DEFAULTS.get(key.number)
        case _Kind.SELECTED:
            return _NONE_SELECTED
        case _Kind.BEND:
            return (0, 64)
        case _Kind.PRESSURE:
            return (0,)
        case _Kind.CONTROLLER if key.number in _DEFAULTS:
            return (_DEFAULTS[key.number],)
    return None


def _are_same(key: _Key, value: _Value | None, other: _Value) -> bool:
    if key.kind == _Kind.PROGRAM and value is not None:  # no bank is bank 0
        return [part or 0 for part in value] == [part or 0 for part in other]
    return value == other


def is_reset(message: bytes) -> bool:
    """Whether a system exclusive message sets the whole device back: GM on or off, GS reset or mode, XG on."""
    body = message[1:-1]
    general = len(body) == 4 and body[0] == 0x7E and body[2] == 9
    roland = (
        len(body) >= 8 and body[0] == 0x41 and body[2:4] == b"\x42\x12" and body[4:7] in (b"\x40\0\x7f", b"\0\0\x7f")
    )
    yamaha = len(body) == 7 and body[0] == 0x43 and body[2:6] == b"\x4c\0\0\x7e"
    return general or roland or yamaha
