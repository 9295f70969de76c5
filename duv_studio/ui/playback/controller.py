"""What is played and from where: keeps the wishes of the window, and the player in step with them once there is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from duv_studio.engine.midi.song import Song
from duv_studio.engine.music.family_overrides import with_families
from duv_studio.ui.document.document import Document
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.document.task_pool import Tasks
from duv_studio.ui.document.throttle import Throttle
from duv_studio.ui.playback.mixing import Mixing, is_same_song
from duv_studio.ui.playback.sound import LoadSound, Side, Sound, Trouble
from duv_studio.ui.playback.source import SoundSource, State

TICK_MS = 16
_TAKE_MS = 60  # a slider that is dragged makes a new take so often
_AT_END_S = 0.05
_UNDER_WAY_S = 1.0  # more than is ever on its way to the ears when the last frame has been played
_TICKS_OF_GAIN = 15  # between two looks at what has been measured meanwhile


@dataclass(frozen=True)
class LoopRange:
    """Seconds that are played again and again while it `is_on`."""

    start: float
    stop: float
    is_on: bool = True


class Playback(QObject):
    """The one state of playing. It can be asked anything before sound is loaded: what was asked then happens later."""

    changed = Signal()  # playing, waiting, side, loop, volume, same loudness, or whether there is sound
    moved = Signal(float)  # seconds: position, many times a second while it plays
    jumped = Signal()  # someone wants to hear another place
    refused = Signal()  # someone wants to hear what cannot be heard
    lost = Signal()  # the device went away while it played

    def __init__(
        self,
        document: Document,
        tasks: Tasks,
        preferences: Preferences,
        load: LoadSound | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.document, self.tasks, self.preferences = document, tasks, preferences
        self.mixing = Mixing(document, self)
        self.source = SoundSource(tasks, preferences, load, self)
        self._side, self._loop = Side.AFTER, None
        self._position, self._wants_to_play = 0.0, False
        self._volume = _share(preferences.text("sound/volume"), 1.0)
        self._matched = preferences.text("sound/matched") == "yes"
        self._shown, self._shown_gain, self._ticks = (False, False), None, 0
        self._song: Song | None = None
        self._taking = Throttle(_TAKE_MS, self._take, self)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._look)
        document.song_changed.connect(self._on_song)
        document.performance_changed.connect(self._taking.call)
        self.mixing.changed.connect(self._mix)
        self.mixing.programs_changed.connect(self._set_programs)
        self.source.loaded.connect(self._hand_over)
        self.source.changed.connect(self._tell)
        self.source.ready.connect(self._on_ready)
        self.source.silent.connect(self._on_silent)

    _shown_gain: tuple[Side, float] | None
    _loop: LoopRange | None

    # What is so

    @property
    def sound(self) -> Sound | None:
        """The player, once it is loaded."""
        return self.source.sound

    @property
    def state(self) -> State:
        """How far sound has come."""
        return self.source.state

    @property
    def trouble(self) -> Trouble | None:
        """Why nothing can be heard."""
        return self.source.trouble

    @property
    def is_playing(self) -> bool:
        """Whether it plays, or will as soon as it can."""
        return self._wants_to_play

    @property
    def is_waiting(self) -> bool:
        """Whether someone pressed Play and nothing is heard yet: sound is being loaded, or rendered."""
        return self._wants_to_play and (self.sound is None or self.sound.is_waiting)

    @property
    def side(self) -> Side:
        """Which performance is heard."""
        return self._side

    @property
    def position(self) -> float:
        """Seconds from the start of the song: what is heard, or will be."""
        return self._position

    @property
    def length(self) -> float:
        """Seconds until the song has died away; until its last event while no one knows better."""
        song = self.document.song
        if song is None:
            return 0.0
        return max(self.sound.length if self.sound else 0.0, float(song.tempo.seconds(song.end_tick)))

    @property
    def loop(self) -> LoopRange | None:
        """What is played again and again."""
        return self._loop

    @property
    def volume(self) -> float:
        """Of everything, 0..1 and linear."""
        return self._volume

    @property
    def matched(self) -> bool:
        """Whether both sides are made equally loud."""
        return self._matched

    @property
    def match_gain(self) -> tuple[Side, float] | None:
        """The side that is made softer to be as loud as the other, and by how many decibels; None: not measured."""
        gains = self.sound.match_gains if self.sound is not None else None
        if not gains:
            return None
        side = min(gains, key=lambda side: gains[side])
        return side, gains[side]

    # Wishes

    def toggle(self) -> None:
        """Play, or stop."""
        (self.stop if self._wants_to_play else self.play)()

    def play(self) -> None:
        """Play from the present position; loads sound first where that has not happened."""
        if self.document.song is None:
            return
        self._wants_to_play = True
        if self.state is State.SILENT:
            self.try_again()  # it may have been connected meanwhile
        elif self.state is State.READY and self.sound is not None:
            self._begin(self.sound)
        else:
            self.prepare()
        self._tell()

    def stop(self) -> None:
        """Be silent, and stay where it was heard last."""
        self._wants_to_play = False
        self._timer.stop()
        if self.sound is not None:
            self._position = self._heard(self.sound)
            self.sound.stop()
        self._tell()

    def seek(self, seconds: float) -> None:
        """Go to another place, and play on there if it plays."""
        self._position = min(max(seconds, 0.0), self.length)
        if self.sound is not None:
            self.sound.seek(self._position)
        self.moved.emit(self._position)
        self.jumped.emit()

    def panic(self) -> None:
        """Stop, and let nothing sound on."""
        self.stop()

    def rewind(self) -> None:
        """Go to the start of the song."""
        self.seek(0.0)

    def show(self, side: Side) -> None:
        """Let one side be heard, at the same position."""
        if side is not self._side:
            self._side = side
            if self.sound is not None:
                self.sound.show(side)
            self._tell()

    def set_loop(self, loop: LoopRange | None) -> None:
        """Play a part again and again; what plays elsewhere goes there at once."""
        self._loop = loop
        if self.sound is not None:
            self.sound.set_loop(_on(loop))
        if self._wants_to_play and not self._is_within_loop(self._position):
            self.seek(_start(loop))
        self._tell()

    def toggle_loop(self) -> None:
        """Switch the loop on or off; where there is none, loop the whole song."""
        loop = self._loop
        if loop is None:
            whole = self.length
            self.set_loop(LoopRange(0.0, whole) if whole > 0 else None)
        else:
            self.set_loop(replace(loop, is_on=not loop.is_on))

    def set_volume(self, volume: float) -> None:
        """Make everything louder or softer, 0..1."""
        self._volume = min(max(volume, 0.0), 1.0)
        self.preferences.set_text("sound/volume", f"{self._volume:.4f}")
        self._mix()
        self._tell()

    def set_matched(self, matched: bool) -> None:
        """Make both sides equally loud, or let them be as they are."""
        self._matched = matched
        self.preferences.set_text("sound/matched", "yes" if matched else "no")
        self._mix()
        self._tell()

    # Sound

    def prepare(self) -> None:
        """Load sound, unless that has happened."""
        if self.state is State.ASLEEP:
            self.source.load()

    def try_again(self) -> None:
        """Open the device again, and go on playing where it stopped."""
        if self.sound is not None:
            self.sound.stop()
        self._timer.stop()
        self.source.reopen()

    def use_device(self, name: str) -> None:
        """Play on another device, "" for the system's default; what plays goes on there."""
        self.source.choose_device(name)
        if self.sound is not None:
            self.try_again()

    def use_soundfont(self, path: Path | None) -> None:
        """Play with the sounds of another file, None: those that are shipped."""
        self.source.choose_soundfont(path)
        if self.state is not State.ASLEEP:
            is_wanted = self._wants_to_play
            self.shut_down()
            self._wants_to_play = is_wanted
            self.source.load()

    def shut_down(self) -> None:
        """Stop, and let the device go."""
        self.stop()
        self.source.close()

    def _on_ready(self) -> None:
        if self._wants_to_play and self.sound is not None:
            self._begin(self.sound)
            self._tell()

    def _on_silent(self) -> None:
        if self._wants_to_play:
            self._wants_to_play = False
            self._tell()
            self.refused.emit()

    def _hand_over(self, sound: Sound) -> None:
        """Tell a player that is new all that was chosen."""
        sound.set_song(self.document.song)
        sound.set_programs(self.mixing.programs())
        self._mix()
        self._take()
        sound.show(self._side)
        sound.set_loop(_on(self._loop))
        sound.seek(self._position)

    # Keeping in step

    def _begin(self, sound: Sound) -> None:
        at = self._position
        if not self._is_within_loop(at):
            at = _start(self._loop)
        elif at >= self.length - _AT_END_S:
            at = 0.0
        sound.seek(at)
        sound.play()
        self._position = at
        self.jumped.emit()
        self._timer.start()

    def _look(self) -> None:
        sound = self.sound
        if sound is None:
            return
        if sound.trouble is not None:
            self._on_lost(sound.trouble)
            return
        self._position = self._heard(sound)
        if not sound.is_playing:  # the song is over
            self._wants_to_play = False
            self._timer.stop()
            if self._position > self.length - _UNDER_WAY_S:
                self._position = self.length  # where it was heard last would be a little before, to play on from
        self.moved.emit(self._position)
        self._tell_if_other()

    def _heard(self, sound: Sound) -> float:
        return min(max(sound.position, 0.0), self.length)

    def _on_lost(self, trouble: Trouble) -> None:
        self.stop()
        self.source.lose(trouble)
        self.lost.emit()

    def _on_song(self) -> None:
        song = self.document.song
        is_same, self._song = is_same_song(self._song, song), song
        self.stop()
        if not is_same:
            self._position, self._loop = 0.0, None
        if self.sound is not None:
            self._hand_over(self.sound)
        self.moved.emit(self._position)
        self._tell()

    def _take(self) -> None:
        song = self.document.song
        if self.sound is not None and song is not None:
            families = with_families(song, self.document.settings.track_family)
            self.sound.set_performance(self.document.performance, families)

    def _mix(self) -> None:
        if self.sound is not None:
            self.sound.set_mix(self.mixing.gains(), self._volume, self._matched)

    def _set_programs(self) -> None:
        if self.sound is not None:
            self.sound.set_programs(self.mixing.programs())

    def _is_within_loop(self, seconds: float) -> bool:
        loop = self._loop
        return loop is None or not loop.is_on or loop.start <= seconds < loop.stop

    def _tell_if_other(self) -> None:
        if (self.is_playing, self.is_waiting) != self._shown or self._has_other_gain():
            self._tell()

    def _has_other_gain(self) -> bool:
        self._ticks += 1
        return self._ticks % _TICKS_OF_GAIN == 0 and self.match_gain != self._shown_gain

    def _tell(self) -> None:
        self._shown, self._shown_gain = (self.is_playing, self.is_waiting), self.match_gain
        self.changed.emit()


def _on(loop: LoopRange | None) -> tuple[float, float] | None:
    return (loop.start, loop.stop) if loop is not None and loop.is_on else None


def _start(loop: LoopRange | None) -> float:
    return 0.0 if loop is None else loop.start


def _share(text: str, default: float) -> float:
    try:
        share = float(text)
    except ValueError:
        return default
    return min(max(share, 0.0), 1.0) if share == share else default
