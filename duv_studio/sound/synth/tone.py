"""What decides how one note sounds."""

from __future__ import annotations

import math
from dataclasses import dataclass

_SHORTEST = 0.01  # seconds that a note is held at least, as FluidSynth has it, lest drum hits of one tick are lost
_LONGEST = 1_200.0  # seconds that a note is held at most: nobody waits for what a forgotten pedal holds longer


@dataclass(frozen=True)
class Curve:
    """Values over time, (seconds since note-on, value) by rising time: each holds to the next; 0 before the first."""

    points: tuple[tuple[float, float], ...] = ()


NO_CURVE = Curve()


@dataclass(frozen=True)
class Tone:
    """A note for the synthesizer. `length` is the seconds until its key, or the pedal that holds it, lets go.

    `bank` 128 holds the drum kits. `controllers` are (controller, value 0..127) at note-on, as far as
    `Synth.listens_to` asks for them. `bend` is in semitones; `wheel` 0..1 is how far the modulation wheel
    (controller 1) is turned.
    """

    bank: int
    program: int
    key: int
    velocity: int
    length: float
    controllers: tuple[tuple[int, int], ...] = ()
    bend: Curve = NO_CURVE
    wheel: Curve = NO_CURVE

    def __post_init__(self) -> None:
        if not (0 <= self.key <= 127 and 1 <= self.velocity <= 127 and self.length >= 0 and math.isfinite(self.length)):
            raise ValueError(f"no such note: key {self.key}, velocity {self.velocity}, length {self.length} s")

    @property
    def held(self) -> float:
        """Seconds that it is held, within what is bearable."""
        return min(max(self.length, _SHORTEST), _LONGEST)
