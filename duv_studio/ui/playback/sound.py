"""What the window asks of sound, and why there may be none: a narrow door to duv_studio.sound, which is loaded late."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from duv_studio.engine.midi.song import Performance, Song


class Side(StrEnum):
    """Which of the two performances is heard; named as the player names them."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Trouble:
    """Why nothing can be heard, and what to do about it, as sentences."""

    title: str
    text: str
    hint: str = ""
    file: Path | None = None


@dataclass(frozen=True)
class SoundRequest:
    """What is to be loaded: a SoundFont, None for the shipped one, and a device, "" for the system's default."""

    soundfont: Path | None = None
    device: str = ""


class Sound(Protocol):
    """A player with its way out. Every method returns at once; times are seconds from the start of the song."""

    def set_song(self, song: Song | None) -> None:
        """Play another song from its start; what played stops."""

    def set_performance(self, after: Performance | None, song: Song) -> None:
        """Let the after side be played so; `song` has the families that the user chose."""

    def set_programs(self, programs: Mapping[int, int]) -> None:
        """Let other instruments play: Song.tracks index -> program."""

    def set_mix(self, gains: Sequence[float], volume: float, matched: bool) -> None:
        """How loud each track is (linear), and all of them; `matched`: both sides equally loud."""

    def play(self) -> None:
        """Play on from where it is."""

    def stop(self) -> None:
        """Be silent."""

    def seek(self, seconds: float) -> None:
        """Go to another place, playing or not."""

    def show(self, side: Side) -> None:
        """Let one side be heard."""

    def set_loop(self, loop: tuple[float, float] | None) -> None:
        """Play a part again and again, None: no longer."""

    @property
    def is_playing(self) -> bool:
        """Whether it plays or is about to."""

    @property
    def is_waiting(self) -> bool:
        """Whether it would play, but is not rendered yet."""

    @property
    def position(self) -> float:
        """What is heard now."""

    @property
    def length(self) -> float:
        """Until the last note has died away."""

    @property
    def match_gains(self) -> Mapping[Side, float] | None:
        """Decibels by which each side is made softer to be as loud as the other; None while they are measured."""

    @property
    def trouble(self) -> Trouble | None:
        """Why nothing can be heard: no device, or one that was lost."""

    def keep_time(self, keep: bool) -> None:
        """Go on without a device, unheard, while something else plays along."""

    def devices(self) -> Sequence[str]:
        """Names of what can be played on."""

    def reopen(self, device: str) -> None:
        """Open a device again, or another one; takes a while, so not in the thread of the window."""

    def close(self) -> None:
        """Let go of everything."""


LoadSound = Callable[[SoundRequest], Sound]
