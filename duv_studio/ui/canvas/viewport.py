"""The one geometry of the canvas: ticks to x, keys to y, values to the height of a lane; for drawing and hit tests."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

EDGE_PX = 10.0  # room before the first tick and after the last one
MAX_PX_PER_QUARTER = 960.0
OPENING_PX_PER_QUARTER = 18.0  # wide enough to tell a note's outline, as it was, from the note as it is played
MIN_KEY_PX, MAX_KEY_PX, FIT_KEY_PX = 2.0, 36.0, 22.0
KEYS = 128
_QUARTERS_SHOWN_AT_LEAST = 4  # an empty or tiny song still shows a bar
_KEYS_AROUND = 2  # keys shown above the highest and below the lowest note


@dataclass(frozen=True)
class Viewport:
    """Which ticks and keys a note area of `width` x `height` device-independent pixels shows; immutable.

    Key k fills the rows from key_y(k) to key_y(k) + key_px; `top` is the key coordinate of y = 0, 128 at the most.
    """

    width: float = 1.0
    height: float = 1.0
    end: int = 0  # last tick of the song
    ppq: int = 480
    low: int = 48  # lowest and highest pitch of the song
    high: int = 84
    first: int = 0  # tick of the first note
    left: float = 0.0  # tick at x = 0
    ticks_per_px: float = 1.0
    top: float = 128.0
    key_px: float = 8.0

    # Time.

    def x(self, ticks: ArrayLike) -> NDArray[np.float64]:
        """Pixels from the left edge, in the shape of `ticks`."""
        return (np.asarray(ticks, dtype=np.float64) - self.left) / self.ticks_per_px

    def tick(self, x: float) -> float:
        """The tick at x, not rounded."""
        return self.left + x * self.ticks_per_px

    @property
    def right(self) -> float:
        """The tick at the right edge."""
        return self.tick(self.width)

    @property
    def px_per_quarter(self) -> float:
        return self.ppq / self.ticks_per_px

    @property
    def max_ticks_per_px(self) -> float:
        """The zoom at which the whole song is seen: no one needs to go further out."""
        room = max(self.width - 2 * EDGE_PX, 1.0)
        return max(max(self.end, _QUARTERS_SHOWN_AT_LEAST * self.ppq) / room, self.min_ticks_per_px)

    @property
    def min_ticks_per_px(self) -> float:
        return self.ppq / MAX_PX_PER_QUARTER

    @property
    def left_range(self) -> tuple[float, float]:
        """Smallest and largest `left` that scrolling reaches."""
        edge = EDGE_PX * self.ticks_per_px
        return -edge, max(-edge, self.end + edge - self.width * self.ticks_per_px)

    # Pitch.

    def key_y(self, key: ArrayLike) -> NDArray[np.float64]:
        """The upper edge of a key's row in pixels, in the shape of `key`."""
        return (self.top - 1.0 - np.asarray(key, dtype=np.float64)) * self.key_px

    def key_top(self, key: int) -> float:
        """The upper edge of one key's row in pixels."""
        return (self.top - 1.0 - key) * self.key_px

    def key(self, y: float) -> int:
        """The key (MIDI pitch) whose row holds y; below 0 or above 127 outside the keyboard."""
        return int(np.floor(self.top - y / self.key_px))

    @property
    def keys_shown(self) -> tuple[int, int]:
        """Lowest and highest key of which a part is seen."""
        return max(0, self.key(self.height)), min(KEYS - 1, self.key(0.0))

    @property
    def min_key_px(self) -> float:
        return max(MIN_KEY_PX, self.height / KEYS)

    @property
    def top_range(self) -> tuple[float, float]:
        """Smallest and largest `top` that scrolling reaches."""
        return min(self.height / self.key_px, float(KEYS)), float(KEYS)

    # Changes: each returns a new viewport within its limits.

    def resized(self, width: float, height: float) -> Viewport:
        """The same left edge and top key in an area of another size."""
        return replace(self, width=max(width, 1.0), height=max(height, 1.0))._clamped()

    def showing(self, end: int, ppq: int, low: int, high: int, first: int = 0) -> Viewport:
        """For another song: its last tick, resolution, range of pitches and first note; fitted."""
        return replace(self, end=end, ppq=ppq, low=low, high=high, first=first).fitted()

    def fitted(self) -> Viewport:
        """The whole song, all its pitches and a little air."""
        keys = self.high - self.low + 1 + 2 * _KEYS_AROUND
        key_px = min(max(self.height / keys, self.min_key_px), max(FIT_KEY_PX, self.min_key_px))
        middle = (self.low + self.high + 1) / 2
        top = middle + self.height / key_px / 2
        scale = self.max_ticks_per_px
        return replace(self, left=-EDGE_PX * scale, ticks_per_px=scale, top=top, key_px=key_px)._clamped()

    def opened(self) -> Viewport:
        """The first bars, magnified until before and after differ, and all pitches; a short song whole."""
        whole = self.fitted()
        scale = min(whole.ticks_per_px, self.ppq / OPENING_PX_PER_QUARTER)
        is_late = self.first > self.width / 2 * scale
        left = self.first - self.ppq if is_late else -EDGE_PX * scale
        return replace(whole, ticks_per_px=scale, left=left)._clamped()

    def zoomed(self, factor: float, x: float) -> Viewport:
        """Time magnified by `factor`; the tick under x stays where it is, unless an end of the song comes into view."""
        scale = min(max(self.ticks_per_px / factor, self.min_ticks_per_px), self.max_ticks_per_px)
        return replace(self, ticks_per_px=scale, left=self.tick(x) - x * scale)._clamped()

    def zoomed_keys(self, factor: float, y: float) -> Viewport:
        """Keys magnified by `factor`; the pitch under y stays where it is, unless the keyboard ends."""
        key_px = min(max(self.key_px * factor, self.min_key_px), max(MAX_KEY_PX, self.min_key_px))
        return replace(self, key_px=key_px, top=self.top - y / self.key_px + y / key_px)._clamped()

    def scrolled(self, dx: float, dy: float) -> Viewport:
        """Moved by pixels: positive shows later ticks and lower keys."""
        return replace(self, left=self.left + dx * self.ticks_per_px, top=self.top - dy / self.key_px)._clamped()

    def at(self, left: float | None = None, top: float | None = None) -> Viewport:
        """Moved to a left tick or a top key."""
        return replace(self, left=self.left if left is None else left, top=self.top if top is None else top)._clamped()

    def revealing(self, tick: int, key: int) -> Viewport:
        """Moved as little as it takes for a tick and a key to lie inside, with some room around them."""
        x, y = float(self.x(tick)), self.key_top(key)
        room_x, room_y = min(4 * EDGE_PX, self.width / 4), min(2 * self.key_px, self.height / 4)
        dx = min(x - room_x, 0.0) + max(x - (self.width - room_x), 0.0)
        dy = min(y - room_y, 0.0) + max(y + self.key_px - (self.height - room_y), 0.0)
        return self.scrolled(dx, dy) if dx or dy else self

    def _clamped(self) -> Viewport:
        scale = min(max(self.ticks_per_px, self.min_ticks_per_px), self.max_ticks_per_px)
        key_px = min(max(self.key_px, self.min_key_px), max(MAX_KEY_PX, self.min_key_px))
        inside = replace(self, ticks_per_px=scale, key_px=key_px)
        (first, last), (lowest, highest) = inside.left_range, inside.top_range
        return replace(inside, left=min(max(self.left, first), last), top=min(max(self.top, lowest), highest))


@dataclass(frozen=True)
class Scale:
    """Values `low`..`high` of a lane as heights: `low` at y = bottom, `high` at y = top (y grows downwards)."""

    low: float
    high: float
    top: float
    bottom: float

    def y(self, values: ArrayLike) -> NDArray[np.float64]:
        """Pixels from the upper edge, in the shape of `values`; values outside are held at the ends."""
        share = (np.clip(np.asarray(values, dtype=np.float64), self.low, self.high) - self.low) / (self.high - self.low)
        return self.bottom - share * (self.bottom - self.top)

    def value(self, y: ArrayLike) -> NDArray[np.float64]:
        """The value at y, also outside `low`..`high`."""
        share = (self.bottom - np.asarray(y, dtype=np.float64)) / (self.bottom - self.top)
        return self.low + share * (self.high - self.low)


def device(length: float, dpr: float) -> int:
    """Device-independent pixels as a whole number of device pixels."""
    return round(length * dpr)


def snapped(positions: NDArray[np.float64], dpr: float) -> NDArray[np.int64]:
    """Device-independent positions as device pixels, to the nearest; huge values are held where integers are safe."""
    return np.rint(np.clip(positions * dpr, -1e9, 1e9)).astype(np.int64)
