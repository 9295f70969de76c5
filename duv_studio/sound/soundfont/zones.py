"""Zones: which keys and velocities they are for, what they say, and the instrument or sample that they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from duv_studio.sound.soundfont.generators import Gen
from duv_studio.sound.soundfont.modulators import Modulator, Modulators, overridden
from duv_studio.sound.soundfont.records import Side

# No zone needs more: there are 60 generators. Broken files may point all their zones at everything.
_MOST_GENERATORS = 128
_MOST_MODULATORS = 128
_MOST_ZONES = 16_384  # of one preset or instrument: 128 keys × 128 velocities

_RANGES = (Gen.KEY_RANGE, Gen.VELOCITY_RANGE)
_EVERYTHING = (0, 127)


@dataclass(frozen=True)
class Zone:
    """One zone, what its global zone says included. Ranges hold their ends; `target` counts instruments or samples."""

    keys: tuple[int, int]
    velocities: tuple[int, int]
    amounts: dict[int, float]
    modulators: Modulators
    target: int


def zones(side: Side, index: int, target: Gen) -> list[Zone]:
    """The zones of a preset or instrument that lead anywhere; `target` is the generator that leads on (section 7.3)."""
    shared_amounts: dict[int, int] = {}
    shared_modulators: Modulators = {}
    found: list[Zone] = []
    for number, bag in enumerate(_bags(side, index)):
        amounts = _amounts(side, bag)
        modulators = _modulators(side, bag)
        leads_to = amounts.pop(target, None)
        if leads_to is None:
            if number == 0:  # only the first can be the global zone
                shared_amounts, shared_modulators = amounts, overridden(modulators)
            continue
        whole = shared_amounts | amounts
        keys, velocities = (_range(whole.pop(number, None)) for number in _RANGES)
        both = overridden(shared_modulators.values(), modulators)
        found.append(Zone(keys, velocities, {kind: float(whole[kind]) for kind in whole}, both, leads_to & 0xFFFF))
    return found


def _bags(side: Side, index: int) -> Iterator[int]:
    if index + 1 >= len(side.headers):
        return iter(())
    first, last = int(side.headers["bag"][index]), int(side.headers["bag"][index + 1])
    last = min(last, len(side.bags) - 1, first + _MOST_ZONES)  # the last bag only ends the list
    return iter(range(first, last))


def _amounts(side: Side, bag: int) -> dict[int, int]:
    first, last = (int(side.bags["generator"][number]) for number in (bag, bag + 1))
    rows = side.generators[first : min(last, first + _MOST_GENERATORS)]
    return dict(zip(rows["number"].tolist(), rows["amount"].tolist(), strict=True))


def _modulators(side: Side, bag: int) -> list[Modulator]:
    first, last = (int(side.bags["modulator"][number]) for number in (bag, bag + 1))
    rows = side.modulators[first : min(last, first + _MOST_MODULATORS)]
    return [Modulator(source, target, amount, amount_source, transform)
            for source, target, amount, amount_source, transform in rows.tolist()]  # fmt: skip


def _range(amount: int | None) -> tuple[int, int]:
    if amount is None:
        return _EVERYTHING
    return amount & 0xFF, amount >> 8 & 0xFF
