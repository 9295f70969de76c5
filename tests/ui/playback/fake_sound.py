"""Sound without a sound: remembers what it was told, and is where a test says that it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from duv_studio.engine.midi.song import Performance, Song
from duv_studio.ui.playback.sound import Side, Trouble


class FakeSound:
    """Plays when told to, and never on by itself."""

    def __init__(self) -> None:
        self.song: Song | None = None
        self.performance: Performance | None = None
        self.performances = 0
        self.programs: dict[int, int] = {}
        self.mix: tuple[tuple[float, ...], float, bool] = ((), 1.0, False)
        self.side = Side.AFTER
        self.loop: tuple[float, float] | None = None
        self.is_playing = self.is_waiting = False
        self.position, self.length = 0.0, 0.0
        self.match_gains: Mapping[Side, float] | None = None
        self.trouble: Trouble | None = None
        self.told: list[str] = []
        self.names: tuple[str, ...] = ("Speakers", "Headphones ヘッドホン")
        self.opened: list[str] = []
        self.trouble_after_reopen: Trouble | None = None
        self.is_closed = False
        self.keeps_time = False

    def set_song(self, song: Song | None) -> None:
        self.song, self.is_playing = song, False

    def set_performance(self, after: Performance | None, song: Song) -> None:
        self.performance = after
        self.performances += 1

    def set_programs(self, programs: Mapping[int, int]) -> None:
        self.programs = dict(programs)

    def set_mix(self, gains: Sequence[float], volume: float, matched: bool) -> None:
        self.mix = (tuple(gains), volume, matched)

    def play(self) -> None:
        self.told.append(f"play {self.position:.2f}")
        self.is_playing = True

    def stop(self) -> None:
        self.told.append("stop")
        self.is_playing = False

    def seek(self, seconds: float) -> None:
        self.position = seconds

    def show(self, side: Side) -> None:
        self.side = side

    def set_loop(self, loop: tuple[float, float] | None) -> None:
        self.loop = loop

    def keep_time(self, keep: bool) -> None:
        self.keeps_time = keep

    def devices(self) -> Sequence[str]:
        return self.names

    def reopen(self, device: str) -> None:
        self.opened.append(device)
        self.trouble = self.trouble_after_reopen

    def close(self) -> None:
        self.is_closed = True
