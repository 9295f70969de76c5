"""Which place of the song each frame of the ring is, for the playhead and for what goes along with it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from duv_studio.sound import RATE

_NEAR_S = 1e-6  # by how much two places that follow each other may differ: seconds are counted in fractions


@dataclass(frozen=True)
class Block:
    """Frames `start` to `stop` as they were read: seconds of the song before and after, and how to come back."""

    start: int
    stop: int
    before: float
    after: float
    loop_start: float | None
    state: Any

    @property
    def stands(self) -> bool:
        """Whether the song did not move."""
        return abs(self.after - self.before) < _NEAR_S

    @property
    def pieces(self) -> tuple[tuple[int, float], ...]:
        """(frame, seconds) where pieces begin along which the song moves evenly; the first at `start`."""
        begun = self.after - (self.stop - self.start) / RATE
        if self.stands:
            return ((self.start, self.before),)
        if self.loop_start is not None and self.loop_start <= self.after < self.before and begun < self.loop_start:
            wrap = self.stop - round((self.after - self.loop_start) * RATE)
            return ((self.start, self.before), (wrap, self.loop_start))
        return ((self.start, max(0.0, begun)),)  # counted from its end: a seek is made at the first frame


class SongLine:
    """The blocks of the last seconds, in order and without a hole. One thread changes it, any may ask."""

    def __init__(self) -> None:
        self._blocks: tuple[Block, ...] = ()  # replaced, never changed

    def put(self, start: int, blocks: Sequence[Block], oldest: int) -> None:
        """Put blocks in place of all from frame `start` on; those that end before frame `oldest` are forgotten."""
        kept = [block for block in self._blocks if block.stop > oldest and block.stop <= start]
        self._blocks = (*kept, *blocks)

    def forget(self) -> None:
        """Let all blocks go."""
        self._blocks = ()

    def first_from(self, frame: int) -> Block | None:
        """The first block that begins at a frame or later."""
        blocks = self._blocks
        at = bisect_left(blocks, frame, key=lambda block: block.start)
        return blocks[at] if at < len(blocks) else None

    def position(self, frame: float) -> float | None:
        """Seconds in the song of a frame, of the nearest one where it is not there; None where there are none."""
        blocks = self._blocks
        if not blocks:
            return None
        frame = min(max(frame, blocks[0].start), blocks[-1].stop)
        block = blocks[bisect_left(blocks, frame, key=lambda block: block.stop)]
        start, seconds = next(piece for piece in reversed(block.pieces) if piece[0] <= frame)
        return seconds if block.stands else seconds + (frame - start) / RATE

    def pieces(self) -> list[tuple[int, int, float]]:
        """(first frame, frame after the last, seconds at the first) of all along which the song moves evenly."""
        pieces: list[tuple[int, int, float]] = []
        for block in self._blocks:
            if block.stands:
                continue
            own = block.pieces
            for (start, seconds), stop in zip(own, [*(piece[0] for piece in own[1:]), block.stop], strict=True):
                before = pieces[-1] if pieces else (start, start - 1, 0.0)
                if before[1] == start and abs(before[2] + (start - before[0]) / RATE - seconds) < _NEAR_S:
                    pieces[-1] = (before[0], stop, before[2])
                else:
                    pieces.append((start, stop, seconds))
        return pieces
