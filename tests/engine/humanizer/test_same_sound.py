"""The shipped model plays the same sound the same, in twice the note values at twice the tempo and in half of both."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.engine.humanizer.humanizer import Humanizer
from duv_studio.engine.midi.song import Song
from duv_studio.engine.music.settings import Settings
from tests.engine.music.test_felt_beat import MUSIC, song_of

ALIKE = 0.95  # correlation, of velocities and of the logarithms of length ratios


@pytest.fixture(scope="module")
def humanizer() -> Humanizer:
    return Humanizer(precision="fp32")


def played(humanizer: Humanizer, song: Song, variation: float) -> tuple[np.ndarray, np.ndarray]:
    (result,) = humanizer.humanize(song, Settings(intensity=1.0, variation=variation, seed=3))
    written = song.tracks[0].notes.duration
    return result.velocity.astype(float), np.log2(np.maximum(result.duration, 1) / written)


@pytest.mark.parametrize("bpm", [60, 95, 120, 180])
@pytest.mark.parametrize("name", MUSIC)
def test_all_ways_to_write_it_are_played_the_same(humanizer: Humanizer, name: str, bpm: float) -> None:
    make, how = MUSIC[name]
    for variation in (0.0, 0.5):
        velocity, length = played(humanizer, song_of(make(), how, bpm, 1.0), variation)
        for factor in (0.5, 2.0):
            other_velocity, other_length = played(humanizer, song_of(make(), how, bpm, factor), variation)
            assert np.corrcoef(velocity, other_velocity)[0, 1] > ALIKE
            if length.std() > 0:  # drums keep theirs
                assert np.corrcoef(length, other_length)[0, 1] > ALIKE
