"""Predictions: which settings ask the model again."""

from __future__ import annotations

from typing import Any

import pytest

from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.prediction import prediction_key
from duv_studio.engine.music.settings import Settings


@pytest.mark.parametrize(
    "changed",
    [
        {"protect_keyswitches": False},
        {"dynamics": 0.0},
        {"articulation": -1.0},
        {"track_family": {"0:0:0": Family.BASS}},
        {"locked_notes": {"0:0:0": frozenset({1})}},
        {"keyswitches": {"0:0:0": frozenset({24})}},
        {"keyswitches": {"0:0:0": frozenset()}},
    ],
)
def test_what_the_model_reads_changes_the_key(changed: dict[str, Any]) -> None:
    assert prediction_key(Settings(**changed)) == prediction_key(Settings(**changed)) != prediction_key(Settings())
    assert len({prediction_key(Settings(**changed)), prediction_key(Settings())}) == 2, "keys can be hashed"


@pytest.mark.parametrize(
    "changed",
    [
        {"intensity": 0.1, "velocity": 0.2, "duration": 0.3, "variation": 0.4, "seed": 5},
        {"include": "a", "exclude": "b", "track_included": {"0:0:0": True}, "track_intensity": {"0:0:0": 0.5}},
        {"drum_durations": True, "max_velocity_change": 3, "max_duration_change": 0.5},
        {"locked_notes": {"0:0:0": frozenset()}},
        {"track_velocity": {"0:0:0": 0.5}, "track_duration": {"0:0:0": 0.5}},
        {"protected_pitches": {"0:0:0": frozenset({36})}},
    ],
)
def test_everything_else_does_not(changed: dict[str, Any]) -> None:
    assert prediction_key(Settings(**changed)) == prediction_key(Settings())
