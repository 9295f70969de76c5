"""Generators: their numbers, what holds where none is given, and which amounts make sense."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum


class Gen(IntEnum):
    """Numbers of SoundFont 2.04, section 8.1.2."""

    START = 0
    STOP = 1
    LOOP_START = 2
    LOOP_STOP = 3
    START_COARSE = 4
    MOD_LFO_TO_PITCH = 5
    VIB_LFO_TO_PITCH = 6
    MOD_ENV_TO_PITCH = 7
    FILTER_CUTOFF = 8
    FILTER_Q = 9
    MOD_LFO_TO_FILTER = 10
    MOD_ENV_TO_FILTER = 11
    STOP_COARSE = 12
    MOD_LFO_TO_VOLUME = 13
    CHORUS = 15
    REVERB = 16
    PAN = 17
    MOD_LFO_DELAY = 21
    MOD_LFO_RATE = 22
    VIB_LFO_DELAY = 23
    VIB_LFO_RATE = 24
    MOD_ENV_DELAY = 25
    MOD_ENV_ATTACK = 26
    MOD_ENV_HOLD = 27
    MOD_ENV_DECAY = 28
    MOD_ENV_SUSTAIN = 29
    MOD_ENV_RELEASE = 30
    KEY_TO_MOD_ENV_HOLD = 31
    KEY_TO_MOD_ENV_DECAY = 32
    VOL_ENV_DELAY = 33
    VOL_ENV_ATTACK = 34
    VOL_ENV_HOLD = 35
    VOL_ENV_DECAY = 36
    VOL_ENV_SUSTAIN = 37
    VOL_ENV_RELEASE = 38
    KEY_TO_VOL_ENV_HOLD = 39
    KEY_TO_VOL_ENV_DECAY = 40
    INSTRUMENT = 41
    KEY_RANGE = 43
    VELOCITY_RANGE = 44
    LOOP_START_COARSE = 45
    KEY = 46
    VELOCITY = 47
    ATTENUATION = 48
    LOOP_STOP_COARSE = 50
    COARSE_TUNE = 51
    FINE_TUNE = 52
    SAMPLE = 53
    LOOP_MODE = 54
    SCALE_TUNING = 56
    EXCLUSIVE_CLASS = 57
    ROOT_KEY = 58


Amounts = Mapping[int, float]

# Where a zone says nothing, section 8.1.3; 0 for all others.
DEFAULTS: Amounts = {
    Gen.FILTER_CUTOFF: 13_500,
    **dict.fromkeys((Gen.MOD_LFO_DELAY, Gen.VIB_LFO_DELAY), -12_000),
    **dict.fromkeys(range(Gen.MOD_ENV_DELAY, Gen.MOD_ENV_SUSTAIN), -12_000),
    Gen.MOD_ENV_RELEASE: -12_000,
    **dict.fromkeys(range(Gen.VOL_ENV_DELAY, Gen.VOL_ENV_SUSTAIN), -12_000),
    Gen.VOL_ENV_RELEASE: -12_000,
    Gen.KEY: -1,
    Gen.VELOCITY: -1,
    Gen.SCALE_TUNING: 100,
    Gen.ROOT_KEY: -1,
}

# Sums of zones and modulators are kept within these, section 8.1.3; the cutoff only after its envelope.
LIMITS: Mapping[int, tuple[float, float]] = {
    **dict.fromkeys((Gen.MOD_LFO_TO_PITCH, Gen.VIB_LFO_TO_PITCH, Gen.MOD_ENV_TO_PITCH), (-12_000, 12_000)),
    **dict.fromkeys((Gen.MOD_LFO_TO_FILTER, Gen.MOD_ENV_TO_FILTER), (-12_000, 12_000)),
    Gen.FILTER_Q: (0, 960),
    Gen.MOD_LFO_TO_VOLUME: (-960, 960),
    **dict.fromkeys((Gen.CHORUS, Gen.REVERB), (0, 1_000)),
    Gen.PAN: (-500, 500),
    **dict.fromkeys((Gen.MOD_LFO_DELAY, Gen.VIB_LFO_DELAY, Gen.MOD_ENV_DELAY, Gen.VOL_ENV_DELAY), (-12_000, 5_000)),
    **dict.fromkeys((Gen.MOD_LFO_RATE, Gen.VIB_LFO_RATE), (-16_000, 4_500)),
    **dict.fromkeys((Gen.MOD_ENV_HOLD, Gen.VOL_ENV_HOLD), (-12_000, 5_000)),
    **dict.fromkeys((Gen.MOD_ENV_ATTACK, Gen.MOD_ENV_DECAY, Gen.MOD_ENV_RELEASE), (-12_000, 8_000)),
    **dict.fromkeys((Gen.VOL_ENV_ATTACK, Gen.VOL_ENV_DECAY, Gen.VOL_ENV_RELEASE), (-12_000, 8_000)),
    Gen.MOD_ENV_SUSTAIN: (0, 1_000),
    Gen.VOL_ENV_SUSTAIN: (0, 1_440),
    **dict.fromkeys((Gen.KEY_TO_MOD_ENV_HOLD, Gen.KEY_TO_MOD_ENV_DECAY), (-1_200, 1_200)),
    **dict.fromkeys((Gen.KEY_TO_VOL_ENV_HOLD, Gen.KEY_TO_VOL_ENV_DECAY), (-1_200, 1_200)),
    Gen.ATTENUATION: (0, 1_440),
    Gen.COARSE_TUNE: (-120, 120),
    Gen.FINE_TUNE: (-99, 99),
    Gen.SCALE_TUNING: (0, 1_200),
    Gen.ROOT_KEY: (-1, 127),
}

# What only an instrument's zone may say, section 8.5: a preset's is ignored.
OF_INSTRUMENTS_ONLY = frozenset({
    Gen.START, Gen.STOP, Gen.LOOP_START, Gen.LOOP_STOP, Gen.START_COARSE, Gen.STOP_COARSE, Gen.LOOP_START_COARSE,
    Gen.LOOP_STOP_COARSE, Gen.KEY, Gen.VELOCITY, Gen.LOOP_MODE, Gen.EXCLUSIVE_CLASS, Gen.ROOT_KEY,
})  # fmt: skip


def limited(number: int, amount: float) -> float:
    """An amount within what its generator allows."""
    low, high = LIMITS.get(number, (-32_768.0, 32_767.0))
    return float(min(max(amount, low), high))
