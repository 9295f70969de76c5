"""A small room: a feedback network of eight delay lines behind a handful of early echoes, in stereo."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound import RATE

Block = NDArray[np.float32]

_LENGTHS = np.array([1_109, 1_277, 1_423, 1_579, 1_733, 1_889, 2_027, 2_161])  # frames, primes: 25–49 ms
_DECAY = 1.2  # s until it has fallen by 60 dB
_DAMPING = 0.3  # part of the frame before: highs die away sooner
_ECHOES, _ECHO_SPAN = 16, 1_323  # early echoes of each side within 30 ms
_LEVEL = 0.49  # makes noise sent at 1 come back some 3 dB weaker
_EARLY = 0.5
_NOTHING = 1e-10  # what is weaker becomes silence: ever smaller numbers are slow to compute with

_LONGEST, _SHORTEST = int(_LENGTHS.max()), int(_LENGTHS.min())
_FEEDBACK = (10.0 ** (-3.0 * _LENGTHS / RATE / _DECAY)).astype(np.float32)[:, None]
_OUT_SIGNS = np.array([1, 1, -1, 1, 1, -1, -1, -1], np.float32)  # so that both sides differ


class Reverb:
    """Reverberation of what is sent to it. Frame for frame the same in whatever blocks it is asked."""

    tail = round(_DECAY * RATE)
    """Frames that it rings on audibly after the last that was sent."""

    def __init__(self) -> None:
        self._echoes = [_echoes(seed) for seed in (1, 2)]
        self.reset()

    def reset(self) -> None:
        """Forget what rings."""
        self._sent: Block = np.zeros((2, _ECHO_SPAN), np.float32)
        self._lines: Block = np.zeros((len(_LENGTHS), _LONGEST + 1), np.float32)

    def process(self, send: Block) -> Block:
        """What comes back for the next frames sent, (n,) or (n, 2); (n, 2) without the dry sound."""
        if not (send.any() or self._sent.any() or self._lines.any()):
            return np.zeros((len(send), 2), np.float32)
        sent = np.ascontiguousarray(np.broadcast_to(send.T, (2, len(send))), np.float32)
        early = self._early(sent)
        back = np.empty((2, len(send)), np.float32)
        for start in range(0, len(send), _SHORTEST):
            stop = min(start + _SHORTEST, len(send))
            back[:, start:stop] = self._late(early[:, start:stop])
        back += early * np.float32(_EARLY)
        back *= np.float32(_LEVEL)
        return np.ascontiguousarray(back.T)

    def _early(self, sent: Block) -> Block:
        heard = np.concatenate((self._sent, sent), axis=1)
        count = sent.shape[1]
        early = np.zeros_like(sent)
        for side, echoes in enumerate(self._echoes):
            for delay, gain in echoes:
                begin = _ECHO_SPAN - delay
                early[side] += heard[side, begin : begin + count] * gain
        self._sent = heard[:, count:].copy()
        return early

    def _late(self, early: Block) -> Block:
        """Both sides of the lines' ends for at most as many frames as the shortest line has."""
        count = early.shape[1]
        ends = np.empty((len(_LENGTHS), count), np.float32)
        for line, length in enumerate(_LENGTHS):
            at = _LONGEST + 1 - length
            past = self._lines[line]
            ends[line] = past[at : at + count] * np.float32(1 - _DAMPING)
            ends[line] += past[at - 1 : at - 1 + count] * np.float32(_DAMPING)
        fed = _mixed(ends)
        fed *= _FEEDBACK
        fed[0::2] += early[0]
        fed[1::2] += early[1]
        fed[np.abs(fed) < _NOTHING] = 0.0
        self._lines = np.concatenate((self._lines[:, count:], fed), axis=1)
        ends *= _OUT_SIGNS[:, None]
        return np.stack([ends[0::2].sum(axis=0), ends[1::2].sum(axis=0)])


def _mixed(lines: Block) -> Block:
    """Every line into every other: a Hadamard matrix by sums and differences, which keeps the energy."""
    count = len(lines)
    half = 1
    mixed = lines
    while half < count:
        pairs = mixed.reshape(count // (2 * half), 2, half, -1)
        mixed = np.stack((pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]), axis=1).reshape(count, -1)
        half *= 2
    return np.asarray(mixed * np.float32(count**-0.5))


def _echoes(seed: int) -> list[tuple[int, np.float32]]:
    """Delays in frames and gains of one side's echoes: one at a random place of each slot, with a random sign."""
    random = np.random.default_rng(seed)
    slot = _ECHO_SPAN // _ECHOES
    delays = np.arange(_ECHOES) * slot + random.integers(1, slot, _ECHOES)
    gains = random.choice([-1.0, 1.0], _ECHOES) * np.exp(-delays / _ECHO_SPAN) / np.sqrt(_ECHOES)
    return [(int(delay), np.float32(gain)) for delay, gain in zip(delays, gains, strict=True)]
