"""Mutations of MIDI files that know chunks, events, delta times and lengths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from tests.fuzz.mutations.raw import RAW
from tests.fuzz.plain_smf import PlainEvent, read_body
from tests.midi_builder import chunk, meta, sysex, varlen

_DELTAS = (0, 0, 0, 1, 5, 127, 128, 480, 16383, 16384, 2097151, 2097152, 0x0FFFFFFF)
_LENGTHS = (0, 1, 2, 0x7F, 0x80, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_DIVISIONS = (0, 1, 24, 96, 480, 0x7FFF, 0x8000, 0xE728, 0xE250, 0xE764, 0xE800, 0xFFFF, 0xE300)
_ODD = (
    *(bytes([0xB0, 7, 128]), bytes([0xC0, 200]), bytes([0xD0, 255]), bytes([0xE0, 128, 240]), bytes([0xA0, 60, 144])),
    *(bytes([0x90, 200, 64]), bytes([0x90, 60, 200]), bytes([0x80, 156, 64]), bytes([0xB0, 255, 255])),
    *(bytes([0xF4]), bytes([0xF5]), bytes([0xF6]), bytes([0xF8]), bytes([0xFE]), bytes([0xF2, 1, 2]), bytes([0xF1, 0])),
    *(
        b"\xff",
        b"\xff\x2f",
        b"\xff\x2f\x00",
        b"\xff\x2f\x05abcde",
        b"\xf0",
        b"\xf0\x05ab",
        b"\xf7\x00",
        b"\xff\x51\x00",
    ),
    *(meta(0x21, b"\x01"), meta(0x21, b""), meta(0x20, b"\x0f"), meta(0x20, b"\xff"), meta(0x58, b"\x00\x00\x00\x00")),
    *(meta(0x51, b"\x00\x00\x00"), meta(0x51, b"\xff" * 3), meta(0x51, b"\x07"), meta(0x58, b"\xff\xff\xff\xff")),
    *(meta(0x54, b"\xff" * 5), meta(0x59, b"\x80\x02"), meta(3, b"\x00" * 300), meta(3, b"MTrk"), meta(1, b"\xff\x2f")),
    *(
        sysex(b"\x43\x12"),
        sysex(b"\xf7", 0xF7),
        sysex(b"\x7e\x7f\x09\x01\xf7"),
        sysex(b"", 0xF7),
        sysex(b"\x90\x3c", 0xF7),
    ),
    *(
        bytes([0xB0, 100, 6]),
        bytes([0xB0, 101, 0]),
        bytes([0xB0, 6, 15]),
        bytes([0xB0, 64, 127]),
        bytes([0xB0, 126, 0]),
    ),
    *(bytes([0x90, 60, 64]), bytes([0x80, 60, 0]), bytes([0x90, 60, 0]), bytes([0x99, 36, 100]), bytes([0x89, 36, 0])),
)
Pair = tuple[bytes, bytes]  # delta time and event, as they stand in the file


def in_chunks(data: bytes) -> list[bytes]:
    """The header and every chunk with its head, as far as lengths lead; what is left last."""
    parts, at = [], 0
    while at + 8 <= len(data):
        end = min(len(data), at + 8 + int.from_bytes(data[at + 4 : at + 8], "big"))
        parts.append(data[at:end])
        at = end
    return [*parts, data[at:]] if at < len(data) else parts


def change_header(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Another type, number of tracks or division."""
    field, values = dice.choice([(8, (0, 1, 2, 3)), (10, (0, 1, 2, 40, 0xFFFF)), (12, _DIVISIONS)])
    return data[:field] + dice.choice(values).to_bytes(2, "big") + data[field + 2 :]


