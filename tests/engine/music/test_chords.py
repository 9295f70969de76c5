"""Notes that are struck together."""

from __future__ import annotations

import numpy as np

from duv_studio.engine.music.chords import chord_ids


def test_chords_are_onsets_closer_than_a_64th_note() -> None:
    assert chord_ids(np.array([0.0, 0.0, 0.03, 0.5, 0.56, 1.0])).tolist() == [0, 0, 0, 1, 2, 3]


def test_no_notes_and_one() -> None:
    assert chord_ids(np.zeros(0)).tolist() == [] and chord_ids(np.ones(1)).tolist() == [0]
