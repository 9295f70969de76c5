"""Where sound comes from: loads the SoundFont and opens the device in the pool, and knows why nothing can be heard."""

from __future__ import annotations

import threading
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from duv_studio.errors import DuvError
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.document.task_pool import TaskContext, Tasks
from duv_studio.ui.i18n import tr
from duv_studio.ui.playback.player_sound import load_sound
from duv_studio.ui.playback.sound import LoadSound, Sound, SoundRequest, Trouble

SOUND, DEVICES = "sound", "sound devices"  # kinds of tasks


class State(StrEnum):
    """How far sound has come."""

    ASLEEP = "asleep"  # nobody asked for it yet
    LOADING = "loading"
    READY = "ready"
    SILENT = "silent"  # nothing can be heard; `trouble` says why


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


class SoundSource(QObject):
    """One sound at a time, with the SoundFont and the device that were chosen."""

    changed = Signal()  # the state
    loaded = Signal(object)  # a Sound that no one was told of before
    ready = Signal()  # the sound can be heard, for the first time or again
    silent = Signal()  # nothing can be heard; `trouble` says why
    soundfont_changed = Signal()  # another one was chosen
    devices_changed = Signal()
    unexpected = Signal(object)  # an Exception that no one foresaw

    def __init__(self, tasks: Tasks, preferences: Preferences, load: LoadSound | None, parent: QObject) -> None:
        super().__init__(parent)
        self.tasks, self.preferences = tasks, preferences
        self.sound: Sound | None = None
        self.state = State.ASLEEP
        self.trouble: Trouble | None = None
        self.devices: tuple[str, ...] = ()  # what can be played on, as far as anyone has looked
        self._load, self._loading = load or load_sound, Loading()

    @property
    def request(self) -> SoundRequest:
        """Which SoundFont and which device were chosen."""
        font = self.preferences.text("sound/font")
        return SoundRequest(Path(font) if font else None, self.preferences.text("sound/device"))

    def choose_device(self, name: str) -> None:
        """Remember a device, "" for the system's default."""
        self.preferences.set_text("sound/device", name)

    def choose_soundfont(self, path: Path | None) -> None:
        """Remember a SoundFont, None for the shipped one."""
        self.preferences.set_text("sound/font", "" if path is None else str(path))
        self.soundfont_changed.emit()

    def load(self) -> None:
        """Read the SoundFont and open the device; what there was before has been closed."""
        request, load = self.request, self._load
        self._loading.give_up()
        self._loading = loading = Loading()
        self._enter(State.LOADING)

        def work(context: TaskContext) -> Sound:
            return loading.keep(load(request))

        self.tasks.start(SOUND, work, self._on_loaded, self._on_failed)

    def reopen(self) -> None:
        """Open the device again, or another one; where there is no sound yet, load it."""
        sound, device = self.sound, self.request.device
        if sound is None:
            self.load()
            return
        self._enter(State.LOADING)

        def work(context: TaskContext) -> Sound:
            sound.reopen(device)
            return sound

        self.tasks.start(SOUND, work, self._on_loaded, self._on_failed)

    def lose(self, trouble: Trouble) -> None:
        """The device went away."""
        self.trouble = trouble
        self._enter(State.SILENT)

    def close(self) -> None:
        """Let go of everything; `load` brings it back."""
        self.tasks.cancel(SOUND)
        self._loading.give_up()
        sound, self.sound = self.sound, None
        if sound is not None:
            sound.close()
        self._enter(State.ASLEEP)

    def look_for_devices(self) -> None:
        """Ask the system what can be played on; `devices_changed` tells when it has answered otherwise than before."""
        sound = self.sound
        if sound is not None and not self.tasks.running(DEVICES):

            def look(context: TaskContext) -> tuple[str, ...]:
                return tuple(sound.devices())

            self.tasks.start(DEVICES, look, self._on_devices, self._on_no_devices)

    def _on_loaded(self, sound: Sound) -> None:
        self._loading.hand_over()
        if self.sound is not sound:
            self.sound = sound
            self.loaded.emit(sound)
        self.trouble = sound.trouble
        self._enter(State.READY if self.trouble is None else State.SILENT)

    def _on_failed(self, error: Exception) -> None:
        title = tr("Nothing can be played")
        if isinstance(error, DuvError):
            self.trouble = Trouble(title, error.message, error.hint, error.file)
        else:
            self.trouble = Trouble(title, str(error))
            self.unexpected.emit(error)
        self._enter(State.SILENT)

    def _on_devices(self, names: tuple[str, ...]) -> None:
        if names != self.devices:
            self.devices = names
            self.devices_changed.emit()

    def _on_no_devices(self, error: Exception) -> None:
        self._on_devices(())

    def _enter(self, state: State) -> None:
        self.state = state
        if state is not State.SILENT:
            self.trouble = None
        self.changed.emit()
        if state is State.READY:
            self.ready.emit()
        elif state is State.SILENT:
            self.silent.emit()
