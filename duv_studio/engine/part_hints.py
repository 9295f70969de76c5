"""The hints of an instrument whose parts are read together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.features import NoteTable
from duv_studio.engine.hints import hints_of
from duv_studio.engine.merging import Places
from duv_studio.engine.midi.song import FloatArray

Known = Mapping[str, FloatArray]


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
