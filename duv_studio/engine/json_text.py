"""JSON that somebody else wrote: whatever is wrong with it is a ValueError."""

from __future__ import annotations

import json
from typing import Any, NoReturn

DEEPEST = 100  # levels of lists and objects
_TOO_DEEP = f"it is nested deeper than {DEEPEST} levels"


def parse_json(text: str | bytes, *, nan: bool = False) -> Any:
    """The value of a JSON text; ValueError says why it is none, or is one that nobody writes: deep, or not a number.

    With `nan` the words are read that Python writes for what is no number.
    """
    try:
        value = json.loads(text, parse_constant=None if nan else _no_number)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if _brackets(text) > DEEPEST and _is_deep(value):
        raise ValueError(_TOO_DEEP)
    return value


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _brackets(text: str | bytes) -> int:
    if isinstance(text, str):
        return text.count("[") + text.count("{")
    return text.count(b"[") + text.count(b"{")


def _is_deep(value: Any) -> bool:
    """Level by level: what is compared or written later must fit on Python's stack."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEEPEST):
        parents = (parent.values() if isinstance(parent, dict) else parent for parent in level)
        level = [child for children in parents for child in children if isinstance(child, dict | list)]
    return bool(level)
