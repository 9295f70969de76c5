"""A voice's wave at its level, through its low-pass, whose cutoff may move in small steps: chunks in any order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound import RATE
from duv_studio.sound.soundfont.samples import Frames
from duv_studio.sound.synth.biquad import AT_REST, HIGHEST, LOWEST, Ringing, Wave, biquad
from duv_studio.sound.synth.control import CONTROL, lines

Cents = NDArray[np.float64]

CHUNK = 8_192  # frames that are filtered at a time
_BLOCKS = CHUNK // CONTROL
_FINE, _STEP, _MOST_STEPS = 25.0, 50.0, 6  # cents of a cutoff that stays, of a step of one that moves; most at once
_STEPS_A_SECOND = 10
# The filter begins anew after so many chunks, one chunk earlier, so that nobody who starts late has to go far back.
# It has forgotten the difference by then, but the same frames have to come out to the last bit wherever one starts.
_STRETCH = 16


class LowPass:
    """A voice's wave through its filter. The same frames come out in whatever pieces, those in order quickly."""

    def __init__(self, read: Callable[[int, int], Frames], levels: Wave, cutoffs: Cents, resonance: float) -> None:
        """`read` gives the wave from one frame to another.

        `levels` are what it is multiplied by at all control points, between which lines are drawn, the last at its end.
        `cutoffs` are those at all control points, or one for all.
        """
        stepped = _stepped(cutoffs)
        changes = np.flatnonzero(np.diff(stepped)) + 1
        self._read = read
        self._levels = levels
        self._blocks = len(levels) - 1
        self._resonance = resonance
        self._starts = [0, *changes.tolist()]  # control blocks
        self._cutoffs = [float(stepped[0]), *stepped[changes].tolist()]
        self._is_open = resonance <= 0.0 and min(self._cutoffs) >= HIGHEST
        self._left: tuple[int, Ringing] | None = None  # the chunk to come, and what rings in the filter then
        self._last: tuple[int, Wave] | None = None  # the chunk that was read last

    def read(self, start: int, stop: int) -> Wave:
        """Frames `start` to `stop` of the voice."""
        parts = []
        for chunk in range(start // CHUNK, -(-stop // CHUNK)):
            begin = chunk * CHUNK
            parts.append(self._chunk(chunk)[max(start - begin, 0) : stop - begin])
        if stop >= self._blocks * CONTROL:
            self._last = None  # it is over: nobody will ask for the rest of this chunk
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _chunk(self, chunk: int) -> Wave:
        last, left = self._last, self._left
        if last is not None and last[0] == chunk:
            return last[1]
        if left is None or left[0] != chunk or chunk % _STRETCH == 0:
            first, ringing = max(chunk // _STRETCH * _STRETCH - 1, 0), AT_REST
        else:
            first, ringing = left
        for passed in range(first, chunk + 1):
            wave, ringing = self._filtered(passed, ringing)
        self._last, self._left = (chunk, wave), (chunk + 1, ringing)
        return wave

    def _filtered(self, chunk: int, ringing: Ringing) -> tuple[Wave, Ringing]:
        begin, stop = chunk * _BLOCKS, min((chunk + 1) * _BLOCKS, self._blocks)
        wave = self._read(begin * CONTROL, stop * CONTROL).astype(np.float32).reshape(-1, CONTROL)
        run, at = bisect_right(self._starts, begin) - 1, begin
        while at < stop and not self._is_open:
            end = min(stop, self._starts[run + 1]) if run + 1 < len(self._starts) else stop
            part = slice(at - begin, end - begin)
            wave[part], ringing = biquad(self._cutoffs[run], self._resonance).passed(wave[part], ringing)
            run, at = run + 1, end
        wave *= lines(self._levels[begin : stop + 1])
        return wave.reshape(-1), ringing


def _stepped(cutoffs: Cents) -> Cents:
    """Cutoffs rounded to steps, the larger the faster they move. Few different ones: a filter is dear to make."""
    step = _FINE
    if len(cutoffs) > 1:
        a_second = float(np.abs(np.diff(cutoffs)).sum()) * RATE / CONTROL / len(cutoffs)
        step = _STEP * min(max(round(a_second / _STEPS_A_SECOND / _STEP), 1), _MOST_STEPS)
    return np.round(np.clip(cutoffs, LOWEST, HIGHEST) / step) * step
