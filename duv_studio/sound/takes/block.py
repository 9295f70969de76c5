"""Blocks: a quarter of a second of one track, 16 bits a sample, and the sums of several."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound import RATE

BLOCK = RATE // 4  # frames
_LARGEST = 32_767
_INAUDIBLE = 1e-6  # -120 dB: a block without a louder sample is silent

Stereo = NDArray[np.float32]  # (n, 2)


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples in 16 bits; full scale 1.0 is 1 / `scale`.

    The scale is a power of two that fits the loudest sample, so that nothing clips and soft passages stay fine.
    """

    values: NDArray[np.int16]
    scale: float

    def heard(self) -> NDArray[np.float32]:
        """As they sound."""
        return self.values * np.float32(self.scale)


@dataclass(frozen=True, eq=False)
class Block:
    """What is heard of a track without reverb, (2 * BLOCK,), left and right in turn, and what goes to the reverb."""

    dry: Samples
    send: Samples | None  # (BLOCK,)
    index: int  # which block of the song

    @property
    def nbytes(self) -> int:
        return self.dry.values.nbytes + (self.send.values.nbytes if self.send else 0)

    def heard(self) -> Stereo:
        """The block as it sounds without reverb, (BLOCK, 2)."""
        return self.dry.heard().reshape(BLOCK, 2)


def block_of(planes: NDArray[np.float32], send: NDArray[np.float32], index: int) -> Block | None:
    """The block of left and right, (2, BLOCK), and what is sent, (BLOCK,); None where nothing is heard."""
    dry = _samples(planes.T.reshape(-1))
    return None if dry is None else Block(dry, _samples(send), index)


def _samples(values: NDArray[np.float32]) -> Samples | None:
    peak = float(np.abs(values).max())
    if peak < _INAUDIBLE:
        return None
    scale = 2.0 ** math.ceil(math.log2(peak / _LARGEST))
    return Samples(np.rint(values / np.float32(scale)).astype(np.int16), scale)


def dry_sum(blocks: Sequence[Block | None], levels: Sequence[float]) -> Stereo:
    """The sum of the blocks of all tracks, each by its level, (BLOCK, 2).

    Whole blocks only: so a frame comes out the same, bit by bit, in whatever pieces it is asked for.
    """
    heard = [(block.dry, level) for block, level in zip(blocks, levels, strict=True) if block and level]
    return _sum(heard, 2 * BLOCK).reshape(BLOCK, 2)


def sends_sum(blocks: Sequence[Block | None], levels: Sequence[float]) -> NDArray[np.float32]:
    """What all of them send to the reverb, (BLOCK,)."""
    sent = [(block.send, level) for block, level in zip(blocks, levels, strict=True) if block and block.send and level]
    return _sum(sent, BLOCK)


def _sum(parts: Sequence[tuple[Samples, float]], size: int) -> NDArray[np.float32]:
    if not parts:
        return np.zeros(size, np.float32)
    stack = np.stack([samples.values for samples, _ in parts])
    gains = np.array([samples.scale * level for samples, level in parts], np.float32)
    # One call however many tracks there are: each larger one gives the interpreter away and waits for it.
    return np.asarray(np.einsum("t,tn->n", gains, stack), np.float32)
