"""The range of velocities: a song that was written very loud or soft comes alive as one in the middle does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from duv_studio.engine import Humanizer, Settings
from duv_studio.engine.midi.song import Song, TrackPerformance
from duv_studio.engine.performance.blend import render
from tests.phrases import CRASH, FAMILIES, HAT, KICK, SNARE, flat, phrase

LEVELS = (30, 50, 64, 80, 100, 110, 127)
MOST_AT_AN_END = 0.02  # of the notes


@pytest.fixture(scope="module")
def humanizer() -> Iterator[Humanizer]:
    yield Humanizer()


def played(humanizer: Humanizer, song: Song, **settings: float) -> TrackPerformance:
    chosen = Settings(**settings)  # type: ignore[arg-type]
    return render(song, humanizer.predict(song, chosen), chosen)[0]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("level", LEVELS)
def test_flat_tracks_of_every_level_come_alive_within_the_range(humanizer: Humanizer, family: str, level: int) -> None:
    song, middle = phrase(family, 16, flat(level)), phrase(family, 16, flat(80))
    pitch = song.tracks[0].notes.pitch
    for settings in ({}, {"variation": 0.0}, {"variation": 1.0}, {"seed": 3}, {"intensity": 0.5}, {"intensity": 1.5}):
        now, usual = (played(humanizer, s, **settings).velocity for s in (song, middle))
        assert np.mean(now == 127) <= MOST_AT_AN_END and np.mean(now == 1) <= MOST_AT_AN_END, settings
        if settings != {"intensity": 0.5}:
            assert now.std() >= 0.7 * usual.std(), settings
        voices = np.unique(pitch) if family == "drums" else [pitch]
        for voice in voices:
            of_voice = np.isin(pitch, voice)
            distinct = [len(np.unique(v[of_voice])) for v in (now, usual)]
            assert distinct[0] >= 0.7 * distinct[1] - 1, (settings, voice, distinct)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(4))
def test_a_flat_beat_has_the_order_of_a_drummer(humanizer: Humanizer, level: int, seed: int) -> None:
    song = phrase("drums", 16, flat(level))
    velocity, pitch = played(humanizer, song, seed=seed).velocity, song.tracks[0].notes.pitch
    mean = {drum: velocity[pitch == drum].mean() for drum in (KICK, SNARE, HAT, CRASH)}
    assert mean[SNARE] > mean[HAT] + 8 and mean[KICK] > mean[HAT]
    assert velocity[pitch == CRASH].min() >= mean[HAT]


def test_what_gave_way_is_told(humanizer: Humanizer) -> None:
    loud, middle = (played(humanizer, phrase("piano", 8, flat(level))) for level in (127, 70))
    assert loud.level_shift < -5 and loud.spread_factor <= 1
    assert loud.velocity.mean() == pytest.approx(127 + loud.level_shift, abs=2)
    assert (middle.level_shift, middle.spread_factor) == (0, 1)
