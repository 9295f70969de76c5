"""What is played and from where: keeps the wishes of the window, and the player in step with them once there is one."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from duv_studio.engine.midi.song import Song
from duv_studio.engine.music.family_overrides import with_families
from duv_studio.errors import DuvError
from duv_studio.ui.document.document import Document
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.document.task_pool import TaskContext, Tasks
from duv_studio.ui.document.throttle import Throttle
from duv_studio.ui.i18n import tr
from duv_studio.ui.playback.mixing import Mixing, is_same_song
from duv_studio.ui.playback.player_sound import load_sound
from duv_studio.ui.playback.sound import LoadSound, Side, Sound, SoundRequest, Trouble

SOUND, DEVICES = "sound", "sound devices"  # kinds of tasks
TICK_MS = 16
_TAKE_MS = 60  # a slider that is dragged makes a new take so often
_AT_END_S = 0.05
_TICKS_OF_GAIN = 15  # between two looks at what has been measured meanwhile


class State(StrEnum):
    """How far sound has come."""

    ASLEEP = "asleep"  # nobody asked for it yet
    LOADING = "loading"
    READY = "ready"
    SILENT = "silent"  # nothing can be heard; `trouble` says why


@dataclass(frozen=True)
class LoopRange:
    """Seconds that are played again and again while it `is_on`."""

    start: float
    stop: float
    is_on: bool = True


class Loading:
    """A sound on its way from the pool to the window; whoever no longer wants it need not wait until it is there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sound: Sound | None = None
        self._is_unwanted = False

    def keep(self, sound: Sound) -> Sound:
        """In the pool: it is there. Closes it if nobody wants it any more."""
        with self._lock:
            self._sound = sound
            is_unwanted = self._is_unwanted
        if is_unwanted:
            sound.close()
        return sound

    def hand_over(self) -> None:
        """The window has it, and will close it."""
        with self._lock:
            self._sound = None

    def give_up(self) -> None:
        """Nobody wants it: what is there is closed, and what still comes will be."""
        with self._lock:
            sound, self._sound = self._sound, None
            self._is_unwanted = True
        if sound is not None:
            sound.close()


class Playback(QObject):
    """The one state of playing. It can be asked anything before sound is loaded: what was asked then happens later."""

    changed = Signal()  # playing, waiting, side, loop, volume, same loudness, or whether there is sound
    moved = Signal(float)  # seconds: position, many times a second while it plays
    jumped = Signal()  # someone wants to hear another place
    refused = Signal()  # someone wants to hear what cannot be heard
    lost = Signal()  # the device went away while it played
    devices_changed = Signal()

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
        self.sound: Sound | None = None
        self._load, self._loading = load or load_sound, Loading()
        self._state, self._trouble = State.ASLEEP, None
        self._side, self._loop = Side.AFTER, None
        self._position, self._wants_to_play = 0.0, False
        self._volume = _share(preferences.text("sound/volume"), 1.0)
        self._matched = preferences.text("sound/matched") == "yes"
        self.devices: tuple[str, ...] = ()  # what can be played on, as far as anyone has looked
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

    _shown_gain: tuple[Side, float] | None
    _trouble: Trouble | None
    _loop: LoopRange | None

    # What is so

    @property
    def state(self) -> State:
        """How far sound has come."""
        return self._state

    @property
    def trouble(self) -> Trouble | None:
        """Why nothing can be heard."""
        return self._trouble

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
        if self._state is State.SILENT:
            self.try_again()  # it may have been connected meanwhile
        elif self._state is State.READY and self.sound is not None:
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

    # Loading

    @property
    def request(self) -> SoundRequest:
        """Which SoundFont and which device were chosen."""
        font = self.preferences.text("sound/font")
        return SoundRequest(Path(font) if font else None, self.preferences.text("sound/device"))

    def use_device(self, name: str) -> None:
        """Play on another device, "" for the system's default; what plays goes on there."""
        self.preferences.set_text("sound/device", name)
        if self.sound is not None:
            self.try_again()

    def use_soundfont(self, path: Path | None) -> None:
        """Play with the sounds of another file, None: those that are shipped."""
        self.preferences.set_text("sound/font", "" if path is None else str(path))
        if self._state is not State.ASLEEP:
            self.reload()

    def look_for_devices(self) -> None:
        """Ask the system what can be played on; `devices_changed` tells when it has answered."""
        sound = self.sound
        if sound is not None and not self.tasks.running(DEVICES):

            def look(context: TaskContext) -> tuple[str, ...]:
                return tuple(sound.devices())

            self.tasks.start(DEVICES, look, self._on_devices, self._on_no_devices)

    def _on_devices(self, names: tuple[str, ...]) -> None:
        if names != self.devices:
            self.devices = names
            self.devices_changed.emit()

    def _on_no_devices(self, error: Exception) -> None:
        self._on_devices(())

    def prepare(self) -> None:
        """Load sound, unless that has happened."""
        if self._state is State.ASLEEP:
            self._start_loading()

    def reload(self) -> None:
        """Load everything again: another SoundFont was chosen."""
        is_wanted = self._wants_to_play
        self._let_go()
        self._wants_to_play = is_wanted
        self._start_loading()

    def try_again(self) -> None:
        """Open the device again, or another one, and go on playing where it stopped."""
        sound, device = self.sound, self.request.device
        if sound is None:
            self._start_loading()
            return
        sound.stop()
        self._timer.stop()
        self._set_state(State.LOADING)

        def reopen(context: TaskContext) -> Sound:
            sound.reopen(device)
            return sound

        self.tasks.start(SOUND, reopen, self._on_loaded, self._on_failed)

    def _start_loading(self) -> None:
        request, load = self.request, self._load
        self._loading.give_up()
        self._loading = loading = Loading()
        self._set_state(State.LOADING)

        def work(context: TaskContext) -> Sound:
            return loading.keep(load(request))

        self.tasks.start(SOUND, work, self._on_loaded, self._on_failed)

    def _on_loaded(self, sound: Sound) -> None:
        self._loading.hand_over()
        is_new, self.sound = self.sound is not sound, sound
        if is_new:
            self._hand_over(sound)
        self._trouble = sound.trouble
        self._set_state(State.READY if self._trouble is None else State.SILENT)
        if self._wants_to_play and self._trouble is None:
            self._begin(sound)
        elif self._wants_to_play:
            self._wants_to_play = False
            self.refused.emit()
        self._tell()

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, DuvError):
            self._trouble = Trouble(tr("Nothing can be played"), error.message, error.hint, error.file)
        else:
            self._trouble = Trouble(tr("Nothing can be played"), str(error))
        was_wanted, self._wants_to_play = self._wants_to_play, False
        self._set_state(State.SILENT)
        if was_wanted:
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

    def _let_go(self) -> None:
        self.stop()
        self.tasks.cancel(SOUND)
        self._loading.give_up()
        sound, self.sound = self.sound, None
        if sound is not None:
            sound.close()

    def shut_down(self) -> None:
        """Stop, and let the device go."""
        self._let_go()
        self._state = State.ASLEEP

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
        self.moved.emit(self._position)
        if not sound.is_playing:  # the song is over
            self._wants_to_play = False
            self._timer.stop()
        self._tell_if_other()

    def _heard(self, sound: Sound) -> float:
        return min(max(sound.position, 0.0), self.length)

    def _on_lost(self, trouble: Trouble) -> None:
        self._trouble = trouble
        self.stop()
        self._set_state(State.SILENT)
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

    def _set_state(self, state: State) -> None:
        self._state = state
        if state is not State.SILENT:
            self._trouble = None
        self._tell()

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
