"""Loudness, against another implementation and against the numbers that the standard names."""

from __future__ import annotations

import math

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray

from duv_studio.sound import RATE
from duv_studio.sound.loudness import HOP, SILENCE, integrated, k_weighted, k_weighting


def sine(hertz: float, decibels: float, seconds: float = 5.0, rate: int = RATE) -> NDArray[np.float32]:
    one = 10 ** (decibels / 20) * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return np.stack([one, one], axis=1).astype(np.float32)


def music(seed: int) -> NDArray[np.float32]:
    """Noise of changing level and colour, with pauses."""
    random = np.random.default_rng(seed)
    parts = []
    for _ in range(12):
        part = random.normal(0, 10 ** (random.uniform(-60, -10) / 20), (round(random.uniform(0.2, 1.5) * RATE), 2))
        if random.random() < 0.5:
            part = np.cumsum(part, axis=0) * 0.05
        parts += [part, np.zeros((round(random.uniform(0, 0.6) * RATE), 2))]
    return np.concatenate(parts).astype(np.float32)


def measured(audio: NDArray[np.float32]) -> float:
    weighted = k_weighted(audio.T)[:, : len(audio) // HOP * HOP]
    return integrated((weighted.reshape(2, -1, HOP) ** 2).mean(axis=2).sum(axis=0))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["K-weighting", "DeMan"])
def test_it_agrees_with_another_implementation(seed: int, kind: str) -> None:
    audio = music(seed)
    other = pyloudnorm.Meter(RATE, filter_class=kind).integrated_loudness(audio.astype(np.float64))
    assert measured(audio) == pytest.approx(other, abs=0.05)


def test_a_stretch_is_weighted_as_in_the_whole_once_the_filters_have_settled() -> None:
    audio = music(1).T
    part = k_weighted(audio[:, RATE : 3 * RATE])
    assert np.allclose(part[:, RATE // 4 :], k_weighted(audio)[:, RATE + RATE // 4 : 3 * RATE], atol=1e-6)


@pytest.mark.parametrize("decibels", [0.0, -23.0, -40.0])
def test_a_sine_of_997_hertz_in_both_channels_has_its_level(decibels: float) -> None:
    # BS.1770-4, annex 1: at 0 dB in one channel it reads -3.01 LKFS.
    assert measured(sine(997, decibels)) == pytest.approx(decibels, abs=0.02)


def test_the_filters_are_those_of_the_standard_at_48_kilohertz() -> None:
    shelf, high_pass = k_weighting(48_000)
    assert shelf == pytest.approx(
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585], abs=1e-6
    )
    assert high_pass == pytest.approx([1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621], abs=1e-6)


def test_silence_and_what_is_too_short_have_none() -> None:
    assert measured(np.zeros((RATE, 2), np.float32)) == SILENCE
    assert measured(sine(1000, -80)) == SILENCE
    assert measured(sine(1000, -20, 0.3)) == SILENCE
    assert math.isinf(SILENCE)
