"""The curves of modulators, section 9.5.3 of the specification, and what they make of sources."""

from __future__ import annotations

import math

import pytest

from duv_studio.sound.soundfont.modulators import KEY, VELOCITY, Modulator, controller

NEGATIVE, BIPOLAR = 1 << 8, 1 << 9
LINEAR, CONCAVE, CONVEX, SWITCH = (kind << 10 for kind in range(4))


@pytest.mark.parametrize(
    ("source", "value", "result"),
    [
        (VELOCITY | LINEAR, 0.25, 0.25),
        (VELOCITY | LINEAR | NEGATIVE, 0.25, 0.75),
        (VELOCITY | LINEAR | BIPOLAR, 0.25, -0.5),
        (VELOCITY | LINEAR | BIPOLAR | NEGATIVE, 0.25, 0.5),
        (VELOCITY | CONCAVE, 0.0, 0.0),
        (VELOCITY | CONCAVE, 1.0, 1.0),
        (VELOCITY | CONCAVE | NEGATIVE, 0.5, 40 / 96 * math.log10(2)),
        (VELOCITY | CONVEX, 0.0, 0.0),
        (VELOCITY | CONVEX, 0.5, 1 - 40 / 96 * math.log10(2)),
        (VELOCITY | CONVEX, 1.0, 1.0),
        (VELOCITY | CONVEX | BIPOLAR, 0.25, -(1 - 40 / 96 * math.log10(2))),
        (VELOCITY | SWITCH, 0.49, 0.0),
        (VELOCITY | SWITCH, 0.5, 1.0),
        (VELOCITY | SWITCH | BIPOLAR, 0.49, -1.0),
        (0, 0.3, 1.0),
    ],
)
def test_curves(source: int, value: float, result: float) -> None:
    assert Modulator(source, 8, 100).value({VELOCITY: value}) == pytest.approx(100 * result)


def test_two_sources_are_multiplied() -> None:
    modulator = Modulator(VELOCITY, 8, 100, amount_source=KEY | NEGATIVE)
    assert modulator.value({VELOCITY: 0.5, KEY: 0.75}) == pytest.approx(100 * 0.5 * 0.25)


def test_a_transform_may_take_away_the_sign() -> None:
    assert Modulator(VELOCITY | BIPOLAR, 8, 100, transform=2).value({VELOCITY: 0.0}) == 100


def test_controllers_are_no_other_sources() -> None:
    modulator = Modulator(controller(VELOCITY), 8, 100)
    assert modulator.controllers() == {2}
    assert modulator.value({VELOCITY: 1.0}) == 0
    assert Modulator(VELOCITY, 8, 100).controllers() == frozenset()
