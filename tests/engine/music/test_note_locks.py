"""Locks: which notes of a track a user has locked."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.engine.music.selection import locked_mask
from duv_studio.engine.music.settings import Settings
from duv_studio.errors import DuvError
from tests.songs import PPQ, make_track

TRACK = make_track([(i * PPQ, PPQ, 60, 80) for i in range(4)])


@pytest.mark.parametrize(
    ("locked", "expected"),
    [
        ({}, []),
        ({TRACK.key: frozenset()}, []),
        ({TRACK.key: frozenset({1, 3})}, [1, 3]),
        ({"7:0:0": frozenset({99})}, []),
    ],
)
def test_notes_are_locked_by_track_and_place(locked: dict[str, frozenset[int]], expected: list[int]) -> None:
    assert np.flatnonzero(locked_mask(TRACK, Settings(locked_notes=locked))).tolist() == expected


@pytest.mark.parametrize("note", [-1, 4])
def test_a_note_that_is_not_there_is_told(note: int) -> None:
    with pytest.raises(DuvError, match="0:0:0"):
        locked_mask(TRACK, Settings(locked_notes={TRACK.key: frozenset({note})}))
