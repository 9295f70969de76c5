"""How the tracks are mixed, and which side of a song is heard."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """A song as its file has it, and as it is played now."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Mix:
    """Linear gains, mute and solo already in them."""

    gain: tuple[float, ...] = ()  # per Song.tracks; tracks beyond its end have 1.0
    volume: float = 1.0  # of all
    matched: bool = False  # the louder side is lowered to the loudness of the other

    def levels(self, tracks: int, decibels: float = 0.0) -> tuple[float, ...]:
        """The gain of each of so many tracks, with the volume and so many dB more."""
        factor = self.volume * 10 ** (decibels / 20)
        return tuple(factor * gain for gain in (self.gain + (1.0,) * tracks)[:tracks])
