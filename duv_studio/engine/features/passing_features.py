"""Features of very many notes, given up from the front while they are read: they take as much memory as the song."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.features.note_features import Features

_BLOCK = 262_144  # notes; smaller blocks of memory are not given back to the system, but kept for others


class PassingRows:
    """Rows (n, …) that are read by slices, in blocks of which the first ones may be gone."""

    def __init__(self, rows: NDArray[Any]) -> None:
        self._rows = len(rows)
        self._blocks: list[NDArray[Any] | None] = [
            rows[start : start + _BLOCK].copy() for start in range(0, len(rows), _BLOCK)
        ]

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, span: slice) -> NDArray[Any]:
        start, stop, _ = span.indices(self._rows)
        first = start // _BLOCK
        wanted = self._blocks[first : (stop - 1) // _BLOCK + 1]
        parts = [block for block in wanted if block is not None]
        if len(parts) < len(wanted):
            raise LookupError("these rows were given up")
        rows = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return rows[start - first * _BLOCK : stop - first * _BLOCK]

    def release(self, before: int) -> None:
        """Give up the blocks that end before a row."""
        for place in range(before // _BLOCK):
            self._blocks[place] = None


class PassingFeatures:
    """Features that can be read once, in the order of the notes."""

    def __init__(self, read: Features) -> None:
        self.floats, self.indices = PassingRows(read.floats), PassingRows(read.indices)
        self.onset = read.onset

    def release(self, before: int) -> None:
        """Give up what lies before a note."""
        self.floats.release(before)
        self.indices.release(before)
