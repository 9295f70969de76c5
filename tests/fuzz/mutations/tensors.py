"""Mutations of safetensors files that know the header, what it says of the model, the tensors and the checksum."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from random import Random
from typing import Any

from duv_studio.engine.model.tensor_file import METADATA, with_metadata
from tests.fuzz.mutations.raw import RAW
from tests.fuzz.mutations.values import changed

_FLOATS = (0x7C00, 0x7E00, 0xFC00, 0x7BFF, 0x0001, 0x8000, 0x0000, 0xFFFF)  # float16: infinity, NaN, largest, smallest
_SIZES = (0, 1, 7, 8, 2**20, 2**31, 2**32, 2**63, 2**64 - 1)


def parts_of(data: bytes) -> tuple[dict[str, Any], bytes] | None:
    """The header and the weights; None where the header is none."""
    size = int.from_bytes(data[:8], "little")
    try:
        header = json.loads(data[8 : 8 + size])
    except (ValueError, RecursionError, OverflowError):
        return None
    return (header, data[8 + size :]) if isinstance(header, dict) else None


def with_header(header: Any, weights: bytes) -> bytes:
    """A file of these."""
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + weights


def change_layout(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Another value somewhere in the header: types, shapes, places of tensors, metadata."""
    parts = parts_of(data)
    return data if parts is None else with_header(changed(dice, parts[0]), parts[1])


def change_description(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Another value in what the file says of its model, mostly with a checksum that fits."""
    parts = parts_of(data)
    metadata = parts[0].get(METADATA) if parts else None
    if parts is None or not isinstance(metadata, dict) or not metadata:
        return data
    key = dice.choice(list(metadata))
    try:
        metadata[key] = json.dumps(changed(dice, json.loads(metadata[key])))
    except (ValueError, TypeError, RecursionError):
        metadata[key] = changed(dice, metadata[key])
    return signed(with_header(*parts)) if dice.random() < 0.8 else with_header(*parts)


def change_weights(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Odd numbers among the weights, mostly with a checksum that fits."""
    parts = parts_of(data)
    if parts is None or len(parts[1]) < 4:
        return data
    weights = bytearray(parts[1])
    for _ in range(dice.choice((1, 1, 3, 40))):
        at = dice.randrange(len(weights) - 1) & ~1
        struct.pack_into("<H", weights, at, dice.choice((*_FLOATS, dice.randrange(65536))))
    changed_file = with_header(parts[0], bytes(weights))
    return signed(changed_file) if dice.random() < 0.8 else changed_file


def change_size(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Another length of the header."""
    size = int.from_bytes(data[:8], "little")
    new = dice.choice((*_SIZES, size + 1, max(0, size - 1)))
    return new.to_bytes(8, "little") + data[8:]


def exchange(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """What another file says of itself, about these weights."""
    parts, other = parts_of(data), parts_of(dice.choice(pool))
    if parts is None or other is None or METADATA not in other[0]:
        return data
    return signed(with_header({**parts[0], METADATA: other[0][METADATA]}, parts[1]))


def signed(data: bytes) -> bytes:
    """The file with a checksum that fits, where it is sound enough to have one."""
    parts = parts_of(data)
    try:
        return data if parts is None else with_metadata(data, parts[0].get(METADATA) or {})
    except Exception:  # the program's own function, which may take its files to be sound
        return data


TENSORS = (*(change_description, change_layout, change_weights) * 4, change_size, exchange, *RAW)
