"""The filter by matrices against the recursion, and the low-pass that reads chunks in any order."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import freqz, lfilter

from duv_studio.sound import RATE
from duv_studio.sound.synth.biquad import AT_REST, Biquad, biquad
from duv_studio.sound.synth.control import CONTROL
from duv_studio.sound.synth.low_pass import CHUNK, LowPass

_NOISE = np.random.default_rng(1).integers(-20_000, 20_000, 3 * CHUNK * 16 + 999).astype(np.int16)
CASES = [
    (cents, resonance) for cents in (1_500.0, 4_000.0, 7_000.0, 10_000.0, 13_500.0) for resonance in (0.0, 3.0, 24.0)
]


def recursion(cents: float, resonance: float) -> tuple[np.ndarray, np.ndarray]:
    """The usual coefficients of a low-pass (R. Bristow-Johnson's), half the resonance taken off its level."""
    angle = 2 * np.pi * min(8.176 * 2 ** (cents / 1200), 0.45 * RATE) / RATE
    alpha = np.sin(angle) / (2 * 10 ** ((resonance - 3.0103) / 20))
    level = 10 ** (-resonance / 40) * (1 - np.cos(angle)) / 2
    return level * np.array([1, 2, 1]), np.array([1 + alpha, -2 * np.cos(angle), 1 - alpha])


@pytest.mark.parametrize(("cents", "resonance"), CASES)
def test_matrices_do_what_the_recursion_does(cents: float, resonance: float) -> None:
    wave = _NOISE[: 40 * CONTROL].astype(np.float32)
    expected = lfilter(*recursion(cents, resonance), wave.astype(np.float64))
    first, ringing = biquad(cents, resonance).passed(wave[: 33 * CONTROL].reshape(-1, CONTROL), AT_REST)
    second, _ = biquad(cents, resonance).passed(wave[33 * CONTROL :].reshape(-1, CONTROL), ringing)
    heard = np.concatenate((first, second)).reshape(-1)
    np.testing.assert_allclose(heard, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize(("cents", "resonance"), CASES)
def test_an_equal_filter_takes_over_without_a_seam(cents: float, resonance: float) -> None:
    wave = _NOISE[: 40 * CONTROL].astype(np.float32).reshape(-1, CONTROL)
    whole, _ = Biquad(cents, resonance).passed(wave, AT_REST)
    first, ringing = Biquad(cents, resonance).passed(wave[:20], AT_REST)
    second, _ = Biquad(cents, resonance).passed(wave[20:], replace(ringing, of=None))
    np.testing.assert_allclose(np.concatenate((first, second)), whole, atol=1e-3 * np.abs(whole).max())


def test_level_and_cutoff() -> None:
    for resonance in (0.0, 6.0, 20.0):
        _, (low, at_cutoff) = freqz(*recursion(8_400, resonance), worN=[1.0, 8.176 * 2**7], fs=RATE)
        impulse = np.zeros((400, CONTROL), np.float32)
        impulse[0, 0] = 1
        response, _ = biquad(8_400.0, resonance).passed(impulse, AT_REST)
        assert 20 * np.log10(response.sum()) == pytest.approx(-resonance / 2, abs=0.05)
        assert 20 * np.log10(abs(at_cutoff) / abs(low)) == pytest.approx(resonance - 3.01, abs=0.05)


def low_pass(cutoffs: np.ndarray, frames: int = len(_NOISE)) -> LowPass:
    levels = np.ones(-(-frames // CONTROL) + 1, np.float32)
    return LowPass(lambda start, stop: np.pad(_NOISE, (0, CHUNK))[start:stop], levels, cutoffs, 0.0)


MOVING = 8_000 + 4_000 * np.sin(np.arange(len(_NOISE) // CONTROL + 2) / 300)


@cache
def whole_moving() -> np.ndarray:
    return low_pass(MOVING).read(0, len(_NOISE))


@pytest.mark.parametrize("cutoffs", [np.array([5_000.0]), MOVING], ids=["still", "moving"])
def test_the_same_frames_come_out_wherever_one_begins(cutoffs: np.ndarray) -> None:
    whole = low_pass(cutoffs).read(0, len(_NOISE))
    for start in (1, CHUNK - 5, CHUNK, 15 * CHUNK + 7, 16 * CHUNK, 17 * CHUNK, 33 * CHUNK + 100):
        np.testing.assert_array_equal(low_pass(cutoffs).read(start, start + 3_000), whole[start : start + 3_000])


@settings(max_examples=25)
@given(st.lists(st.integers(1, 20_000), min_size=1, max_size=12), st.permutations(range(3)))
def test_pieces_in_any_order_are_the_whole(sizes: list[int], jumps: list[int]) -> None:
    whole, reader = whole_moving(), low_pass(MOVING)
    for jump in jumps:
        at = jump * 90_000
        for size in sizes:
            stop = min(at + size, len(_NOISE))
            if at < stop:
                np.testing.assert_array_equal(reader.read(at, stop), whole[at:stop])
            at = stop


def test_where_the_filter_begins_anew_nothing_clicks() -> None:
    heard = low_pass(np.array([2_500.0])).read(0, len(_NOISE))
    expected = lfilter(*recursion(2_500.0, 0.0), _NOISE.astype(np.float64))
    seam = slice(16 * CHUNK - 50, 16 * CHUNK + 50)
    np.testing.assert_allclose(heard[seam], expected[seam], atol=1e-3 * np.abs(expected).max())


def test_a_moving_cutoff_is_followed() -> None:
    falling = np.linspace(12_000, 4_000, len(_NOISE) // CONTROL + 2)
    heard = low_pass(falling).read(0, len(_NOISE)).astype(np.float64)
    thirds = [np.std(part) for part in np.array_split(heard, 3)]
    assert thirds[0] > 1.5 * thirds[1] > 1.5 * 1.5 * thirds[2]


def test_an_open_filter_changes_nothing() -> None:
    np.testing.assert_array_equal(low_pass(np.array([13_500.0])).read(0, 5_000), _NOISE[:5_000])


def test_levels_are_joined_by_lines() -> None:
    levels = np.array([0.0, 1.0, 1.0, 0.5], np.float32)
    reader = LowPass(lambda start, stop: np.full(stop - start, 1_000, np.int16), levels, np.array([13_500.0]), 0.0)
    expected = np.interp(np.arange(3 * CONTROL), np.arange(4) * CONTROL, levels * 1_000)
    np.testing.assert_allclose(reader.read(0, 3 * CONTROL), expected, rtol=1e-5)
