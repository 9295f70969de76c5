"""Written dynamics: p, f and hairpins that a file was written with are what comes out, in every family."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from duv_studio.engine import Humanizer, Settings
from duv_studio.engine.midi.song import Song
from duv_studio.engine.performance.blend import render
from tests.phrases import FAMILIES, HAT, PPQ, Dynamics, blocks, crescendi, phrase, sections, with_accents, with_jitter

KEPT = 0.85  # of the contrast


@pytest.fixture(scope="module")
def humanizer() -> Iterator[Humanizer]:
    yield Humanizer()


def played(humanizer: Humanizer, song: Song, seed: int = 0) -> np.ndarray:
    chosen = Settings(seed=seed)
    return render(song, humanizer.predict(song, chosen), chosen)[0].velocity


def slope_on(dynamics: Dynamics, song: Song, velocity: np.ndarray) -> float:
    """How much of the written contrast is there: the slope of what is played on what was written."""
    written = [dynamics(tick / PPQ) for tick in song.tracks[0].notes.onset]
    return float(np.polyfit(written, velocity, 1)[0])


WRITTEN = [
    *((f"blocks of {bars} bars", blocks(bars), max(8, 2 * bars)) for bars in (1, 2, 4, 8, 32)),
    *((f"crescendi over {bars} bars", crescendi(bars), max(8, int(bars))) for bars in (0.5, 1, 2, 8, 32)),
    ("a diminuendo over 8 bars", crescendi(8, 110, 30), 16),
]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("what", "dynamics", "bars"), WRITTEN, ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_contrast_of_blocks_and_hairpins_is_kept(
    humanizer: Humanizer, family: str, what: str, dynamics: Dynamics, bars: int
) -> None:
    song = phrase(family, bars, dynamics)
    for seed in (0, 1):
        kept = slope_on(dynamics, song, played(humanizer, song, seed))
        assert KEPT <= kept <= 1.15, (what, seed)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("around", [with_accents, with_jitter])
def test_what_lies_around_the_level_does_not_hide_it(
    humanizer: Humanizer, family: str, around: type[with_accents]
) -> None:
    for dynamics in (blocks(1), blocks(4), crescendi(8)):
        song = phrase(family, 16, around(dynamics))
        assert slope_on(dynamics, song, played(humanizer, song)) >= KEPT


@pytest.mark.parametrize("family", FAMILIES)
def test_notated_dynamics_keep_their_order_and_distances(humanizer: Humanizer, family: str) -> None:
    levels = (49, 64, 80, 112)
    song = phrase(family, 32, sections(*levels))
    written = song.tracks[0].notes.velocity
    for seed in range(3):
        velocity = played(humanizer, song, seed)
        means = np.array([velocity[written == level].mean() for level in levels])
        assert (np.diff(means) >= KEPT * np.diff(levels)).all(), means


@pytest.mark.parametrize("family", FAMILIES)
def test_accents_within_written_dynamics_stay_accents(humanizer: Humanizer, family: str) -> None:
    dynamics = blocks(4)
    song = phrase(family, 16, with_accents(dynamics, 20))
    notes = song.tracks[0].notes
    level = np.array([dynamics(tick / PPQ) for tick in notes.onset])
    above = played(humanizer, song) - level
    accent, voice = notes.onset % (4 * PPQ) == 0, (notes.pitch == HAT) | (family != "drums")
    assert above[accent & voice].mean() - above[~accent & voice].mean() >= 10


@pytest.mark.parametrize("family", FAMILIES)
def test_the_notes_play_around_the_level(humanizer: Humanizer, family: str) -> None:
    song = phrase(family, 16, blocks(4))
    velocity, written = played(humanizer, song), song.tracks[0].notes.velocity
    for level in (45, 105):
        assert velocity[written == level].std() > 2
