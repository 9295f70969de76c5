"""The course of the playhead: what is heard next, as the newest commands want it and as far as it is rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from duv_studio.errors import DuvError
from duv_studio.sound import RATE
from duv_studio.sound.player.mix import Mix, Side
from duv_studio.sound.player.playhead import FADE, Desk, Playhead, Source
from duv_studio.sound.takes.block import BLOCK, Stereo
from duv_studio.sound.takes.take import Take

_START = 3 * RATE // 20  # frames that must be ready before it starts
_SWITCH = FADE + 1 + BLOCK // 4  # and before another side or take is gone over to


@dataclass(frozen=True)
class Wishes:
    """The newest commands; no playhead that is put back takes any back. Serials tell whether a command was followed."""

    is_playing: bool = False
    start: int = 0  # serial of the last `play`
    seek: int = 0  # serial of the last jump
    frame: int = 0  # where it went
    side: Side = Side.AFTER
    loop: tuple[int, int] | None = None  # frames
    mix: Mix = field(default_factory=Mix)


class Course:
    """Moves a playhead through the takes of both sides. For one thread at a time."""

    def __init__(self, takes: Mapping[Side, Take], desk: Desk) -> None:
        """`takes` may change at any time."""
        self.at = Playhead()
        self.wishes = Wishes()
        self.gains: Mapping[Side, float] | None = None  # dB that make the sides as loud, once they are known
        self.trouble: DuvError | None = None
        self.is_starved = False  # what is to be heard is not rendered
        self._takes = takes
        self._desk = desk

    @property
    def is_playing(self) -> bool:
        """Whether it plays, or is about to."""
        return self.wishes.is_playing and self.at.ended != self.wishes.start and self.trouble is None

    @property
    def place(self) -> int:
        """The frame that is heard next."""
        return self.at.frame if self.at.seek == self.wishes.seek else self.wishes.frame

    @property
    def is_ready(self) -> bool:
        """Whether what is to be heard is rendered far enough to start."""
        take = self._takes.get(self.wishes.side)
        return take is not None and take.ready(self.place, _START) >= _START

    def wish(self, **changes: Any) -> None:
        """Give commands, by the names of Wishes' fields."""
        self.wishes = replace(self.wishes, **changes)

    def read(self, frames: int) -> Stereo:
        """The next audio, (frames, 2)."""
        out = np.zeros((frames, 2), np.float32)
        done = 0
        while done < frames:
            self._turn()
            count = self._steps(frames - done)
            if self.at.source is not None or self.at.parting is not None:
                out[done : done + count] = self._desk.heard(self.at, count)
            self._pass(count)
            done += count
        return out

    def _turn(self) -> None:
        """Follow the commands that were not followed: each begins a crossfade."""
        at, wishes, frame, target = self.at, self.wishes, self.place, None
        if self.is_playing and self._is_over(frame):
            at = replace(at, ended=wishes.start)
        if wishes.is_playing and at.ended != wishes.start and self.trouble is None:
            target = self._target(frame, at.source if frame == at.frame else None)
            self.is_starved = target is None
        else:
            self.is_starved = False
        if frame != at.frame or (target is not at.source and not (target and target.is_same(at.source))):
            at = at.jumped(frame, target, self._desk.parting(at))
        self.at = replace(at, seek=wishes.seek) if at.seek != wishes.seek else at

    def _is_over(self, frame: int) -> bool:
        """Whether the song has come to its end, and no loop goes on behind it."""
        take, loop = self._takes.get(self.wishes.side), self.wishes.loop
        return take is not None and frame >= take.frames and not (loop and frame < loop[1])

    def _target(self, frame: int, current: Source | None) -> Source | None:
        """What is to be heard from a frame on: the side that is wanted if it is ready, else what is heard now."""
        take = self._takes.get(self.wishes.side)
        if take is not None:
            goes_on = current is not None and current.take is take
            needed = FADE + 1 if goes_on else _START if current is None else _SWITCH
            if take.ready(frame, needed) >= needed:
                return self._source(take, self.wishes.side)
        if current is not None and current.take.ready(frame, FADE + 1) > FADE:
            return self._source(current.take, self._side_of(current.take))
        return None

    def _source(self, take: Take, side: Side) -> Source:
        decibels = self.gains[side] if self.gains and self.wishes.mix.matched else 0.0
        return Source(take, self.wishes.mix.levels(len(take.stems), decibels))

    def _side_of(self, take: Take) -> Side:
        """The side that a take is, or was, on."""
        known = [side for side, one in self._takes.items() if one is take]
        return known[0] if known else self.wishes.side

    def _steps(self, most: int) -> int:
        """How many frames may be played until something is to be decided."""
        at, loop = self.at, self.wishes.loop
        if at.parting is not None:
            most = min(most, FADE - at.faded)
        if at.source is None:
            return most
        steps = [at.source.take.ready(at.frame, most + FADE) - FADE]
        if loop and at.frame < loop[1]:
            steps.append(loop[1] - at.frame)
        else:
            steps += [take.frames - at.frame for take in self._takes.values() if at.frame < take.frames]
        return max(min(most, *steps), 1)

    def _pass(self, count: int) -> None:
        """Go on by frames that were read."""
        at, loop = self.at, self.wishes.loop
        if at.parting is not None:
            faded = at.faded + count
            at = replace(at, parting=None, faded=0) if faded >= FADE else replace(at, faded=faded)
        if (source := at.source) is not None:
            at = replace(at, frame=at.frame + count)
            if loop and at.frame == loop[1]:
                at = at.jumped(loop[0], source, self._desk.parting(at))
        self.at = at
