"""Mutations of JSON that keep it JSON: another value, kind or name at any place, of one line or of a whole text."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from tests.fuzz.mutations.words import TEXTS

_LARGEST = 10**4000  # Python neither reads nor writes whole numbers of more than 4300 digits
_ODD: tuple[Callable[[Random], Any], ...] = (
    lambda dice: dice.choice(TEXTS),
    lambda dice: dice.choice((0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**30, 10**400, 127, 128, 999_999_999)),
    lambda dice: dice.choice((0.0, -0.0, 0.5, 1e-320, 1e308, -1e308, math.nan, math.inf, -math.inf)),
    lambda dice: dice.choice((None, True, False, [], {}, [None], {"": None}, [[[]]], {"a": {"a": {}}})),
    lambda dice: [1] * dice.choice((1, 2, 1000, 20_000)),
    lambda dice: _deep(dice.choice((5, 90, 101, 500, 900))),
)


def _deep(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def changed(dice: Random, value: Any, others: Sequence[Any] = ()) -> Any:
    """The value with one thing in it changed, at any depth."""
    places = list(_places(value))
    if not places or dice.random() < 0.03:
        return _another(dice, value, others)
    holder, key = dice.choice(places)
    how = dice.randrange(8)
    if how == 0:
        del holder[key]
    elif how == 1 and isinstance(holder, dict):
        name = dice.choice((*TEXTS, "".join(dice.sample(key, len(key))), key.upper(), *holder))
        holder[name] = holder.pop(key)
    elif how == 2 and isinstance(holder, list):
        holder[key:key] = [holder[key]] * dice.choice((1, 1, 3, 500))
    elif how == 3:
        other_holder, other_key = dice.choice(places)
        holder[key], other_holder[other_key] = other_holder[other_key], holder[key]
        if len(json.dumps(value, default=str)) > 1_000_000:
            return 1
    else:
        holder[key] = _another(dice, holder[key], others)
    return value


def _another(dice: Random, value: Any, others: Sequence[Any]) -> Any:
    if others and dice.random() < 0.3:
        return dice.choice(others)
    if dice.random() < 0.5 and isinstance(value, int | float) and not isinstance(value, bool):
        return _near(dice, value)
    if dice.random() < 0.3 and isinstance(value, str):
        return dice.choice((value + "x", value[:-1], value.upper(), [value], value * 100, {value: value}))
    return dice.choice(_ODD)(dice)


def _near(dice: Random, value: float) -> Any:
    """A number that is close by, or the same in another way."""
    ways: tuple[Callable[[], Any], ...] = (
        lambda: value + 1,
        lambda: -value,
        lambda: value * 1000,
        lambda: value / 3,
        lambda: value + 0.5,
        lambda: str(value),
        lambda: [value],
    )
    if abs(value) > _LARGEST:
        return -1
    try:
        return dice.choice(ways)()
    except OverflowError:  # of a whole number that no float holds
        return -1


def _places(value: Any, depth: int = 0) -> Any:
    """(holder, key or index) of everything in the value; a long list counts by its ends."""
    if depth > 20:
        return
    if isinstance(value, dict):
        keys: Sequence[Any] = list(value)
    elif isinstance(value, list):
        keys = [*range(min(3, len(value))), *([len(value) - 1] if len(value) > 3 else [])]
    else:
        return
    for key in keys:
        yield value, key
        yield from _places(value[key], depth + 1)


def of_lines(others: Sequence[Any] = ()) -> Callable[[Random, bytes, Sequence[bytes]], bytes]:
    """A mutation of one line of a file that has a JSON value on each; `others` are values that mean harm there."""

    def mutate(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
        lines = data.splitlines(keepends=True)
        if not lines:
            return data
        at = dice.randrange(len(lines))
        try:
            value = json.loads(lines[at])
            new = json.dumps(changed(dice, value, others)).encode()
        except (ValueError, RecursionError):
            return data
        lines[at] = new + b"\n"
        return b"".join(lines)

    return mutate


def of_text(dice: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """A mutation of a text that is one JSON value."""
    try:
        return json.dumps(changed(dice, json.loads(data))).encode()
    except (ValueError, RecursionError):
        return data
