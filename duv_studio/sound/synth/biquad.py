"""A two-pole low-pass for many frames at a time.

A recursion goes from frame to frame, which Python is too slow for and scipy.signal takes a second to load for. Within a
block of 64 frames the filter is a matrix, though: what it does to the block itself, what it adds because of all that
went before, and what it hands on to the next block. What goes from block to block is one complex number, as both poles
are conjugates: s[n + 1] = p s[n] + x[n], y[n] = b0 x[n] + 2 Re(r s[n]) with the residue r of the pole p.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound import RATE
from duv_studio.sound.synth.control import CONTROL

Wave = NDArray[np.float32]

LOWEST, HIGHEST = 1_500.0, 13_500.0  # absolute cents, SoundFont 2.04, section 8.1.2: 20 Hz and 20 kHz
_HIGHEST_HZ = 0.45 * RATE
_ROWS = 62  # blocks multiplied at a time: OpenBLAS wakes its other threads for more than 2^18 products
_NOTHING = 1e-6  # -120 dB
_GROUP = 32  # blocks whose numbers s are worked out together


@dataclass(frozen=True)
class Ringing:
    """What goes on: the filter it is of, its number s, and the last two frames that went in and out, the last first."""

    of: Biquad | None
    state: complex
    sent: tuple[float, float]
    heard: tuple[float, float]


AT_REST = Ringing(None, 0j, (0.0, 0.0), (0.0, 0.0))


class Biquad:
    """The filter at one cutoff (absolute cents) and resonance (dB above the flat one, 3 dB down at its cutoff).

    Its level falls by half of the resonance (section 8.1.2).
    """

    def __init__(self, cents: float, resonance: float) -> None:
        hertz = min(8.176 * math.pow(2.0, cents / 1_200), _HIGHEST_HZ)
        angle, quality = 2 * math.pi * hertz / RATE, math.pow(10, resonance / 20) / math.sqrt(2)
        cosine, alpha = math.cos(angle), math.sin(angle) / (2 * quality)
        level = math.pow(10, -resonance / 40) / (1 + alpha)
        self._b = tuple(part * (1 - cosine) * level for part in (0.5, 1.0, 0.5))
        self._a = -2 * cosine / (1 + alpha), (1 - alpha) / (1 + alpha)
        (b0, b1, b2), (a1, a2) = self._b, self._a
        self._pole = complex(-a1 / 2, math.sqrt(a2 - a1 * a1 / 4))
        self._residue = ((b1 - b0 * a1) * self._pole + b2 - b0 * a2) / (2j * self._pole.imag)
        powers = np.asarray(self._pole ** np.arange(CONTROL + 1), np.complex128)
        weakened = np.asarray(powers[-1] ** np.arange(_GROUP + 1), np.complex128)
        apart = np.arange(_GROUP)[None, :] - np.arange(_GROUP)[:, None]
        self._is_short = abs(powers[-1]) < _NOTHING  # what rang before a block is over at its end
        self._weakened, self._over_group = weakened[:-1], complex(weakened[-1])
        self._between = np.where(apart >= 0, weakened[np.maximum(apart, 0)], 0.0)
        self._within, self._after = self._matrices(powers[:-1])

    def passed(self, blocks: Wave, ringing: Ringing) -> tuple[Wave, Ringing]:
        """Blocks (n, CONTROL) of a wave, filtered, and what rings on. A cutoff that changes makes no click."""
        both = np.empty((len(blocks), CONTROL + 2), np.float32)
        for row in range(0, len(blocks), _ROWS):
            np.matmul(blocks[row : row + _ROWS], self._within, out=both[row : row + _ROWS])
        state = ringing.state if ringing.of is self else self._taken_over(ringing)
        states, state = self._states(both[:, CONTROL:], state)
        rung = states @ self._after
        rung += both[:, :CONTROL]
        sent, heard = (float(blocks[-1, -1]), float(blocks[-1, -2])), (float(rung[-1, -1]), float(rung[-1, -2]))
        return rung, Ringing(self, state, sent, heard)

    def _states(self, handed_on: Wave, state: complex) -> tuple[Wave, complex]:
        """The number s before each block (n, 2), and the one after all."""
        if self._is_short:
            states = np.empty_like(handed_on)
            states[0] = state.real, state.imag
            states[1:] = handed_on[:-1]
            return states, complex(*handed_on[-1].tolist())
        count, groups = len(handed_on), len(handed_on) // _GROUP + 1
        added = np.zeros((groups, _GROUP, 2))
        added.reshape(-1, 2)[:count] = handed_on
        # Within a group, of all blocks before, each weakened by those between: sum of P^(k - j) handed_on[j].
        gathered = added.view(np.complex128)[:, :, 0] @ self._between
        begins = []
        for last in gathered[:, -1].tolist():
            begins.append(state)
            state = self._over_group * state + last
        states = np.multiply.outer(np.array(begins), self._weakened)
        states[:, 1:] += gathered[:, :-1]
        flat = states.reshape(-1)
        return flat[:count].view(np.float64).reshape(-1, 2).astype(np.float32), complex(flat[count])

    def _matrices(self, powers: NDArray[np.complex128]) -> tuple[Wave, Wave]:
        """What a block does to itself and hands on, (CONTROL, CONTROL + 2); what s does to one, (2, CONTROL)."""
        free = 2 * self._residue * powers
        response = np.concatenate(([self._b[0]], free.real[:-1]))
        place = np.arange(CONTROL)
        since = place[None, :] - place[:, None]
        itself = np.where(since >= 0, response[np.maximum(since, 0)], 0.0)
        within = np.column_stack((itself, powers.real[::-1], powers.imag[::-1]))
        return within.astype(np.float32), np.stack((free.real, -free.imag)).astype(np.float32)

    def _taken_over(self, ringing: Ringing) -> complex:
        """The number s that goes on from the frames before as a filter in direct form I would."""
        (_, b1, b2), (a1, a2) = self._b, self._a
        (sent, sent_before), (heard, heard_before) = ringing.sent, ringing.heard
        first = b1 * sent + b2 * sent_before - a1 * heard - a2 * heard_before
        second = b2 * sent - a1 * first - a2 * heard
        # Both are what comes out if nothing more goes in: 2 Re(r s) and 2 Re(r p s).
        return complex(first / 2, (self._pole.real * first - second) / (2 * self._pole.imag)) / self._residue


@lru_cache(384)
def biquad(cents: float, resonance: float) -> Biquad:
    """The filter at a cutoff and resonance; those used of late are remembered, 33 KB each."""
    return Biquad(cents, resonance)
