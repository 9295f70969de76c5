"""Presets: for a key and a velocity, the regions that sound, each a sample with all that zones say about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from duv_studio.sound.soundfont import modulators
from duv_studio.sound.soundfont.generators import DEFAULTS, OF_INSTRUMENTS_ONLY, Amounts, Gen, limited
from duv_studio.sound.soundfont.modulators import Modulator, Modulators
from duv_studio.sound.soundfont.samples import Sample
from duv_studio.sound.soundfont.zones import Zone

_MOST_REGIONS = 32_768  # of a preset
_MOST_AT_ONCE = 32  # that sound for one note


@dataclass(frozen=True)
class PresetName:
    """A preset as menus list it."""

    bank: int
    program: int
    name: str


@dataclass(frozen=True, eq=False)
class Region:
    """A zone of an instrument within a zone of a preset, and its sample."""

    keys: tuple[int, int]
    velocities: tuple[int, int]
    sample: Sample
    inner: Zone
    outer: Zone

    @cached_property
    def amounts(self) -> Amounts:
        """All generators: the instrument's instead of the defaults, the preset's added (section 9.4)."""
        amounts = dict(DEFAULTS) | self.inner.amounts
        for number, amount in self.outer.amounts.items():
            if number not in OF_INSTRUMENTS_ONLY:
                amounts[number] = amounts.get(number, 0.0) + amount
        return amounts

    @cached_property
    def limited(self) -> Sequence[float]:
        """The same by number, within what makes sense."""
        return [limited(number, self.amounts.get(number, 0.0)) for number in range(max(Gen) + 1)]

    @cached_property
    def active_modulators(self) -> Sequence[Modulator]:
        """Those modulators that do anything."""
        return [modulator for modulator in self.modulators.values() if modulator.amount]

    @cached_property
    def modulators(self) -> Modulators:
        """All modulators: the instrument's override the defaults, the preset's are added (section 9.5)."""
        inner = modulators.overridden(modulators.DEFAULTS.values(), self.inner.modulators.values())
        return modulators.added(inner, self.outer.modulators)

    def sounds(self, key: int, velocity: int) -> bool:
        """Whether it answers to this note."""
        return self.keys[0] <= key <= self.keys[1] and self.velocities[0] <= velocity <= self.velocities[1]

    def amount(self, number: Gen) -> float:
        """What is said about a generator; without modulators."""
        return self.amounts.get(number, 0.0)


class Preset:
    """One preset. Immutable."""

    def __init__(self, name: PresetName, regions: Sequence[Region]) -> None:
        self.name = name
        self.all_regions = tuple(regions)
        self._by_key: list[list[Region]] = [[] for _ in range(128)]
        for region in self.all_regions:
            for key in range(region.keys[0], min(region.keys[1], 127) + 1):
                self._by_key[key].append(region)

    def regions(self, key: int, velocity: int) -> tuple[Region, ...]:
        """The regions that sound for a note; none where the preset is silent there."""
        return tuple(region for region in self._by_key[key] if region.sounds(key, velocity))[:_MOST_AT_ONCE]


def regions(
    outer_zones: Sequence[Zone],
    instrument: Callable[[int], Sequence[Zone]],
    sample: Callable[[int], Sample | None],
) -> list[Region]:
    """All regions of a preset's zones. Zones whose sample is not there are left out."""
    found: list[Region] = []
    for outer in outer_zones:
        for inner in instrument(outer.target):
            keys, velocities = _both(outer.keys, inner.keys), _both(outer.velocities, inner.velocities)
            heard = sample(inner.target)
            if heard is None or keys[0] > keys[1] or velocities[0] > velocities[1]:
                continue
            found.append(Region(keys, velocities, heard, inner, outer))
            if len(found) == _MOST_REGIONS:
                return found
    return found


def _both(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return max(one[0], other[0]), min(one[1], other[1])
