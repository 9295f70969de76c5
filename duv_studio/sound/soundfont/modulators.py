"""Modulators: how velocity, key and controllers change a generator; their curves, and those that every note has."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from duv_studio.sound.soundfont.generators import Gen

# Sources that are no controllers, SoundFont 2.04, section 8.2.1.
NONE, VELOCITY, KEY, POLY_PRESSURE, PRESSURE, WHEEL, WHEEL_RANGE, LINK = 0, 2, 3, 10, 13, 14, 16, 127

_CONTROLLER = 1 << 7
_NEGATIVE = 1 << 8
_BIPOLAR = 1 << 9
_LINEAR, _CONCAVE, _CONVEX, _SWITCH = range(4)
_ABSOLUTE = 2  # the transform

Identity = tuple[int, int, int, int]
Modulators = Mapping[Identity, "Modulator"]


@dataclass(frozen=True)
class Modulator:
    """`amount` × curve of the source × curve of the amount's source is added to the generator `target`."""

    source: int
    target: int
    amount: float
    amount_source: int = 0
    transform: int = 0

    @property
    def identity(self) -> Identity:
        """Two with the same are one: the later overrides the earlier, or adds to it (section 9.5)."""
        return self.source, self.target, self.amount_source, self.transform

    def controllers(self) -> frozenset[int]:
        """The MIDI controllers it listens to."""
        sources = (self.source, self.amount_source)
        return frozenset(source & 127 for source in sources if source & _CONTROLLER)

    def value(self, values: Mapping[int, float]) -> float:
        """What it adds. `values` hold 0..1 (a whole turn) by the low eight bits of a source."""
        product = self.amount * _shaped(self.source, values) * _shaped(self.amount_source, values)
        return abs(product) if self.transform == _ABSOLUTE else product


def controller(number: int) -> int:
    """The low eight bits of the source that is this MIDI controller."""
    return number | _CONTROLLER


def overridden(*layers: Iterable[Modulator]) -> Modulators:
    """All modulators, of equal ones the last."""
    return {modulator.identity: modulator for layer in layers for modulator in layer}


def added(below: Modulators, above: Modulators) -> Modulators:
    """Both, amounts of equal ones added: a preset's come on top of its instrument's."""
    both = dict(below)
    for identity, modulator in above.items():
        known = both.get(identity)
        both[identity] = modulator if known is None else replace(known, amount=known.amount + modulator.amount)
    return both


def _shaped(source: int, values: Mapping[int, float]) -> float:
    """A source's value 0..1 or −1..1 after its curve, section 9.5.3; 1 where there is no source."""
    if source & 0xFF == NONE:
        return 1.0
    value = values.get(source & 0xFF, 0.0)
    curve = source >> 10
    if source & _NEGATIVE:
        value = 1.0 - value
    if not source & _BIPOLAR:
        return _curved(curve, value)
    centred = 2.0 * value - 1.0
    return math.copysign(_curved(curve, abs(centred)), centred) if curve != _SWITCH else (1.0 if value >= 0.5 else -1.0)


def _curved(curve: int, value: float) -> float:
    if curve == _CONCAVE:
        return _concave(value)
    if curve == _CONVEX:
        return 1.0 - _concave(1.0 - value)
    if curve == _SWITCH:
        return 1.0 if value >= 0.5 else 0.0
    return value


def _concave(value: float) -> float:
    """−20/96 log10((1 − value)²), within 0..1: what makes an amount of 960 cB the square of a velocity."""
    if value >= 1.0:
        return 1.0
    return min(1.0, -40.0 / 96.0 * math.log10(1.0 - value))


_VELOCITY_DOWN_CONCAVE = VELOCITY | _NEGATIVE | _CONCAVE << 10

# Section 8.4, as far as notes go: controllers 7, 10, 11, 91 belong to the mixer, the bend to the pitch's curve.
# Velocity to the filter's cutoff (8.4.2) is left out, as FluidSynth and MuseScore do: today's banks are made
# without it, and those that want it say so themselves.
DEFAULTS = overridden([
    Modulator(_VELOCITY_DOWN_CONCAVE, Gen.ATTENUATION, 960),
    Modulator(PRESSURE, Gen.VIB_LFO_TO_PITCH, 50),
    Modulator(controller(1), Gen.VIB_LFO_TO_PITCH, 50),
])  # fmt: skip
