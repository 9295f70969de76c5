"""The player, its feeder and its output as one thing for the window; imports them only when it is asked to load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from duv_studio.engine.midi.song import Performance, Song
from duv_studio.ui.i18n import tr
from duv_studio.ui.playback.sound import Side, Sound, SoundRequest, Trouble

if TYPE_CHECKING:
    from duv_studio.sound.output.feeder import Feeder
    from duv_studio.sound.output.output import Output
    from duv_studio.sound.player.player import Player


def load_sound(request: SoundRequest) -> Sound:
    """Read the SoundFont and open the device; DuvError where there is no SoundFont. Takes a while: in the pool."""
    from duv_studio.sound.output.device_output import DeviceOutput
    from duv_studio.sound.output.output_or_clock import OutputOrClock
    from duv_studio.sound.player.player import Player
    from duv_studio.sound.soundfont.bank import SoundFont
    from duv_studio.sound.soundfont.find import chosen_soundfont

    soundfont = SoundFont.open(chosen_soundfont(request.soundfont))
    output = OutputOrClock(DeviceOutput(request.device))
    output.open()
    return PlayerSound(Player(soundfont), output)


class PlayerSound:
    """Owns all three."""

    def __init__(self, player: Player, output: Output, *, threaded: bool = True) -> None:
        """Without a thread, `feeder.step` feeds the output."""
        from duv_studio.sound.output.feeder import Feeder

        self.player, self.output = player, output
        self.feeder: Feeder = Feeder(player, output)
        if threaded:
            self.feeder.start()

    def set_song(self, song: Song | None) -> None:
        self.player.set_song(song)
        self.feeder.wake()

    def set_performance(self, after: Performance | None, song: Song) -> None:
        self.player.set_performance(after, song)

    def set_programs(self, programs: Mapping[int, int]) -> None:
        from duv_studio.sound.schedule.listening import Listening

        self.player.set_listening(Listening(programs=dict(programs)))

    def set_mix(self, gains: Sequence[float], volume: float, matched: bool) -> None:
        from duv_studio.sound.player.player import Mix

        self.player.set_mix(Mix(gain=tuple(gains), volume=volume, matched=matched))
        self.feeder.wake()

    def play(self) -> None:
        self.player.play()
        self.feeder.wake()

    def stop(self) -> None:
        self.player.stop()
        self.feeder.wake()

    def seek(self, seconds: float) -> None:
        self.player.seek(seconds)
        self.feeder.wake()

    def show(self, side: Side) -> None:
        from duv_studio.sound.player.player import Side as Played

        self.player.show(Played(side.value))
        self.feeder.wake()

    def set_loop(self, loop: tuple[float, float] | None) -> None:
        self.player.set_loop(loop)
        self.feeder.wake()

    @property
    def is_playing(self) -> bool:
        return self.player.is_playing

    @property
    def is_waiting(self) -> bool:
        return self.player.is_waiting

    @property
    def position(self) -> float:
        return self.feeder.heard_position()

    @property
    def length(self) -> float:
        return self.player.length

    @property
    def match_gains(self) -> Mapping[Side, float] | None:
        gains = self.player.match_gain
        return None if gains is None else {Side(side.value): gain for side, gain in gains.items()}

    @property
    def trouble(self) -> Trouble | None:
        status, error = self.output.status, self.player.trouble
        if error is not None:
            return Trouble(tr("Nothing can be played"), error.message, error.hint, error.file)
        return None if status.is_ready else Trouble(tr("Nothing can be heard"), status.why, status.hint)

    def keep_time(self, keep: bool) -> None:
        if hasattr(self.output, "keeps_time"):
            self.output.keeps_time = keep

    def devices(self) -> Sequence[str]:
        find = getattr(self.output, "devices", None)
        return () if find is None else tuple(find())

    def reopen(self, device: str) -> None:
        reopen = getattr(self.output, "reopen", None)
        if reopen is None:
            self.output.open()
        else:
            reopen(device)

    def close(self) -> None:
        self.output.close()  # first: it may be waiting for an answer, and the feeder with it
        self.feeder.close()
        self.player.close()
