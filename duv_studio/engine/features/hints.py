"""Instrument hints: what an adapter may read of a note besides what the base model reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.features.instrument_hints import (
    accent_hint,
    bow_direction_hint,
    fill_hint,
    ghost_note_hint,
    is_hat,
    is_kick,
    is_snare,
    legato_hint,
)
from duv_studio.engine.features.note_features import NoteTable
from duv_studio.engine.features.part_merging import Places
from duv_studio.engine.features.sections import KINDS
from duv_studio.engine.midi.song import Family, FloatArray

_DRUMS, _STRINGS = (Family.DRUMS,), (Family.STRINGS,)
Known = Mapping[str, FloatArray]


@dataclass(frozen=True)
class Hint:
    """A feature of n notes, (n, columns); 0 everywhere where it says nothing."""

    name: str
    columns: int
    families: tuple[Family, ...]  # that it is meant for; () for all
    compute: Callable[[NoteTable], FloatArray] | None  # from the notes as they are given; None: only the song tells
    meaning: str


HINTS: dict[str, Hint] = {
    hint.name: hint
    for hint in (
        Hint("strum_dir_hint", 1, (Family.GUITAR,), None, "1 down stroke, low to high; -1 up stroke; 0 block chord"),
        Hint("section_onehot", len(KINDS), (), None, f"the section: {', '.join(KINDS)}"),
        Hint("swing_hint", 1, (), None, "0 straight eighths .. 1 swung to the triplet"),
        Hint(
            "bow_direction_hint", 1, _STRINGS, bow_direction_hint, "1 down bow, -1 up bow, by the rule of the down bow"
        ),
        Hint("legato_hint", 1, _STRINGS, legato_hint, "1 where the given length reaches the next onset"),
        Hint("ghost_note_hint", 1, (Family.BASS,), ghost_note_hint, "1 on notes given much quieter and short"),
        Hint("is_kick", 1, _DRUMS, is_kick, "1 on the bass drum"),
        Hint("is_snare", 1, _DRUMS, is_snare, "1 on the snare drum"),
        Hint("is_hat", 1, _DRUMS, is_hat, "1 on the hi-hat"),
        Hint("accent_hint", 1, _DRUMS, accent_hint, "1 on hits given harder than the drum usually gets"),
        Hint("fill_hint", 1, _DRUMS, fill_hint, "1 on the notes of a fill"),
    )
}


def hint_columns(names: Sequence[str]) -> int:
    """How many columns these hints have together."""
    return sum(HINTS[name].columns for name in names)


def hints_of(
    table: NoteTable, names: Sequence[str], known: Mapping[str, FloatArray] | None = None
) -> NDArray[np.float32]:
    """The columns (n, hint_columns(names)) of a track's n notes, in the order of `names`.

    Hints of velocities and lengths come from the table alone, so that nothing leaks that the table does not hold.
    `known` holds what it cannot tell, (n,) or (n, columns) by name: sections, and what the unquantised onsets tell.
    What it holds beside that is passed over.
    """
    columns = [np.zeros((len(table), 0))]
    for name in names:
        hint = HINTS[name]
        unknown = np.zeros((len(table), hint.columns))
        given = (known or {}).get(name, unknown) if hint.compute is None else hint.compute(table)
        columns.append(np.asarray(given, dtype=np.float64).reshape(len(table), hint.columns))
    return np.concatenate(columns, axis=1).astype(np.float32)


def hints_of_parts(
    whole: NoteTable, parts: Sequence[NoteTable], places: Places, known: Sequence[Known], names: Sequence[str]
) -> NDArray[np.float32]:
    """The columns (n, hint_columns(names)) of the n notes of `whole`, which `merge_tables` made of `parts`.

    `known` has, for every part, what only the song tells of it. A hint that the song tells of any part is worked out
    part by part; the others are heard from the whole instrument, as the adapter heard them.
    """
    told = {name for of_part in known for name in of_part}
    together: dict[str, FloatArray] = {}
    for name in (name for name in names if name in told):
        of_parts = [hints_of(part, [name], of_part) for part, of_part in zip(parts, known, strict=True)]
        rows = np.zeros((len(whole), of_parts[0].shape[1]))
        for place, own in zip(places, of_parts, strict=True):
            rows[place] = own
        together[name] = rows
    return hints_of(whole, names, together)
