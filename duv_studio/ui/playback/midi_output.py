"""MIDI out as the window has it: which port is chosen, and what is to be played on it; loaded when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from duv_studio.engine.midi.song import Performance, Song
from duv_studio.ui.document.task_pool import TaskContext
from duv_studio.ui.document.throttle import Throttle
from duv_studio.ui.playback.controller import Playback
from duv_studio.ui.playback.sound import Side

if TYPE_CHECKING:
    from duv_studio.sound.midi_out.midi_out import MidiOut
    from duv_studio.sound.midi_out.ports import Ports
    from duv_studio.sound.midi_out.score import MidiScore
    from duv_studio.sound.midi_out.status import MidiStatus
    from duv_studio.sound.output.feeder import Stretch

PORT, PORTS, SCORE = "midi port", "midi ports", "midi score"  # kinds of tasks
_CHOSEN = "sound/midi_port"
_SCORE_MS = 200  # a slider that is dragged makes new messages so often


class MidiOutput(QObject):
    """Keeps a port in step with the playback: song, side, performance, mute and solo. Play, stop and seek it sees."""

    changed = Signal()  # the ports that there are, or the one that is played on
    troubled = Signal(object)  # a MidiStatus that says why nothing is sent any more
    _told = Signal(object)

    def __init__(self, playback: Playback, ports: Ports | None = None, parent: QObject | None = None) -> None:
        """`ports` are those of the system, unless a test brings its own."""
        super().__init__(parent)
        self.playback, self.ports = playback, ()
        self.why_none = ""  # why there are no ports
        self.out: MidiOut | None = None
        self._system = ports
        self._scores: dict[Side, MidiScore] = {}
        self._scored: Song | None = None  # whose scores they are
        self._sent: MidiScore | None = None
        self._scoring = Throttle(_SCORE_MS, self._make_scores, self)
        self._told.connect(self._on_told)
        playback.source.ready.connect(self._open_chosen)
        playback.source.loaded.connect(self._keep_time)
        playback.source.silent.connect(self._open_chosen)
        playback.changed.connect(self._show_side)
        playback.mixing.changed.connect(self._mix)
        playback.document.song_changed.connect(self._on_song)
        playback.document.performance_changed.connect(self._on_performance)

    ports: tuple[str, ...]

    @property
    def chosen(self) -> str:
        """The port that is to be played on, whether it is there or not; "" is none."""
        return self.playback.preferences.text(_CHOSEN)

    @property
    def is_open(self) -> bool:
        """Whether messages are sent."""
        return self.out is not None and self.out.status.is_ready

    def look_for_ports(self) -> None:
        """Ask the system which there are; `changed` tells when it has answered."""
        system = self._system
        if not self.playback.tasks.running(PORTS):

            def look(context: TaskContext) -> tuple[tuple[str, ...], str]:
                from duv_studio.sound.midi_out.ports import SystemPorts

                found = system or SystemPorts()
                names = found.names()
                return names, "" if names or not isinstance(found, SystemPorts) else found.why_none().sentence

            self.playback.tasks.start(PORTS, look, self._on_ports, self._on_failed)

    def use_port(self, name: str) -> None:
        """Play on a port from now on, and the next time; "" on none."""
        self.playback.preferences.set_text(_CHOSEN, name)
        if name:
            self._open(name)
        elif self.out is not None:
            self.out.close_port()
            self._keep_time()
            self.changed.emit()

    def panic(self) -> None:
        """Silence everything that may sound on the port."""
        if self.out is not None:
            self.out.panic()

    def shut_down(self) -> None:
        """End all notes, and let the port go."""
        for kind in (PORT, PORTS, SCORE):
            self.playback.tasks.cancel(kind)
        out, self.out = self.out, None
        if out is not None:
            out.close()

    def stretches(self) -> tuple[Stretch, ...]:
        """For MidiOut, in its thread: where the song is."""
        feeder = getattr(self.playback.source.sound, "feeder", None)
        return () if feeder is None else feeder.stretches()

    # The port

    def _open(self, name: str) -> None:
        if self.out is None:
            from duv_studio.sound.midi_out.midi_out import MidiOut

            self.out = MidiOut(self, ports=self._system, told=self._told.emit)
            self.out.start()
        out = self.out

        def work(context: TaskContext) -> MidiStatus:
            return out.open(name)

        self.playback.tasks.start(PORT, work, self._on_open, self._on_failed)

    def _on_open(self, status: MidiStatus) -> None:
        self._keep_time()
        self._on_song()
        self._mix()
        if status.is_ready and self.playback.trouble is not None:
            self.playback.try_again()  # what has no device to be heard on can be played on the port
        self.changed.emit()

    def _on_told(self, status: MidiStatus) -> None:
        if status.why:
            self.troubled.emit(status)
        self._keep_time()
        self.changed.emit()

    def _on_ports(self, found: tuple[tuple[str, ...], str]) -> None:
        self.ports, self.why_none = found
        self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self.playback.source.unexpected.emit(error)

    def _open_chosen(self) -> None:
        """The port of the last time is opened when something can be played, or when nothing can be heard but on it."""
        if self.out is None and self.chosen:
            self._open(self.chosen)

    def _keep_time(self, _sound: Any = None) -> None:
        sound = self.playback.source.sound
        if sound is not None:
            sound.keep_time(self.is_open)

    # What is played

    def _on_song(self) -> None:
        song = self.playback.document.song
        if self.out is not None:
            if song is not self._scored:
                self._scores, self._scored, self._sent = {}, None, None
                self.out.set_song(None)
            self._scoring.call()

    def _on_performance(self) -> None:
        if self.out is not None:
            self._scoring.call()

    def _make_scores(self) -> None:
        document, known = self.playback.document, self._scores.get(Side.BEFORE)
        song, performance = document.song, document.performance
        if song is None:
            return
        before = known if song is self._scored else None

        def work(context: TaskContext) -> tuple[Song, dict[Side, MidiScore]]:
            return song, _scores(song, performance, before)

        self.playback.tasks.start(SCORE, work, self._on_scores, self._on_failed)

    def _on_scores(self, made: tuple[Song, dict[Side, MidiScore]]) -> None:
        song, scores = made
        if song is self.playback.document.song:
            self._scored, self._scores = song, scores
            self._show_side()

    def _show_side(self) -> None:
        score = self._scores.get(self.playback.side)
        if self.out is None or score is None or score is self._sent:
            return
        if self._sent is None:
            self.out.set_song(score)
        else:
            self.out.set_score(score)
        self._sent = score

    def _mix(self) -> None:
        if self.out is not None:
            gains = self.playback.mixing.gains()
            self.out.set_audible(frozenset(track for track, gain in enumerate(gains) if gain > 0))


def _scores(song: Song, performance: Performance | None, before: MidiScore | None) -> dict[Side, MidiScore]:
    from duv_studio.sound.midi_out.score import midi_score

    before = before or midi_score(song, None)
    return {Side.BEFORE: before, Side.AFTER: before if performance is None else midi_score(song, performance)}
