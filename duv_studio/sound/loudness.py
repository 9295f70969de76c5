"""Loudness as ITU-R BS.1770-4 measures it: K-weighting, blocks of 400 ms, gates at -70 LUFS and 10 LU below."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from duv_studio.sound import RATE

FloatArray = NDArray[np.float64]

HOP = RATE // 10  # frames: blocks of 400 ms begin every 100 ms
SILENCE = -math.inf  # LUFS of what is below the absolute gate throughout
_HOPS = 4  # in a block
_OFFSET = -0.691  # LUFS of a power of 1.0
_ABSOLUTE_GATE, _RELATIVE_GATE = -70.0, -10.0
# The two filters of BS.1770 as analogue prototypes, from which those at other rates than 48 kHz follow by the bilinear
# transform; at 48 kHz they give the coefficients of its tables 1 and 2.
_SHELF = (1681.974450955533, 3.999843853973347, 0.7071752369554196)  # Hz, dB, Q
_HIGH_PASS = (38.13547087602444, 0.5003270373238773)  # Hz, Q
_RINGS = 8_192  # frames after which the high-pass is 170 dB down
_SHELF_SLOPE = 0.4996667741545416


def k_weighting(rate: int = RATE) -> FloatArray:
    """The two filters as second-order sections, (2, 6)."""
    return np.array([_high_shelf(rate, *_SHELF), _high_pass(rate, *_HIGH_PASS)])


def k_weighted(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """Audio (..., n) through both filters, which begin in silence."""
    from scipy.fft import irfft, next_fast_len, rfft

    count = audio.shape[-1]
    size = next_fast_len(count + _RINGS, real=True)  # behind it the end would ring on in the beginning
    return np.asarray(irfft(rfft(audio, size) * _response(size), size)[..., :count], np.float32)


@lru_cache(4)
def _response(size: int) -> NDArray[np.complex64]:
    """Of the filters at the frequencies of a transform of so many frames."""
    delay = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    powers = np.stack([np.ones_like(delay), delay, delay**2])
    parts = [(section[:3] @ powers) / (section[3:] @ powers) for section in k_weighting()]
    return np.asarray(parts[0] * parts[1], np.complex64)


def integrated(powers: ArrayLike) -> float:
    """LUFS of K-weighted powers (h,) of hops of 100 ms, channels summed; SILENCE where the gate lets none in."""
    hops = np.asarray(powers, np.float64)
    if len(hops) < _HOPS:
        return SILENCE
    blocks = np.convolve(hops, np.full(_HOPS, 1 / _HOPS), "valid")
    blocks = blocks[blocks > _power(_ABSOLUTE_GATE)]
    if not len(blocks):
        return SILENCE
    blocks = blocks[blocks > blocks.mean() * 10 ** (_RELATIVE_GATE / 10)]
    return lufs(float(blocks.mean()))


def lufs(power: float) -> float:
    """LUFS of a K-weighted power."""
    return _OFFSET + 10 * math.log10(power) if power > 0 else SILENCE


def _power(loudness: float) -> float:
    return float(10 ** ((loudness - _OFFSET) / 10))


def _high_shelf(rate: int, hertz: float, decibels: float, q: float) -> list[float]:
    k, high = math.tan(math.pi * hertz / rate), 10 ** (decibels / 20)
    middle = high**_SHELF_SLOPE
    norm = 1 + k / q + k * k
    zeros = [high + middle * k / q + k * k, 2 * (k * k - high), high - middle * k / q + k * k]
    return [*(zero / norm for zero in zeros), 1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm]


def _high_pass(rate: int, hertz: float, q: float) -> list[float]:
    k = math.tan(math.pi * hertz / rate)
    norm = 1 + k / q + k * k
    return [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm]
