"""Mutations of bytes that know nothing of what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

_ODD_BYTES = (0x00, 0x01, 0x7F, 0x80, 0x81, 0xC0, 0xF0, 0xF4, 0xF7, 0xFE, 0xFF, 0x22, 0x0A, 0x2F)


def set_byte(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Another value for one byte: any, an odd one, or one bit turned."""
    if not data:
        return data
    at = dice.randrange(len(data))
    value = dice.choice([dice.randrange(256), dice.choice(_ODD_BYTES), data[at] ^ 1 << dice.randrange(8)])
    return data[:at] + bytes([value]) + data[at + 1 :]


def cut(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Leave a stretch out."""
    at, end = _stretch(dice, data)
    return data[:at] + data[end:]


def insert(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Put bytes in, any or odd ones."""
    at, size = dice.randint(0, len(data)), dice.choice([1, 1, 1, 2, 4, 16])
    new = dice.randbytes(size) if dice.random() < 0.5 else bytes([dice.choice(_ODD_BYTES)]) * size
    return data[:at] + new + data[at:]


def double(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Repeat a stretch, now and then very often."""
    at, end = _stretch(dice, data)
    times = dice.choice([1, 1, 1, 1, 2, 10, 300]) if end - at < 64 else 1
    return data[:end] + data[at:end] * times + data[end:]


def swap(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Two neighbouring stretches change places."""
    at, end = _stretch(dice, data)
    middle = dice.randint(at, end)
    return data[:at] + data[middle:end] + data[at:middle] + data[end:]


def end_early(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Break off, mostly near the end."""
    keep = len(data) - dice.randint(0, 12) if dice.random() < 0.7 else dice.randint(0, len(data))
    return data[: max(0, keep)]


def splice(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Go on as another input does."""
    other = dice.choice(pool)
    return data[: dice.randint(0, len(data))] + other[dice.randint(0, len(other)) :]


def take_over(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """A stretch of another input in the place of one."""
    other = dice.choice(pool)
    (at, end), (first, last) = _stretch(dice, data), _stretch(dice, other)
    return data[:at] + other[first:last] + data[end:]


def _stretch(dice: Random, data: bytes) -> tuple[int, int]:
    at = dice.randint(0, len(data))
    longest = dice.choice([1, 2, 4, 16, 64, len(data)])
    return at, min(len(data), at + dice.randint(0, longest))


RAW = (set_byte, set_byte, cut, insert, double, swap, end_early, splice, take_over)
