"""Accents: what a written accent keeps of its weight, whatever is drawn around it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.performance.sampling import (
    AROUND_BEATS,
    FEW_LEVELS,
    KEPT_SHARE,
    LEAST_ACCENT,
    STANDS_OUT,
    STANDS_OUT_OF_LEVELS,
    keep_accents,
)
from tests.songs import law

BEATS = np.arange(64) / 2
ACCENTS = np.arange(64) % 8 == 0
WRITTEN = np.where(ACCENTS, 100.0, 70.0)
ALL = np.ones(64, bool)


def test_a_lost_accent_gets_half_of_its_weight_back() -> None:
    out = keep_accents(BEATS, WRITTEN, np.full(64, 60.0), ALL)
    assert (out[~ACCENTS] == 60).all()
    above = 100 - np.mean(WRITTEN[(BEATS >= 4) & (BEATS <= 12)])
    assert out[16] == pytest.approx(60 + KEPT_SHARE * above)


def test_an_accent_that_is_played_is_left_alone() -> None:
    drawn = np.where(ACCENTS, 110.0, 65.0)
    assert np.array_equal(keep_accents(BEATS, WRITTEN, drawn, ALL), drawn)


def test_random_velocities_are_hardly_believed() -> None:
    """What stands out by chance among velocities of all values is no accent, however often it does so."""
    rng = np.random.default_rng(1)
    beats, drawn = np.arange(4000) / 2, np.full(4000, 70.0)
    random, hinted = np.round(rng.normal(70, 12, 4000)), np.ones(4000, bool)
    by_hand = np.where(rng.random(4000) < 0.15, 95.0, 70.0)
    assert (keep_accents(beats, random, drawn, hinted) > drawn).mean() < 0.03
    kept = keep_accents(beats, by_hand, drawn, hinted) > drawn
    assert kept[by_hand == 95].mean() > 0.99 and not kept[by_hand == 70].any()


@pytest.mark.parametrize(
    ("what", "written", "hinted"),
    [
        ("a flat track", np.full(64, 80.0), ALL),
        ("velocities that say nothing", WRITTEN, ~ALL),
        ("shades that nobody hears", np.where(ACCENTS, 72.0, 70.0), ALL),
        ("a section that is loud throughout", np.where(BEATS < 16, 60.0, 61.0), ALL),
    ],
)
def test_nothing_else_is_an_accent(what: str, written: np.ndarray, hinted: np.ndarray) -> None:
    drawn = np.random.default_rng(0).normal(70, 12, 64)
    assert np.array_equal(keep_accents(BEATS, written, drawn, hinted), drawn), what


@law
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(2, 40))
def test_it_is_what_a_look_at_every_surrounding_says(seed: int, n: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    beats = np.sort(rng.integers(0, 60, n) / 4)
    written, drawn = 3.0 * rng.integers(1, 1 + levels, n), rng.normal(70, 15, n)
    hinted = rng.random(n) < 0.7
    out = keep_accents(beats, written, drawn, hinted)
    stands_out = STANDS_OUT_OF_LEVELS if len({*written[hinted]}) <= FEW_LEVELS else STANDS_OUT
    for i in range(n):
        near = np.abs(beats - beats[i]) <= AROUND_BEATS
        above = written[i] - written[near].mean()
        beyond = above - max(stands_out * written[near].std(), LEAST_ACCENT)
        least = drawn[near].mean() + KEPT_SHARE * above if hinted[i] and beyond > 0 else -np.inf
        if abs(beyond) > 1e-6:  # just at the edge, the order of a sum decides
            assert out[i] == pytest.approx(max(drawn[i], least))
