"""JSON that somebody else wrote: whatever is wrong with it is a ValueError, and any value of it can be told."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from duv_studio.text_width import escaped

DEEPEST = 100  # levels of lists and objects


class OddJson(ValueError):
    """What is JSON, but nobody writes, as the end of a sentence: "holds NaN, which is no number"."""


def parse_json(text: str | bytes, *, nan: bool = False, unique: bool = False) -> Any:
    """The value of a JSON text; ValueError says why it is none, OddJson that it is deep, or holds what is no number.

    With `nan` the words are read that Python writes for what is no number. With `unique` no object may hold a field
    twice.
    """
    try:
        value = json.loads(
            text, parse_constant=None if nan else _no_number, object_pairs_hook=_once if unique else None
        )
    except RecursionError:
        raise _too_deep() from None
    except (OddJson, json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError:
        raise OddJson("holds a number with too many digits") from None
    if _brackets(text) > DEEPEST and _is_deep(value):
        raise _too_deep()
    return value


def shown(value: object, most: int = 80) -> str:
    """A value for a sentence: in one line of some `most` characters, with nothing in it that a terminal obeys."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object with named fields"
    if isinstance(value, str):
        text = f'"{value if len(value) <= most else f"{value[: most - 4]}…"}"'
        return escaped(text)
    if isinstance(value, float) and not math.isfinite(value):
        return "beyond all numbers" if value == value else "no number"
    is_plain = value is None or isinstance(value, float) or (isinstance(value, int) and abs(value) < 10**most)
    return json.dumps(value) if is_plain else "a number with many digits"


def _no_number(name: str) -> NoReturn:
    raise OddJson(f"holds {name}, which is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise OddJson(f"holds the field {shown(name)} twice")
        found[name] = value
    return found


def _too_deep() -> OddJson:
    return OddJson(f"is nested deeper than {DEEPEST} levels")


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
