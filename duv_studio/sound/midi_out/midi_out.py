"""Plays along with the sound on MIDI ports: a thread that sends every message when its place of the song is heard."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from duv_studio.sound.midi_out.performer import Performer
from duv_studio.sound.midi_out.ports import NoPort, Port, Ports, SystemPorts
from duv_studio.sound.midi_out.score import MidiScore
from duv_studio.sound.midi_out.status import CLOSED, MidiStatus, lost, ready
from duv_studio.sound.pacer import Pacer

_LOOK_S = 0.01  # between two looks at where the song is
_IDLE_S = 0.02  # while it is nowhere
_PLUGS_S = 2.0  # between two looks at whether the ports are still there
_JUMP_S = 0.03  # a deviation from where the song was expected that is no jitter
_LATE_S = 0.1  # by how much later it may be noticed that the song begins
_SEAM_S = 0.001  # before a seam of a loop, what stands at its end belongs to what comes after it


class Moves(Protocol):
    """From one moment of the clock to another the song moves evenly, from `position` seconds on."""

    @property
    def start(self) -> float: ...

    @property
    def stop(self) -> float: ...

    @property
    def position(self) -> float: ...


class Timeline(Protocol):
    """Where the song is: `sound.output.feeder` knows it."""

    def stretches(self) -> Sequence[Moves]:
        """In order, from a moment ago to as far as is known; () while nothing plays."""
        ...


class MidiOut:
    """Sends the score of what is heard to ports, as long as one is open.

    `told` is called, in the thread of whoever finds out, with every new status. All methods may be called from any
    thread. Times are those of `now`, the clock of the timeline; `offset` seconds more send everything later.
    """

    def __init__(
        self,
        timeline: Timeline,
        *,
        ports: Ports | None = None,
        now: Callable[[], float] = time.perf_counter,
        told: Callable[[MidiStatus], None] | None = None,
    ) -> None:
        self.offset = 0.0
        self._timeline, self._now, self._told = timeline, now, told
        self._ports: Ports = ports or SystemPorts()
        self._open: list[Port] = []
        self._names: tuple[str, ...] = ()
        self._status = CLOSED
        self._performer = Performer(self._send)
        self._score: MidiScore | None = None
        self._audible: frozenset[int] | None = None
        self._position: float | None = None  # up to which the song was sent; None while it is not playing
        self._moment = now()  # up to which the timeline was followed
        self._looked = now()
        self._lock = threading.RLock()  # one message after the other
        self._pacer = Pacer("midi out", self.step)

    @property
    def status(self) -> MidiStatus:
        return self._status

    def names(self) -> tuple[str, ...]:
        """The ports that there are now."""
        return self._ports.names()

    def open(self, *names: str) -> MidiStatus:
        """Play on ports from now on, given by their names; on several where a song has ports of its own."""
        with self._lock:
            self._close_ports()
            if self._pacer.is_over:
                return self._status
            opened: list[Port] = []
            try:
                for name in names:
                    opened.append(self._ports.open(name))
            except NoPort as none:
                for port in opened:
                    port.close()
                self._take_status(none.status)
            else:
                self._open, self._names, self._looked = opened, names, self._now()
                self._take_status(ready(", ".join(names)) if names else CLOSED)
        self._pacer.wake()
        return self._status

    def close_port(self) -> None:
        """End all notes, and play on no port any more."""
        with self._lock:
            self._close_ports()
            self._take_status(CLOSED)

    def set_song(self, score: MidiScore | None) -> None:
        """Another song."""
        with self._lock:
            self._performer.take_song(score, self._audible)
            self._score, self._position = score, None

    def set_score(self, score: MidiScore) -> None:
        """The same song, played otherwise: the other side, or a new performance."""
        with self._lock:
            self._score = score
            self._change()

    def set_audible(self, tracks: frozenset[int] | None) -> None:
        """The tracks that are neither muted nor outside of a solo; None: all."""
        with self._lock:
            self._audible = tracks
            self._change()

    def panic(self) -> None:
        """Silence everything that may sound on the ports."""
        with self._lock:
            self._performer.panic(len(self._open))

    def start(self) -> None:
        """Begin to follow the song."""
        self._pacer.start()

    def close(self) -> None:
        """End all notes, and be gone."""
        self._pacer.close()
        self.close_port()

    def step(self) -> float:
        """Send all that is due; for how many seconds nothing is. The thread does this again and again."""
        with self._lock:
            now = self._now()
            self._look_at_plugs(now)
            if not self._open:
                self._position, self._moment = None, now - self.offset
                return _IDLE_S
            return self._follow(now - self.offset)

    def _follow(self, now: float) -> float:
        due, plays = now + _LOOK_S, False
        stretches = self._timeline.stretches()
        for stretch, following in zip(stretches, [*stretches[1:], None], strict=False):
            begin = self._beginning(stretch)
            if begin > now:
                due = min(due, begin)
                break
            if stretch.stop > begin:
                self._go_along(stretch, begin, min(now, stretch.stop), following is not None)
            if stretch.stop > now:
                plays = True
                due = min(due, self._next_due(stretch, following is not None))
                break
        self._moment = now
        if not plays and self._position is not None:
            self._performer.stop()
            self._position = None
        return max(0.0, due - now) if plays or stretches else _IDLE_S

    def _beginning(self, stretch: Moves) -> float:
        """From when on a stretch is followed: where the song has just begun, from its first note on."""
        is_new = self._position is None and 0 <= self._moment - stretch.start < _LATE_S
        return stretch.start if is_new else max(stretch.start, self._moment)

    def _go_along(self, stretch: Moves, begin: float, end: float, has_seam: bool) -> None:
        place = stretch.position + begin - stretch.start
        if self._position is None or abs(place - self._position) > _JUMP_S:
            self._performer.begin(place - _SEAM_S if begin == stretch.start else place)
            self._position = place
        reached = stretch.position + end - stretch.start
        if reached > self._position:  # else the clock was set back a little
            last = stretch.position + stretch.stop - stretch.start
            self._performer.play_until(min(reached, last - _SEAM_S) if has_seam else reached)
            self._position = reached

    def _next_due(self, stretch: Moves, has_seam: bool) -> float:
        following = self._performer.next_seconds
        due = stretch.stop if following is None else stretch.start + following - stretch.position
        return due if due < stretch.stop - _SEAM_S * has_seam else stretch.stop

    def _change(self) -> None:
        if self._score is not None:
            place = self._position
            if place is not None:
                self._performer.change(self._score, self._audible, place)
            else:
                self._performer.prepare(self._score, self._audible)

    def _look_at_plugs(self, now: float) -> None:
        if self._open and now - self._looked > _PLUGS_S:
            self._looked = now
            there = self._ports.names()
            gone = next((name for name in self._names if name not in there), None)
            if gone is not None:
                self._lose(gone)

    def _send(self, device: int, message: bytes) -> None:
        if self._open:
            at = device % len(self._open)
            try:
                self._open[at].send(message)
            except OSError:
                self._lose(self._names[at])

    def _lose(self, name: str) -> None:
        """A port is gone: nothing is sent to it any more, nor to the others."""
        gone, self._open = self._open, []
        for port in gone:
            with suppress(OSError, RuntimeError):
                port.close()
        self._performer.forget()
        self._take_status(lost(name))

    def _close_ports(self) -> None:
        if self._open:
            self._performer.stop()
        for port in self._open:
            port.close()
        self._open, self._names, self._position = [], (), None
        self._performer.forget()

    def _take_status(self, status: MidiStatus) -> None:
        if status != self._status:
            self._status = status
            if self._told is not None:
                self._told(status)
