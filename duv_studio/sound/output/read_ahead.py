"""Fills a ring from a player, and takes back what is stale: without a thread, and without a clock."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound import RATE
from duv_studio.sound.output.rewindable_player import RewindablePlayer
from duv_studio.sound.output.ring import CAPACITY, Ring
from duv_studio.sound.output.song_line import Block, SongLine

BLOCK = 882  # frames, 20 ms: what is read at a time, and to what changes are rounded
_AHEAD = 15 * BLOCK  # 0.3 s
_SPARE = 2 * BLOCK  # more than what may be asked for at once, so that there is time to go on
_MARGIN = 441  # frames that are not taken back, because they are likely to be taken meanwhile
_WIDEST_MARGIN = 8 * BLOCK
_KEPT = RATE  # frames that were taken already whose places are remembered
_LONGEST_FADE = 3 * RATE  # of a player that was stopped


class Pace(Enum):
    """When there is more to be done."""

    MORE = auto()  # at once
    FULL = auto()  # soon
    WAITING = auto()  # as soon as the player has what is to be played
    SILENT = auto()  # when it plays again


class ReadAhead:
    """Reads blocks of a player into a ring.

    What comes out of the ring is what the player gave, frame by frame: where it changes its mind, the blocks that were
    not yet taken are replaced by what it gives from there on. Before that is ready, nothing is taken away.
    """

    def __init__(self, player: RewindablePlayer, ring: Ring, burst: int) -> None:
        """`burst` frames may be asked for at the beginning, before there is time to put more."""
        self.line = SongLine()
        self._player, self._ring, self._burst = player, ring, burst
        self._generation = player.generation
        self._margin = _MARGIN
        self._end: Any = None  # the player's state at the end of the ring, where it has been led astray
        self._is_astray = False
        self._faded = 0  # frames since it was stopped
        self._is_silent = True
        self._has_waited = False

    def step(self) -> Pace:
        """Read a few blocks, if it is time."""
        generation = self._player.generation
        if generation != self._generation:
            self._is_silent, self._faded = False, 0
            if not self._take_back(generation):
                return Pace.MORE
        if self._player.is_playing:
            self._is_silent, self._faded = False, 0
        elif self._is_silent or self._faded > _LONGEST_FADE:
            return self._be_silent()
        ahead = self._ring.written - self._ring.consumed
        if ahead >= self._enough:
            return Pace.FULL
        begins = not ahead or self._has_waited
        return self._go_on(self._burst + _SPARE if begins else BLOCK)

    @property
    def _enough(self) -> int:
        return min(max(_AHEAD, self._ring.largest + _SPARE, self._burst + _SPARE), CAPACITY // 2)

    def _be_silent(self) -> Pace:
        self._ring.expect(False)
        self._is_silent = True
        return Pace.SILENT

    def _take_back(self, generation: int) -> bool:
        """Put anew what was not yet taken; False where it was taken meanwhile."""
        block = self.line.first_from(self._ring.consumed + self._margin)
        if block is None:
            if self._is_astray:
                self._player.restore(self._end)
        else:
            end = self._end if self._is_astray else self._player.snapshot()
            self._player.restore(block.state)
            parts, blocks, pace = self._read(block.start, min(self._ring.largest, CAPACITY // 4) + 2 * _SPARE)
            if not self._put(block.start, parts, blocks, pace):
                self._end, self._is_astray = end, True
                self._margin = min(2 * self._margin, _WIDEST_MARGIN)
                return False
        self._end, self._is_astray = None, False
        self._margin = max(self._margin // 2, _MARGIN)
        self._generation = generation
        return True

    def _go_on(self, frames: int) -> Pace:
        start = self._ring.written
        parts, blocks, pace = self._read(start, frames)
        self._put(start, parts, blocks, pace)
        self._has_waited = pace is Pace.WAITING
        return pace

    def _read(self, start: int, frames: int) -> tuple[list[NDArray[np.float32]], list[Block], Pace]:
        """At least so many frames, fewer where the player falls silent."""
        parts: list[NDArray[np.float32]] = []
        blocks: list[Block] = []
        while len(parts) * BLOCK < frames:
            part, block = self._read_block(start + len(parts) * BLOCK)
            is_playing, is_waiting = self._player.is_playing, self._player.is_waiting
            self._faded = 0 if is_playing else self._faded + BLOCK
            if block.stands and (is_waiting or not is_playing) and not part.any():
                self._is_silent = not is_playing
                return parts, blocks, Pace.WAITING if is_playing else Pace.MORE
            parts.append(part)
            blocks.append(block)
        return parts, blocks, Pace.MORE

    def _read_block(self, start: int) -> tuple[NDArray[np.float32], Block]:
        player = self._player
        state, before, loop = player.snapshot(), player.position, player.loop
        part = np.ascontiguousarray(player.read(BLOCK), np.float32)
        return part, Block(start, start + BLOCK, before, player.position, loop[0] if loop else None, state)

    def _put(self, start: int, parts: list[NDArray[np.float32]], blocks: list[Block], pace: Pace) -> bool:
        is_last = self._is_silent or pace is Pace.WAITING
        if is_last:
            self._ring.expect(False)
        if not self._ring.put(start, parts):
            return False
        if parts and not is_last:
            self._ring.expect(True)
        self.line.put(start, blocks, self._ring.consumed - _KEPT)
        return True
