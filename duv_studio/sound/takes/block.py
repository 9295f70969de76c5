"""Blocks: a quarter of a second of one track, 16 bits a sample, and how several are mixed."""

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
class Block:
    """`samples` (2 * BLOCK,) int16, left and right in turn; full scale 1.0 is 1 / `scale`.

    The scale is a power of two that fits the loudest sample, so that nothing clips and soft passages stay fine.
    """

    samples: NDArray[np.int16]
    scale: float
    index: int  # which block of the song

    @property
    def nbytes(self) -> int:
        return self.samples.nbytes

    def heard(self) -> Stereo:
        """The block as it sounds, (BLOCK, 2)."""
        return (self.samples * np.float32(self.scale)).reshape(BLOCK, 2)


def block_of(planes: NDArray[np.float32], index: int) -> Block | None:
    """The block of left and right, (2, BLOCK); None where nothing is heard."""
    peak = float(np.abs(planes).max())
    if peak < _INAUDIBLE:
        return None
    scale = 2.0 ** math.ceil(math.log2(peak / _LARGEST))
    samples = np.rint(planes.T / np.float32(scale)).astype(np.int16)
    return Block(samples.reshape(-1), scale, index)


def mixed(blocks: Sequence[Block | None], levels: Sequence[float]) -> Stereo:
    """The sum of the blocks of all tracks, each by its level, (BLOCK, 2).

    Whole blocks only: so a frame comes out the same, bit by bit, in whatever pieces it is asked for.
    """
    heard = [(block, level * block.scale) for block, level in zip(blocks, levels, strict=True) if block and level]
    if not heard:
        return np.zeros((BLOCK, 2), np.float32)
    stack = np.stack([block.samples for block, _ in heard])
    gains = np.array([gain for _, gain in heard], np.float32)
    # One call however many tracks there are: each larger one gives the interpreter away and waits for it.
    return np.asarray(np.einsum("t,tn->n", gains, stack), np.float32).reshape(BLOCK, 2)
