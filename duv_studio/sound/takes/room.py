"""The reverb of a block, from what was sent to it in this one and the few before: the same wherever playback begins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound.synth.reverb import Reverb
from duv_studio.sound.takes.block import BLOCK

BLOCKS = 3  # that the reverb lasts, 0.75 s: as many must be rendered before playback begins anywhere
FRAMES = BLOCKS * BLOCK
_FADE = BLOCK  # frames in which its end fades
_NOTHING = 1e-8  # -160 dB

Spectrum = NDArray[np.complex64]  # (BLOCK + 1,)


class Room:
    """Partitioned convolution with a reverb's impulse response, cut after BLOCKS blocks.

    A reverb with feedback never forgets, so that starting in the middle would have to begin with the song. This one
    needs the blocks before, and no more.
    """

    def __init__(self, reverb: Reverb) -> None:
        from scipy.fft import irfft, rfft

        self._rfft, self._irfft = rfft, irfft
        impulse = np.zeros(FRAMES, np.float32)
        impulse[0] = 1.0
        reverb.reset()
        response = np.asarray(reverb.process(impulse), np.float32).T.copy()  # (2, FRAMES)
        response[:, -_FADE:] *= np.linspace(1.0, 0.0, _FADE, dtype=np.float32)
        self._parts = _parts(rfft(response.reshape(2, BLOCKS, BLOCK), 2 * BLOCK, axis=-1))

    def spectrum(self, send: NDArray[np.float32]) -> Spectrum | None:
        """Of what is sent in a block, (BLOCK,); None where that is nothing."""
        return np.asarray(self._rfft(send, 2 * BLOCK), np.complex64) if send.any() else None

    def wet(self, sends: Sequence[Spectrum | None]) -> NDArray[np.float32] | None:
        """Left and right (2, BLOCK) of a block, from the spectra of it and the BLOCKS before it, the newest first."""
        total: NDArray[np.complex64] | None = None
        for part, send in zip(self._parts, sends, strict=True):
            if send is not None:
                total = part * send if total is None else total + part * send
        if total is None:
            return None
        wet = np.asarray(self._irfft(total, 2 * BLOCK, axis=-1)[:, BLOCK:], np.float32)
        wet[np.abs(wet) < _NOTHING] = 0.0  # what a transform leaves where nothing sounds
        return wet


def _parts(response: NDArray[np.complex64]) -> list[NDArray[np.complex64]]:
    """What the spectra of each block are multiplied by, newest first, each (2, BLOCK + 1).

    The second half of an inverse transform over two blocks is free of wrapping. In it stand a block, whose spectrum is
    moved by half the length, and the one before it; of all partitions the terms of one block are summed beforehand.
    """
    moved = np.where(np.arange(BLOCK + 1) % 2 == 0, 1, -1).astype(np.float32)
    parts = [np.zeros_like(response[:, 0]) for _ in range(BLOCKS + 1)]
    for number in range(BLOCKS):
        parts[number] = parts[number] + response[:, number] * moved
        parts[number + 1] = parts[number + 1] + response[:, number]
    return parts