def change_length(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """A chunk that announces another length."""
    parts = in_chunks(data)
    k = dice.randrange(len(parts)) if parts else 0
    if not parts or len(parts[k]) < 8:
        return data
    length = int.from_bytes(parts[k][4:8], "big")
    new = dice.choice([*_LENGTHS, length + 1, length + 4, max(0, length - 1), max(0, length - 3), length * 2])
    parts[k] = parts[k][:4] + (new & 0xFFFFFFFF).to_bytes(4, "big") + parts[k][8:]
    return b"".join(parts)


def change_chunks(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Chunks left out, doubled, in another order, of another file, or unknown ones."""
    parts, others = in_chunks(data), in_chunks(dice.choice(pool))
    if not parts or not others:
        return data
    k = dice.randrange(len(parts))
    new = dice.choice([chunk(b"XFIH", b"MTrk"), chunk(b"MTrk", b""), chunk(b"MThd", bytes(6)), dice.choice(others)])
    how = dice.randrange(4)
    if how == 0:
        del parts[k]
    elif how == 1:
        parts[k:k] = [parts[k]] * dice.choice([1, 1, 1, 30])
    elif how == 2:
        dice.shuffle(parts)
    else:
        parts.insert(k, new)
    return b"".join(parts)


def wrap(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Put the file into a RIFF file, some with other chunks and some with false sizes."""
    size = dice.choice([len(data)] * 4 + [0, 1, len(data) + 1, len(data) - 1, 0xFFFFFFFF]) & 0xFFFFFFFF
    riff = dice.choice([b"RIFF"] * 5 + [b"RIFX"])
    order = "big" if riff == b"RIFX" else "little"
    info = dice.choice([b"", b"", b"LIST" + (5).to_bytes(4, "little") + b"INFOx\x00"])
    body = b"RMID" + info + b"data" + size.to_bytes(4, order) + data + b"\x00" * (len(data) % 2)  # type: ignore[arg-type]
    body += dice.choice([b"", b"", info, b"\x00"])
    whole = dice.choice([len(body)] * 4 + [0, len(body) - 4, 0xFFFFFFFF])
    return riff + whole.to_bytes(4, order) + body  # type: ignore[arg-type]


def in_mac_binary(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Put the file behind a header of old Macintosh archives."""
    size = dice.choice([len(data), 0, len(data) + 9]).to_bytes(4, "big")
    head = b"\x00\x04song" + bytes(59) + b"Midi????" + bytes(10) + size
    return head + bytes(128 - len(head)) + data + bytes(-len(data) % 128)


def of_events(change: Callable[[Random, list[Pair]], object]) -> Callable[[Random, bytes, Sequence[bytes]], bytes]:
    """A mutation of the events of one track, whose length is made to fit again."""

    def mutate(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
        parts = in_chunks(data)
        tracks = [k for k, part in enumerate(parts) if part[:4] == b"MTrk"]
        if not tracks:
            return data
        k = dice.choice(tracks)
        body = read_body(parts[k][8:])
        pairs = [(event.delta, event.raw) for event in body.events]
        if pairs:
            change(dice, pairs)
        parts[k] = chunk(b"MTrk", b"".join(delta + raw for delta, raw in pairs) + body.tail)
        return b"".join(parts)

    return mutate


def _leave_out(dice: Random, pairs: list[Pair]) -> None:
    at = dice.randrange(len(pairs))
    del pairs[at : at + dice.choice([1, 1, 1, 2, 8])]


def _double(dice: Random, pairs: list[Pair]) -> None:
    at = dice.randrange(len(pairs))
    pairs[at:at] = pairs[at : at + dice.choice([1, 1, 3])] * dice.choice([1, 1, 1, 2, 40])


def _swap(dice: Random, pairs: list[Pair]) -> None:
    a, b = dice.randrange(len(pairs)), dice.randrange(len(pairs))
    pairs[a], pairs[b] = pairs[b], pairs[a]


def _insert_odd(dice: Random, pairs: list[Pair]) -> None:
    raw = dice.choice(_ODD)
    if 0x80 <= raw[0] < 0xF0 and dice.random() < 0.5:
        raw = bytes([raw[0] & 0xF0 | dice.randrange(16)]) + raw[1:]
    pairs.insert(dice.randint(0, len(pairs)), (varlen(dice.choice(_DELTAS)), raw))


def _change_delta(dice: Random, pairs: list[Pair]) -> None:
    at = dice.randrange(len(pairs))
    width = dice.choice([1, 1, 1, 2, 4, 5, 8, 9, 60])
    pairs[at] = (varlen(dice.choice(_DELTAS), width), pairs[at][1])


def _drop_status(dice: Random, pairs: list[Pair]) -> None:
    at = dice.randrange(len(pairs))
    delta, raw = pairs[at]
    if 0x80 <= raw[0] < 0xF0:
        pairs[at] = (delta, raw[1:])


def _other_channel(dice: Random, pairs: list[Pair]) -> None:
    channel, first = dice.randrange(16), dice.randrange(len(pairs))
    for k in range(first, min(len(pairs), first + dice.choice([1, 4, 1000]))):
        delta, raw = pairs[k]
        if 0x80 <= raw[0] < 0xF0:
            pairs[k] = (delta, bytes([raw[0] & 0xF0 | channel]) + raw[1:])


def _change_bytes(dice: Random, pairs: list[Pair]) -> None:
    at = dice.randrange(len(pairs))
    pairs[at] = (pairs[at][0], dice.choice(RAW[:4])(dice, pairs[at][1], [b"\x90\x3c\x40"]))


_EVENTS = (
    _leave_out,
    _double,
    _swap,
    _insert_odd,
    _insert_odd,
    _change_delta,
    _drop_status,
    _other_channel,
    _change_bytes,
)
SMF = (*map(of_events, _EVENTS), *map(of_events, _EVENTS), change_header, change_length, change_chunks, *RAW)


def pieces_of(data: bytes) -> list[bytes]:
    """Heads and events of a file, each marked with what it is, to leave some out."""
    found = []
    for part in in_chunks(data):
        if part[:4] != b"MTrk":
            found.append(b"=" + part)
            continue
        body = read_body(part[8:])
        is_true = int.from_bytes(part[4:8], "big") == len(part) - 8
        found.append((b"T" if is_true else b"F") + part[:8])
        found += [b"e" + _with_delta(event) for event in body.events]
        found += [b"e" + body.tail] if body.tail else []
    return found


def of_pieces(pieces: Sequence[bytes]) -> bytes:
    """The file again, with true lengths where they were true."""
    data, k = b"", 0
    while k < len(pieces):
        mark, part = pieces[k][:1], pieces[k][1:]
        k += 1
        if mark not in b"TF":
            data += part
            continue
        body = b""
        while k < len(pieces) and pieces[k][:1] == b"e":
            body += pieces[k][1:]
            k += 1
        data += chunk(b"MTrk", body) if mark == b"T" else part + body
    return data


def _with_delta(event: PlainEvent) -> bytes:
    return event.delta + event.raw
