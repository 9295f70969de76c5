"""Values of a manifest line: arrays written short, and read back with their kinds and lengths checked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import FloatArray, IntArray
from duv_studio.errors import DuvError
from duv_studio.training.data.played_track import whole_text

DECIMALS = 6
_GRID = 96  # parts of a quarter: what lies within rounding of one of them was on it
NO_DATA = "No data loaded from manifest"
AGAIN = "make the manifest again with 'duv-studio enrich --input FOLDER --output FILE.jsonl'"


def plain(values: NDArray[Any]) -> list[Any]:
    """An array as JSON holds it: rounded, whole numbers without a point where the array is whole, NaN as null."""
    if not np.issubdtype(values.dtype, np.floating):
        return list(values.astype(np.int64).tolist())
    rounded = np.round(values, DECIMALS) + 0.0  # no -0.0
    if np.isnan(rounded).any():
        return [None if math.isnan(x) else x for x in rounded.tolist()]
    return list(rounded.tolist())


def short(values: Sequence[Any]) -> Any:
    """A list as its one value where it is constant, as runs {"runs": [[value, times], ...]} where that is shorter."""
    runs = [[value, len(list(same))] for value, same in groupby(values)]
    if len(runs) == 1 and not isinstance(values[0], list):
        return values[0]
    return {"runs": runs} if len(runs) * 3 < len(values) or isinstance(values[0], list) else list(values)


def exact(beats: FloatArray) -> FloatArray:
    """Beats (n,) that were rounded for JSON, put back on thirds, sixteenths and other parts of 96."""
    near = np.round(beats * _GRID) / _GRID
    return np.asarray(np.where(np.abs(near - beats) < 10.0**-DECIMALS, near, beats))


class Line:
    """The keys of one line; every problem is a DuvError that names the place, the key and what is wrong."""

    def __init__(self, values: object, where: str) -> None:
        self.where = where
        if not isinstance(values, dict):
            raise DuvError(f"{NO_DATA}: {where} is no JSON object", hint=AGAIN)
        self.values = values
        pitch = self.values.get("pitch")
        if not isinstance(pitch, list) or not pitch:
            self.wrong("pitch", "is missing: the line holds no notes" if pitch is None else "is no list of notes")
        self.notes = len(pitch)

    def wrong(self, key: str, what: str, hint: str = AGAIN) -> NoReturn:
        """Raise the DuvError of a key."""
        raise DuvError(f'{NO_DATA}: {self.where}: "{key}" {what}', hint=hint)

    def has(self, key: str) -> bool:
        """Whether the line holds the key and more than null."""
        return self.values.get(key) is not None

    def text(self, key: str, default: str) -> str:
        """A string, or the default where the key is missing."""
        value = self.values.get(key)
        if value is None:
            return default
        if not isinstance(value, str):
            self.wrong(key, f"should be text, not {_kind(value)}")
        return whole_text(value)

    def flag(self, key: str) -> bool:
        """True or false (also 1 or 0); false where the key is missing."""
        value = self.values.get(key)
        if value not in (None, True, False):
            self.wrong(key, f"should be true or false, not {_kind(value)}")
        return bool(value)

    def texts(self, key: str, default: str) -> list[str]:
        """One string per note."""
        values = self._expanded(key) if self.has(key) else [default] * self.notes
        if not all(isinstance(value, str) for value in values):
            self.wrong(key, "should hold text only")
        return values

    def numbers(
        self, key: str, low: float = -math.inf, high: float = math.inf, unknown: bool = False, width: int = 1
    ) -> FloatArray:
        """One number per note, (n,), or (n, width) for width > 1, within low..high; null is NaN where `unknown`."""
        array = _as_numbers(self._expanded(key))
        if array is None:
            self.wrong(key, f"should hold {'rows of numbers' if width > 1 else 'numbers'} only")
        if array.shape != ((self.notes, width) if width > 1 else (self.notes,)):
            self.wrong(key, f"should hold {f'rows of {width} numbers' if width > 1 else 'one number per note'}")
        if not unknown and np.isnan(array).any():
            self.wrong(key, f"should hold numbers only, and note {_first(np.isnan(array))} has none")
        outside = (array < low) | (array > high) | np.isinf(array)
        if outside.any():
            bounds = f"from {low:g} to {high:g}" if math.isfinite(low) else "finite"
            self.wrong(key, f"should be {bounds}, and note {_first(outside)} is {array[outside].flat[0]:g}")
        return array

    def whole(self, key: str, low: float = -math.inf, high: float = math.inf) -> IntArray:
        """One whole number per note, (n,)."""
        array = self.numbers(key, low, high)
        broken = array != np.round(array)
        if broken.any():
            self.wrong(key, f"should hold whole numbers, and note {_first(broken)} is {array[broken][0]:g}")
        return array.astype(np.int64)

    def _expanded(self, key: str) -> list[Any]:
        """The values of all notes, however they were written."""
        value = self.values.get(key)
        if value is None and key not in self.values:
            self.wrong(key, "is missing")
        if isinstance(value, dict):
            value = self._unrolled(key, value)
        if not isinstance(value, list):
            return [value] * self.notes
        if len(value) != self.notes:
            self.wrong(key, f'has {len(value)} values, and "pitch" has {self.notes}')
        return value

    def _unrolled(self, key: str, value: dict[str, Any]) -> list[Any]:
        runs = value.get("runs")
        pairs = isinstance(runs, list) and all(isinstance(r, list) and len(r) == 2 for r in runs)
        if not pairs or not all(type(times) is int and 0 < times <= self.notes for _, times in runs or ()):
            self.wrong(key, 'should be a list, one value, or {"runs": [[value, times], ...]}')
        if sum(times for _, times in runs or ()) != self.notes:
            self.wrong(key, f'has {sum(times for _, times in runs or ())} values, and "pitch" has {self.notes}')
        return [item for item, times in runs or () for _ in range(times)]


def _as_numbers(values: list[Any]) -> FloatArray | None:
    """The values as an array, null as NaN; None where there is anything else among them, such as digits in quotes."""
    try:
        array = np.array(values)
        if array.dtype == object and all(v is None or isinstance(v, int | float) for v in values):
            array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    return array.astype(np.float64) if array.dtype.kind in "iufb" else None


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _first(found: NDArray[np.bool_]) -> int:
    return int(np.argwhere(found)[0][0]) + 1
