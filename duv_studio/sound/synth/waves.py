"""Waves that voices share: samples at a pitch, made in chunks and kept while they fit."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from duv_studio.sound.byte_cache import ByteCache
from duv_studio.sound.soundfont.samples import Frames
from duv_studio.sound.synth.control import CONTROL
from duv_studio.sound.synth.interpolation import MARGIN, interpolated
from duv_studio.sound.synth.motion import Motion
from duv_studio.sound.synth.source import Span, last_needed, unrolled

_CHUNK = 8_192  # frames, as many as are filtered at a time
_MOST_BYTES = 32 << 20


@dataclass(frozen=True, eq=False)
class Reading:
    """A sample being read: its number, its first frames, the span heard, how, and where the loop is left."""

    sample: int
    frames: Callable[[int], Frames]
    span: Span
    motion: Motion
    let_go: int | None

    def key(self, chunk: int) -> Hashable:
        """Equal where a chunk reads the same: up to its release a note is like longer ones."""
        released = self.let_go if self.let_go is not None and self._last(chunk) >= self.let_go else None
        return self._key, released, chunk

    @cached_property
    def _key(self) -> Hashable:
        span = self.span
        return self.sample, span.start, span.stop, span.loop, span.loops_on, self.motion.key

    def _last(self, chunk: int) -> float:
        return self.span.start + self.motion.place((chunk + 1) * _CHUNK) + MARGIN


class Waves:
    """Chunks of pitched waves. Thread-safe."""

    def __init__(self) -> None:
        self._cache = ByteCache(_MOST_BYTES)

    def read(self, reading: Reading, start: int, stop: int) -> Frames:
        """Frames `start` to `stop` of a sample at its pitch, int16 as samples are."""
        parts = []
        for chunk in range(start // _CHUNK, -(-stop // _CHUNK)):
            begin = chunk * _CHUNK
            wave = self._cache.get(reading.key(chunk), lambda chunk=chunk: _pitched(reading, chunk))  # type: ignore[misc]
            parts.append(wave[max(start - begin, 0) : stop - begin])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _pitched(reading: Reading, chunk: int) -> Frames:
    span = reading.span
    places = reading.motion.at(chunk * _CHUNK // CONTROL, (chunk + 1) * _CHUNK // CONTROL)
    places += span.start
    low, high = int(places[0]) - MARGIN, int(places[-1]) + MARGIN + 2
    if span.loop is None and low >= span.stop:
        return np.zeros(_CHUNK, np.int16)
    source = unrolled(reading.frames(last_needed(span, high)), span, low, high, reading.let_go)
    if reading.motion.is_plain:
        return source[MARGIN : MARGIN + _CHUNK].copy()
    places -= low
    return interpolated(source, places)
