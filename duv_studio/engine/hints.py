"""Instrument hints: what an adapter may read of a note besides what the base model reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.features import NoteTable
from duv_studio.engine.song import Family, FloatArray


@dataclass(frozen=True)
class Hint:
    """A feature of n notes, (n, columns); 0 everywhere where it says nothing."""

    name: str
    columns: int
    families: tuple[Family, ...]  # that it is meant for; () for all
    compute: Callable[[NoteTable], FloatArray] | None  # from the notes as they are given; None: only the song tells
    meaning: str


HINTS: dict[str, Hint] = {}


def hint_columns(names: Sequence[str]) -> int:
    """How many columns these hints have together."""
    return sum(HINTS[name].columns for name in names)


def hints_of(
    table: NoteTable, names: Sequence[str], known: Mapping[str, FloatArray] | None = None
) -> NDArray[np.float32]:
    """The columns (n, hint_columns(names)) of a track's n notes, in the order of `names`.

    What velocities and lengths tell is worked out from the table, so that nothing is told that the table does not hold.
    `known` holds what it cannot tell, (n,) or (n, columns) by name: sections, and what the unquantised onsets tell.
    """
    columns = [np.zeros((len(table), 0))]
    for name in names:
        hint, given = HINTS[name], (known or {}).get(name)
        if given is None:
            given = np.zeros((len(table), hint.columns)) if hint.compute is None else hint.compute(table)
        columns.append(np.asarray(given, dtype=np.float64).reshape(len(table), hint.columns))
    return np.concatenate(columns, axis=1).astype(np.float32)
