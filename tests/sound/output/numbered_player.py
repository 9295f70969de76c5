"""A player of one endless signal in which no second is like another; quick enough to play for minutes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound import RATE

_LONGEST = 2**22  # frames, 95 s: numbers that float32 holds exactly


def numbered(start: int, stop: int) -> NDArray[np.float32]:
    """The frames `start` to `stop` of the signal, (n, 2): none is silent, none is louder than full scale."""
    number = (np.arange(start, stop) % _LONGEST + 1).astype(np.float32)
    return np.stack([number, -number], axis=1) / np.float32(2 * _LONGEST)


class NumberedPlayer:
    loop = None
    is_waiting = False

    def __init__(self) -> None:
        self.generation = 0
        self.is_playing = False
        self._frame = 0

    @property
    def position(self) -> float:
        return self._frame / RATE

    def play(self) -> None:
        self.is_playing = True
        self.generation += 1

    def stop(self) -> None:
        self.is_playing = False
        self.generation += 1

    def change(self) -> None:
        """Something that would be heard at once, if the signal depended on anything."""
        self.generation += 1

    def snapshot(self) -> int:
        return self._frame

    def restore(self, state: int) -> None:
        self._frame = state

    def read(self, frames: int) -> NDArray[np.float32]:
        if not self.is_playing:
            return np.zeros((frames, 2), np.float32)
        self._frame += frames
        return numbered(self._frame - frames, self._frame)
