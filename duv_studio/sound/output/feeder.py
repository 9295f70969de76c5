"""Keeps an output fed from a player, by a thread: far ahead of what is heard, and yet changes are heard at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from duv_studio.sound import RATE
from duv_studio.sound.output.heard_clock import HeardClock
from duv_studio.sound.output.output import Output
from duv_studio.sound.output.read_ahead import Pace, ReadAhead
from duv_studio.sound.output.rewindable_player import RewindablePlayer
from duv_studio.sound.output.ring import Ring
from duv_studio.sound.output.status import OutputState, OutputStatus
from duv_studio.sound.pacer import Pacer

_PAUSE_S = {Pace.MORE: 0.0, Pace.FULL: 0.02, Pace.WAITING: 0.01, Pace.SILENT: 0.25}
_REST_S = 5.0  # of silence before the output rests: playing again is quicker before


@dataclass(frozen=True)
class Stretch:
    """From one moment of time.perf_counter to another the song is heard evenly, from `position` seconds on."""

    start: float
    stop: float
    position: float


class Feeder:
    """Reads from a player and puts it into the ring of an output, which it opens when it is needed.

    An output that cannot be opened or was lost stops the player. `told` is called, in the feeder's thread, with every
    new status of the output. Everything else may be called from any thread. The output stays its owner's: to be closed
    before the feeder, which may be waiting for it.
    """

    def __init__(
        self, player: RewindablePlayer, output: Output, told: Callable[[OutputStatus], None] | None = None
    ) -> None:
        self._player, self._output, self._told = player, output, told
        self._status = output.status
        self._follow(output.ring)
        self._plays = False  # the output was told to
        self._silent_since: float | None = None
        self._pacer = Pacer("feeder", self.step)

    def start(self) -> None:
        """Begin to feed."""
        self._pacer.start()

    def close(self) -> None:
        """End; what is in the ring stays there."""
        self._pacer.close()

    def wake(self) -> None:
        """Look at the player now: it was told something. Else that is seen within a quarter of a second."""
        self._pacer.wake()

    @property
    def is_heard(self) -> bool:
        """Whether something that the player gave is still on its way to the ears."""
        frame = self._frame_heard()
        return self._ring.written > self._ring.consumed or (frame is not None and frame < self._ring.written)

    def heard_position(self) -> float:
        """Seconds in the song of what is heard now; the player's own position where it is silent."""
        frame = self._frame_heard()
        is_over = frame is None or frame >= self._ring.written
        if frame is None or (is_over and not self._player.is_playing):
            return self._player.position
        position = self._ahead.line.position(min(frame, self._ring.consumed))
        return self._player.position if position is None else position

    def stretches(self) -> tuple[Stretch, ...]:
        """What is heard when, from a moment ago to as far as it has been read; () while nothing plays."""
        if self._frame_heard() is None or not self.is_heard:
            return ()
        last = self._ring.consumed if self._clock.is_dry else self._ring.written
        return tuple(
            Stretch(self._moment(start), self._moment(min(stop, last)), seconds)
            for start, stop, seconds in self._ahead.line.pieces()
            if start < last
        )

    def step(self) -> float:
        """Do what is due; for how many seconds there is nothing to do then. The thread does this again and again."""
        if not self._output_is_well():
            return _PAUSE_S[Pace.SILENT]
        pace = self._ahead.step()
        if pace is Pace.SILENT:
            self._let_rest()
        elif not self._plays and self._ring.written > self._ring.consumed:
            self._output.play()
            self._plays = True
        if pace is not Pace.SILENT:
            self._silent_since = None
        self._frame_heard()
        return _PAUSE_S[pace]

    def _output_is_well(self) -> bool:
        status = self._output.status
        if status != self._status and status.state is OutputState.LOST:
            self._player.stop()
        self._take_note(status)
        if self._player.is_playing and not status.is_ready:
            status = self._output.open()
            if not status.is_ready:
                self._player.stop()
            self._take_note(status)
        return status.is_ready

    def _take_note(self, status: OutputStatus) -> None:
        if self._output.ring is not self._ring:
            self._follow(self._output.ring)
        if status != self._status:
            self._status = status
            self._plays = self._plays and status.is_ready
            if self._told is not None:
                self._told(status)

    def _follow(self, ring: Ring) -> None:
        """Feed another ring from now on."""
        self._ring, self._plays = ring, False
        self._ahead = ReadAhead(self._player, ring, self._output.latency_frames)
        self._clock = HeardClock()

    def _let_rest(self) -> None:
        now = time.monotonic()
        if not self._plays or self._ring.written > self._ring.consumed:
            self._silent_since = None
            return
        self._clock.rest()
        if self._silent_since is None:
            self._silent_since = now
        elif now - self._silent_since > _REST_S:
            self._output.rest()
            self._plays, self._silent_since = False, None
            self._ahead.line.forget()  # its states hold on to songs that may be closed

    def _frame_heard(self) -> float | None:
        self._clock.follow(self._ring.handed_out, self._output.latency_frames / RATE)
        return self._clock.frame(time.perf_counter())

    def _moment(self, frame: int) -> float:
        return self._clock.moment(frame) or 0.0
