"""Noise: unit variance, the kernel's correlations, and numbers that belong to the seed and the track alone."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.model.prediction import Kernel
from duv_studio.engine.performance.correlated_noise import correlated_normals, ornstein_uhlenbeck, uniforms
from tests.songs import KERNEL, PPQ, Row, law, make_track

PINNED = [[0.043867224282408135, 0.012750643788167093], [0.1807659915953918, 0.5159633077091312]]
MANY = 4000  # copies of a short passage: a standard error of 1/sqrt(4000) = 0.016


def draws(passage: list[Row], kernel: Kernel) -> np.ndarray:
    """Noise of many copies of a passage, (copies, notes), so far apart that they know nothing of each other."""
    far = 2000 * PPQ
    track = make_track([(onset + i * far, *rest) for i in range(MANY) for onset, *rest in passage])
    return correlated_normals(track, PPQ, kernel, seed=0, stream="velocity").reshape(MANY, -1)


def line(*beats: float, pitch: int = 60) -> list[Row]:
    return [(round(b * PPQ), PPQ // 4, pitch, 80) for b in beats]


def test_uniforms_are_the_same_on_every_machine() -> None:
    assert uniforms("7/0:0:0/velocity/own", (2, 2)).tolist() == PINNED


def test_uniforms_are_uniform() -> None:
    values = np.sort(uniforms("any", (100_000,)))
    assert np.abs(values - (np.arange(100_000) + 0.5) / 100_000).max() < 1.95 / np.sqrt(100_000)
    assert values[0] > 0 and values[-1] < 1


def test_every_note_has_mean_zero_and_unit_variance() -> None:
    z = draws([(0, 99, 0, 80), (0, 99, 127, 80), (PPQ, 99, 53, 80), (90 * PPQ, 99, 60, 80)], KERNEL)
    assert z.mean(axis=0) == pytest.approx(np.zeros(4), abs=0.07)
    assert z.var(axis=0) == pytest.approx(np.ones(4), abs=0.10)


@pytest.mark.parametrize("lag", [1, 4, 16])
def test_autocorrelation_follows_the_kernel(lag: int) -> None:
    z = draws(line(0, 0.5, lag), KERNEL)
    expected = KERNEL.slow * exp(-lag / 40) + (KERNEL.fast + KERNEL.band) * exp(-lag / 4)
    assert np.corrcoef(z[:, 0], z[:, 2])[0, 1] == pytest.approx(expected, abs=0.07)


def test_a_chord_hangs_together_and_close_voices_more_than_distant_ones() -> None:
    z = draws([(0, 99, 60, 80), (0, 99, 62, 80), (0, 99, 96, 80)], KERNEL)
    near, far = np.corrcoef(z.T)[0, 1:]
    shared = KERNEL.slow + KERNEL.fast + KERNEL.chord
    assert far == pytest.approx(shared, abs=0.08)
    assert near == pytest.approx(shared + KERNEL.band + KERNEL.chord_band, abs=0.08)


def test_shares_are_relative() -> None:
    half = Kernel(**{name: share / 2 for name, share in vars(KERNEL).items()})
    assert np.allclose(draws(line(0, 1, 2), half), draws(line(0, 1, 2), KERNEL))


@pytest.mark.parametrize("other", [{"seed": 1}, {"stream": "duration"}, {"track": 1}])
def test_seed_stream_and_track_each_give_other_numbers(other: dict[str, object]) -> None:
    chosen = {"seed": 0, "stream": "velocity", "track": 0} | other
    rows = [(i * PPQ, PPQ, 60, 80) for i in range(200)]
    own = correlated_normals(make_track(rows), PPQ, KERNEL, seed=0, stream="velocity")
    track = make_track(rows, index=int(str(chosen["track"])))
    new = correlated_normals(track, PPQ, KERNEL, seed=int(str(chosen["seed"])), stream=str(chosen["stream"]))
    assert abs(np.corrcoef(own, new)[0, 1]) < 0.5
    assert not np.isclose(own, new).any()


@law
@given(st.lists(st.floats(0, 8), min_size=1, max_size=70), st.integers(0, 99))
def test_the_parallel_scan_equals_the_recurrence(gaps: list[float], seed: int) -> None:
    beats = np.cumsum(gaps)
    e = np.random.default_rng(seed).normal(size=(len(beats), 2))
    expected, before = [], None
    for i, row in enumerate(e):
        keep = 0.0 if before is None else exp(-(beats[i] - beats[i - 1]) / 4)
        before = np.sqrt(1 - keep**2) * row + (0 if before is None else keep * before)
        expected.append(before)
    assert np.allclose(ornstein_uhlenbeck(beats, 4.0, e), expected)


def test_no_notes_no_numbers() -> None:
    assert correlated_normals(make_track([]), PPQ, KERNEL, seed=0, stream="velocity").shape == (0,)
