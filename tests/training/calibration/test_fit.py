"""The temperature and the kernel: every set counts as much as any other, however many notes it has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from duv_studio.engine.midi.song import Family
from duv_studio.training.calibration import fit
from duv_studio.training.calibration.spread import Outcome
from tests.played_tracks import played_track

BINS = 24


def outcome(corpus: str, notes: int, true_temperature: float, seed: int = 0) -> Outcome:
    """Rows of random logits whose answers were drawn at `true_temperature`."""
    rng = np.random.default_rng(seed)
    track = replace(played_track(notes=notes, seed=seed, family=Family.BASS), corpus=corpus)
    logits = rng.normal(0, 2, (len(track), BINS))
    chance = np.exp(logits / true_temperature)
    cumulated = np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1)
    answers = (cumulated < rng.random((len(track), 1))).sum(axis=1).clip(0, BINS - 1)
    return Outcome(track, logits, answers, np.full(len(track), 0.5), np.ones(len(track), bool))


@pytest.mark.parametrize("true", [0.7, 1.0, 1.6])
def test_the_temperature_at_which_answers_were_drawn_is_found(true: float) -> None:
    assert fit.temperature([outcome("a", 4000, true)]) == pytest.approx(true, rel=0.05)


def test_a_large_set_does_not_outvote_a_small_one() -> None:
    small, large = outcome("small", 800, 1.6, seed=1), outcome("large", 8000, 0.8, seed=2)
    alike = outcome("large", 800, 0.8, seed=3)
    both = fit.temperature([small, large])
    assert both == pytest.approx(fit.temperature([small, alike]), rel=0.05)
    assert 0.85 < both < 1.5


def test_sets_are_asked_for_equal_shares_of_the_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "MAX_NOTES", 1000)
    sizes = {"large": 40, "small": 2}
    tracks = [replace(played_track(notes=50, seed=k), corpus=name) for name, n in sizes.items() for k in range(n)]
    length = len(tracks[0])
    chosen = [track.corpus for track in fit._balanced(tracks)]
    assert chosen.count("small") == 2
    assert chosen.count("large") == -(-500 // length)


def test_the_kernel_of_independent_answers_is_a_notes_own() -> None:
    assert fit.fit_kernel([outcome("a", 3000, 1.0)], 1.0).own > 0.9
