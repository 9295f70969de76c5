"""Fitting into the range: as a whole, in order, and only what has no room."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.performance.velocity_range import (
    HIGHEST,
    LEAST_SPREAD,
    LOWEST,
    STANDING_OUT,
    Room,
    fit_into_range,
    velocity_range,
)
from tests.songs import law

ONE = np.zeros(400, np.int64)


def drawn(mean: float, spread: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, spread, 400)


def fitted(values: np.ndarray, level: np.ndarray | None = None, piece: np.ndarray = ONE) -> tuple[np.ndarray, Room]:
    return fit_into_range(values, np.full(len(values), values.mean()) if level is None else level, piece)


@law
@given(st.floats(-20, 150), st.floats(0, 60), st.integers(0, 9))
def test_order_survives_and_few_notes_lie_beyond(mean: float, spread: float, seed: int) -> None:
    values = drawn(mean, spread, seed)
    out, _ = fitted(values)
    order = np.argsort(values, kind="stable")
    assert (np.diff(out[order]) >= -1e-9).all()
    assert np.mean(out > HIGHEST + 1e-6) <= STANDING_OUT + 1 / len(out)
    assert np.mean(out < LOWEST - 1e-6) <= STANDING_OUT + 1 / len(out)


@law
@given(st.floats(-20, 150), st.floats(0.5, 30), st.integers(0, 9))
def test_gaps_shrink_in_proportion(mean: float, spread: float, seed: int) -> None:
    """On either side of the level every distance shrinks by one factor: no two notes meet that were apart."""
    values = drawn(mean, spread, seed)
    out, _ = fitted(values)
    for side in (values > values.mean(), values < values.mean()):
        ratio = np.diff(np.sort(out[side])) / np.diff(np.sort(values[side]))
        assert np.ptp(ratio) < 1e-6 and ratio.min() > 0.3


def test_what_fits_stays() -> None:
    values = drawn(70, 8)
    out, room = fitted(values)
    assert out is values and room == Room() and not str(room)


@pytest.mark.parametrize(("mean", "sign"), [(127.0, -1), (2.0, 1)])
def test_the_level_gives_way_when_the_spread_has_shrunk(mean: float, sign: int) -> None:
    out, room = fitted(drawn(mean, 10))
    assert np.sign(room.shift) == sign and LEAST_SPREAD <= room.spread < 1
    assert out.std() == pytest.approx(10, rel=0.2)


@pytest.mark.parametrize("soft", [30, 45])
def test_written_levels_keep_their_distance(soft: int) -> None:
    level = np.repeat([soft, 105.0], 200)
    values = level + drawn(0, 14)
    out, _ = fitted(values, level, np.repeat([0, 1], 200))
    assert out[200:].mean() - out[:200].mean() == pytest.approx(105 - soft, abs=3)
    assert np.quantile(out, 0.99) <= HIGHEST + 1e-6 and np.quantile(out, 0.01) >= LOWEST - 1e-6


def test_more_than_the_range_is_squeezed_as_a_whole() -> None:
    level = np.repeat([-20.0, 140.0], 200)
    out, room = fitted(level + drawn(0, 1), level, np.repeat([0, 1], 200))
    assert room.spread < 0.8 and np.quantile(out, 0.99) <= HIGHEST + 1e-6 and np.quantile(out, 0.01) >= LOWEST - 1e-6


@pytest.mark.parametrize(
    ("what", "written", "expected"),
    [
        ("flat at the top", [127.0] * 8, (LOWEST, HIGHEST)),
        ("an ordinary track", [60.0, 70, 80, 90], (LOWEST, HIGHEST)),
        ("as loud as can be, and meant", [60.0, 90, 110, 127], (LOWEST, 127)),
        ("as soft as can be, and meant", [1.0, 20, 40, 60], (1, HIGHEST)),
    ],
)
def test_what_was_written_beyond_may_stay_there(what: str, written: list[float], expected: tuple[float, float]) -> None:
    assert velocity_range(np.array(written)) == expected, what


@pytest.mark.parametrize(
    ("room", "phrase"),
    [
        (Room(-6.2, 1.0), "level \N{MINUS SIGN}6 to make room"),
        (Room(5.6, 0.8), "level +6 and spread 80% to make room"),
        (Room(0.0, 0.9), "spread 90% to make room"),
        (Room(-0.3, 0.998), ""),
    ],
)
def test_the_phrase_says_what_gave_way(room: Room, phrase: str) -> None:
    assert str(room) == phrase
