"""The reverb: the same in whatever blocks, dies away, fills both sides, adds nothing to silence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duv_studio.sound import RATE
from duv_studio.sound.synth.reverb import Reverb

_NOISE = (0.1 * np.random.default_rng(1).standard_normal(RATE)).astype(np.float32)


def decibels(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-20))


@settings(max_examples=25)
@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=20))
def test_blocks_of_any_size_are_the_whole(sizes: list[int]) -> None:
    send = _NOISE[: sum(sizes)]
    whole, pieces, at = Reverb().process(send), [], 0
    reverb = Reverb()
    for size in sizes:
        pieces.append(reverb.process(send[at : at + size]))
        at += size
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


def test_noise_comes_back_a_little_weaker_on_both_sides() -> None:
    back = Reverb().process(_NOISE)[RATE // 2 :]
    for side in back.T:
        assert decibels(side) - decibels(_NOISE) == pytest.approx(-3, abs=1)
    assert abs(np.corrcoef(back.T)[0, 1]) < 0.2


def test_it_dies_away_to_nothing() -> None:
    reverb = Reverb()
    sounding = decibels(reverb.process(_NOISE)[RATE // 2 :])
    reverb.process(np.zeros(Reverb.tail, np.float32))
    assert decibels(reverb.process(np.zeros(4_410, np.float32))) < sounding - 60
    reverb.process(np.zeros(RATE * 5, np.float32))
    assert not reverb.process(np.zeros(1_000, np.float32)).any()


def test_sides_are_told_apart() -> None:
    left = np.zeros((RATE // 10, 2), np.float32)
    left[0, 0] = 1
    back = Reverb().process(left)
    early = decibels(back[:1_300, 0]) - decibels(back[:1_300, 1])
    assert early > 20


def test_reset_forgets() -> None:
    reverb = Reverb()
    first = reverb.process(_NOISE)
    reverb.reset()
    np.testing.assert_array_equal(reverb.process(_NOISE), first)
