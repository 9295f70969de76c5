"""What zones say together: ranges, global zones, presets on top of instruments, modulators that override or add."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.sound.soundfont.generators import Gen
from duv_studio.sound.soundfont.preset import Region
from tests.sound.soundfonts import KEYS, VELOCITIES, MadePreset, MadeSample, MadeZone, sine, soundfont_bytes

_TO_ATTENUATION = (0x0502, 48)  # velocity, negative, concave: the default modulator's source and target
_TO_CUTOFF = (0x0102, 8)


def regions(
    tmp_path: Path, instrument: Sequence[MadeZone], preset: Sequence[MadeZone], key: int = 60, velocity: int = 100
) -> tuple[Region, ...]:
    path = tmp_path / "bank.sf2"
    samples = [MadeSample(sine(400)), MadeSample(sine(400, 50))]
    path.write_bytes(soundfont_bytes(samples, [instrument], [MadePreset(0, 0, preset)]))
    found = SoundFont.open(path).preset(0, 0)
    assert found is not None
    return found.regions(key, velocity)


PLAIN = [MadeZone({}, 0)]


@pytest.mark.parametrize(
    ("key", "velocity", "samples"),
    [(60, 100, [0]), (61, 100, [1]), (127, 127, [1]), (60, 63, []), (60, 64, [0]), (0, 64, [0]), (50, 90, [0, 1])],
)
def test_keys_and_velocities_choose(tmp_path: Path, key: int, velocity: int, samples: list[int]) -> None:
    instrument = [
        MadeZone({KEYS: (0, 60), VELOCITIES: (64, 127)}, 0),
        MadeZone({KEYS: (61, 127)}, 1),
        MadeZone({KEYS: (50, 50), VELOCITIES: (90, 90)}, 1),
    ]
    found = regions(tmp_path, instrument, PLAIN, key, velocity)
    assert [region.sample.index for region in found] == samples


def test_a_presets_range_narrows(tmp_path: Path) -> None:
    instrument = [MadeZone({KEYS: (40, 80)}, 0)]
    preset = [MadeZone({KEYS: (60, 90)}, 0)]
    assert [bool(regions(tmp_path, instrument, preset, key)) for key in (50, 60, 80, 85)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("instrument", "preset", "number", "amount"),
    [
        ([MadeZone({}, 0)], PLAIN, Gen.FILTER_CUTOFF, 13_500),
        ([MadeZone({8: 9_000}, 0)], PLAIN, Gen.FILTER_CUTOFF, 9_000),
        ([MadeZone({8: 9_000}), MadeZone({}, 0)], PLAIN, Gen.FILTER_CUTOFF, 9_000),
        ([MadeZone({8: 9_000}), MadeZone({8: 8_000}, 0)], PLAIN, Gen.FILTER_CUTOFF, 8_000),
        ([MadeZone({8: 9_000}, 0)], [MadeZone({8: -500}, 0)], Gen.FILTER_CUTOFF, 8_500),
        ([MadeZone({}, 0)], [MadeZone({8: -500}, 0)], Gen.FILTER_CUTOFF, 13_000),
        ([MadeZone({8: 9_000}, 0)], [MadeZone({8: -500}), MadeZone({8: -100}, 0)], Gen.FILTER_CUTOFF, 8_900),
        ([MadeZone({8: 9_000}, 0)], [MadeZone({8: -500}), MadeZone({}, 0)], Gen.FILTER_CUTOFF, 8_500),
        # The second zone without a sample is no global zone, and says nothing.
        ([MadeZone({9: 1}), MadeZone({8: 9_000}), MadeZone({}, 0)], PLAIN, Gen.FILTER_CUTOFF, 13_500),
        # Only instruments say these.
        ([MadeZone({58: 50}, 0)], [MadeZone({58: 7}, 0)], Gen.ROOT_KEY, 50),
        ([MadeZone({54: 1}, 0)], [MadeZone({54: 2}, 0)], Gen.LOOP_MODE, 1),
    ],
)
def test_generators(
    tmp_path: Path, instrument: list[MadeZone], preset: list[MadeZone], number: Gen, amount: float
) -> None:
    (region,) = regions(tmp_path, instrument, preset)
    assert region.amount(number) == amount


def modulators(*amounts: tuple[tuple[int, int], int]) -> list[tuple[int, int, int, int, int]]:
    return [(source, target, amount, 0, 0) for (source, target), amount in amounts]


@pytest.mark.parametrize(
    ("instrument", "preset", "attenuation", "cutoff"),
    [
        ([[], []], [[], []], 960, None),
        ([[], [(_TO_ATTENUATION, 480)]], [[], []], 480, None),
        ([[(_TO_ATTENUATION, 480)], []], [[], []], 480, None),
        ([[(_TO_ATTENUATION, 480)], [(_TO_ATTENUATION, 240)]], [[], []], 240, None),
        # A preset's come on top; its own zone's instead of its global zone's, before they are added.
        ([[], [(_TO_ATTENUATION, 480)]], [[], [(_TO_ATTENUATION, -100)]], 380, None),
        ([[], []], [[], [(_TO_ATTENUATION, -100)]], 860, None),
        ([[], []], [[(_TO_ATTENUATION, -400)], [(_TO_ATTENUATION, -100)]], 860, None),
        ([[], []], [[(_TO_ATTENUATION, -400)], []], 560, None),
        ([[(_TO_CUTOFF, -2_400)], [(_TO_ATTENUATION, 0)]], [[], [(_TO_CUTOFF, -100)]], 0, -2_500),
    ],
)
def test_modulators(
    tmp_path: Path,
    instrument: list[list[tuple[tuple[int, int], int]]],
    preset: list[list[tuple[tuple[int, int], int]]],
    attenuation: float,
    cutoff: float | None,
) -> None:
    (region,) = regions(
        tmp_path,
        [MadeZone({}, None, modulators(*instrument[0])), MadeZone({}, 0, modulators(*instrument[1]))],
        [MadeZone({}, None, modulators(*preset[0])), MadeZone({}, 0, modulators(*preset[1]))],
    )
    amounts = {(found.source, found.target): found.amount for found in region.modulators.values()}
    assert amounts[_TO_ATTENUATION] == attenuation
    assert amounts.get(_TO_CUTOFF) == cutoff
