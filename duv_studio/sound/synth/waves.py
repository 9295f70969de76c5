"""Waves that voices share: a sample at a pitch, and that through a low-pass; made in chunks, kept while they fit."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np

from duv_studio.sound.byte_cache import ByteCache
from duv_studio.sound.soundfont.samples import Frames
from duv_studio.sound.synth import low_pass
from duv_studio.sound.synth.control import CONTROL
from duv_studio.sound.synth.interpolation import MARGIN, interpolated
from duv_studio.sound.synth.motion import Motion
from duv_studio.sound.synth.source import Span, Wave, unrolled

_CHUNK = 64  # control blocks, 93 ms
_FRAMES = _CHUNK * CONTROL
_MOST_BYTES = 48 << 20


@dataclass(frozen=True)
class Reading:
    """A sample being read: its number, the span of it, how, and the line's frame at which the loop is left."""

    sample: int
    frames: Callable[[], Frames]
    span: Span
    motion: Motion
    let_go: int | None

    @property
    def key(self) -> Hashable:
        """Equal where the same is read."""
        return self.sample, self.span, self.motion.key, self.let_go


class Waves:
    """Chunks of pitched and of filtered waves. Thread-safe."""

    def __init__(self) -> None:
        self._cache = ByteCache(_MOST_BYTES)

    def pitched(self, reading: Reading, first: int, stop: int) -> Wave:
        """Control blocks `first` to `stop` of a sample at its pitch."""
        return self._joined(reading.key, first, stop, lambda chunk: _pitched(reading, chunk))

    def filtered(self, reading: Reading, place: int, resonance: float, first: int, stop: int) -> Wave:
        """The same through the low-pass at a place of the grid."""
        if low_pass.is_open(place, resonance):
            return self.pitched(reading, first, stop)
        key = reading.key, place, resonance
        return self._joined(key, first, stop, lambda chunk: self._filtered(reading, place, resonance, chunk))

    def _filtered(self, reading: Reading, place: int, resonance: float, chunk: int) -> Wave:
        begin = chunk * _CHUNK
        run_up = min(-(-low_pass.run_up(place, resonance) // CONTROL), begin)
        wave = self.pitched(reading, begin - run_up, begin + _CHUNK)
        return low_pass.low_passed(wave, place, resonance)[run_up * CONTROL :].copy()

    def _joined(self, key: Hashable, first: int, stop: int, make: Callable[[int], Wave]) -> Wave:
        parts = []
        for chunk in range(first // _CHUNK, -(-stop // _CHUNK)):
            wave = self._cache.get((key, chunk), lambda chunk=chunk: make(chunk))  # type: ignore[misc]
            begin = chunk * _CHUNK
            parts.append(wave[max(first - begin, 0) * CONTROL : (min(stop - begin, _CHUNK)) * CONTROL])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _pitched(reading: Reading, chunk: int) -> Wave:
    places = reading.motion.at(chunk * _CHUNK, (chunk + 1) * _CHUNK)
    places += reading.span.start
    low, high = int(places[0]) - MARGIN, int(places[-1]) + MARGIN + 2
    if _is_over(reading.span, low):
        return np.zeros(_FRAMES, np.float32)
    source = unrolled(reading.frames(), reading.span, low, high, reading.let_go)
    if reading.motion.bases is None and reading.motion.step == 1.0:
        return source[MARGIN : MARGIN + _FRAMES].copy()
    places -= low
    return interpolated(source, places)


def _is_over(span: Span, place: int) -> bool:
    return span.loop is None and place >= span.stop
