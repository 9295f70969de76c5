"""Where the velocities of a track lead: those of its draw, as a whole within the range."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from duv_studio.engine.midi.events import frozen
from duv_studio.engine.midi.song import FloatArray, IntArray
from duv_studio.engine.model.prediction import TrackDraw
from duv_studio.engine.performance.velocity_range import (
    HIGHEST,
    LOWEST,
    UNTOUCHED,
    Room,
    fit_into_range,
    velocity_range,
)


@dataclass(frozen=True)
class Aim:
    """Velocities (n,) that a track leads to at full strength, and what gave way to make room for them."""

    velocity: FloatArray
    room: Room = UNTOUCHED

    def blended(self, written: IntArray, strength: float) -> tuple[FloatArray, Room]:
        """The velocities (n,) at a strength of 0..1, and what gave way so far."""
        share = min(strength, 1.0)
        wanted = written + share * (self.velocity - written)
        return wanted, Room(share * self.room.shift, 1 + share * (self.room.spread - 1))


def aim_of(written: IntArray, draw: TrackDraw, strength: float, louder: float) -> Aim:
    """The aim of a draw for a track; a strength above 1 leads beyond it, `louder` moves its level.

    Remembered as long as the draw lives: below 1, a moving slider changes nothing of it.
    """
    beyond = max(strength, 1.0)
    known = _remembered.setdefault(draw, {})
    found = known.get((beyond, louder))
    if found is None or found[0] is not written:
        if len(known) >= _MOST_REMEMBERED:
            known.clear()
        found = known[beyond, louder] = written, _work_out(written, draw, beyond, louder)
    return found[1]


_MOST_REMEMBERED = 4  # of a draw: the sliders of intensity and level pass through many
_remembered: WeakKeyDictionary[TrackDraw, dict[tuple[float, float], tuple[IntArray, Aim]]] = WeakKeyDictionary()


def _work_out(written: IntArray, draw: TrackDraw, beyond: float, louder: float) -> Aim:
    """Between the file and a draw that fits everything fits; what goes beyond the draw is fitted where it arrives."""
    piece = np.zeros(len(written), np.int64) if draw.piece is None else draw.piece
    moved = piece >= 0
    velocity, drawn = written.astype(np.float64), draw.velocity[moved]
    if not len(drawn):
        return Aim(velocity)
    before = velocity[moved]
    level = np.full(len(drawn), before.mean()) if draw.level is None else draw.level[moved]
    wanted, room = before + beyond * (drawn + louder - before), UNTOUCHED
    if wanted.max() > HIGHEST or wanted.min() < LOWEST:
        wanted, room = fit_into_range(wanted, level + beyond * louder, piece[moved], *velocity_range(before))
    velocity[moved] = wanted
    return Aim(frozen(velocity), room)
