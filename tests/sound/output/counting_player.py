"""A player whose every frame tells which one it is, and which one it was made to follow."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound import RATE

FADE = 300  # frames that still sound after a stop


@dataclass(frozen=True)
class Sounding:
    """What a snapshot holds: never what was asked for, only what is sounding."""

    frame: int = 0  # of the song
    last: int = 0  # the number of the frame that sounded last
    seeks: int = 0  # how many of those asked for were made
    fade: int = 0  # frames that are left of it


class CountingPlayer:
    """Frames are (number, side + 1); numbers are never used twice."""

    def __init__(self, length: int = 10**9) -> None:
        self.runs: list[tuple[int, int, int, bool]] = []  # first number, the one before, frame, whether the song moves
        self.generation = 0
        self.is_playing = False
        self.has_what_it_plays = True
        self.loop: tuple[float, float] | None = None
        self.length = length
        self.before_read: Callable[[], None] = lambda: None
        self.most_read = 0
        self._numbers = 0
        self._side = 0
        self._seeks = [0]
        self._sounding = Sounding()

    @property
    def is_waiting(self) -> bool:
        return self.is_playing and not self.has_what_it_plays

    @property
    def position(self) -> float:
        if self._sounding.seeks < len(self._seeks) - 1:
            return self._seeks[-1] / RATE
        return self._sounding.frame / RATE

    def play(self) -> None:
        self.is_playing = True
        self.generation += 1

    def stop(self) -> None:
        self.is_playing = False
        self.generation += 1

    def seek(self, frame: int) -> None:
        self._seeks.append(frame)
        self.generation += 1

    def show(self, side: int) -> None:
        self._side = side
        self.generation += 1

    def set_loop(self, start: int, stop: int) -> None:
        self.loop = (start / RATE, stop / RATE)
        self.generation += 1

    def snapshot(self) -> Sounding:
        return self._sounding

    def restore(self, state: Sounding) -> None:
        self._sounding = state

    def read(self, frames: int) -> NDArray[np.float32]:
        self.before_read()
        self.most_read = max(self.most_read, frames)
        out = np.zeros((frames, 2), np.float32)
        at = 0
        while at < frames and (count := self._run(frames - at)):
            last = self._sounding.last
            out[at : at + count, 0] = np.arange(last - count + 1, last + 1)
            out[at : at + count, 1] = self._side + 1
            at += count
        return out

    def _run(self, most: int) -> int:
        """Go on by at most so many frames that follow each other in the song; how many."""
        now = self._sounding
        if now.seeks < len(self._seeks) - 1:
            now = replace(now, frame=self._seeks[-1], seeks=len(self._seeks) - 1)
        if self.is_playing and now.frame >= self.length:
            self.is_playing = False
        plays = self.is_playing and self.has_what_it_plays
        if plays:
            end = self.length if self.loop is None else round(self.loop[1] * RATE)
            count = min(most, end - now.frame) if now.frame < end else most
        else:
            count = min(most, now.fade)
        first = self._numbers + 1
        self._numbers += count
        self.runs.append((first, now.last, now.frame, plays))
        frame = now.frame + (count if plays else 0)
        if plays and self.loop is not None and frame == round(self.loop[1] * RATE):
            frame = round(self.loop[0] * RATE)
        last = first + count - 1 if count else now.last
        self._sounding = replace(now, frame=frame, last=last, fade=FADE if plays else now.fade - count)
        return count

    def follows(self, number: int) -> int:
        """The number of the frame that sounded before this one."""
        first, last, _, _ = self._run_of(number)
        return last if number == first else number - 1

    def place(self, number: int) -> int:
        """The frame of the song that a number stands for."""
        first, _, frame, plays = self._run_of(number)
        return frame + (number - first if plays else 0)

    def _run_of(self, number: int) -> tuple[int, int, int, bool]:
        return self.runs[bisect_right(self.runs, number, key=lambda run: run[0]) - 1]
