"""A sound device, played by a process of its own, so that nothing that happens in this one can break the sound."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import closing, suppress
from importlib.util import find_spec
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from duv_studio.engine.processes import no_ctrl_c
from duv_studio.sound import RATE
from duv_studio.sound.output import device_process as child
from duv_studio.sound.output.ring import Memory, Ring
from duv_studio.sound.output.status import CLOSED, OutputState, OutputStatus, lost, no_answer, no_library

PERIOD_MS = 50  # to begin with; the process takes a longer one where the machine is too busy for it
_PATIENCE_S = 15.0  # for an answer: Bluetooth devices take seconds to be opened
_END_S = 1.0  # for a process that was asked to end
_LOOK_S = 0.05


class DeviceOutput:
    """Plays on a device of the system; what has no device, or loses it, is a state and never an error.

    Nothing is started before `prepare` or `open`. All methods may be called from any thread.
    """

    def __init__(self, device: str = "", *, period_ms: int = PERIOD_MS, backends: tuple[str, ...] = ()) -> None:
        """`device` is one of `devices()`, "" the system's default. `backends` are for tests, see miniaudio.Backend."""
        self.latency_frames = child.PERIODS * period_ms * RATE // 1000
        self._context: SpawnContext = get_context("spawn")
        self._device, self._period_ms, self._backends = device, period_ms, backends
        self._ring = Ring(Memory.of_threads())  # nobody takes from it before there is a process
        self._process: SpawnProcess | None = None
        self._connection: Connection[Any, Any] | None = None
        self._status = CLOSED
        self._lock = threading.RLock()  # of all that talks to the process
        self._is_over = False

    @property
    def ring(self) -> Ring:
        return self._ring

    @property
    def status(self) -> OutputStatus:
        # Who holds the lock waits for an answer, so there is nothing new to be told.
        if self._lock.acquire(blocking=False):
            try:
                self._hear()
            finally:
                self._lock.release()
        return self._status

    @property
    def device(self) -> str:
        """What is played on, or would be; "" is the system's default."""
        return self._device

    def prepare(self) -> None:
        """Start the process, which takes a moment, so that `open` is quick. Costs nothing while it waits."""
        with self._lock:
            if self._process is None and not self._is_over and _library_is_there():
                self._start()

    def open(self) -> OutputStatus:
        with self._lock:
            self._hear()
            if self._status.is_ready or self._is_over:
                return self._status
            if not _library_is_there():
                self._status = no_library()
                return self._status
            answer = self._ask(child.OPEN, self._device)
            if not isinstance(answer, str):
                self._take(answer)
            elif not self._is_over and self._status.state is not OutputState.NO_LIBRARY:
                self._status = no_answer(self._device, answer)
            return self._status

    def reopen(self, device: str = "") -> OutputStatus:
        """Play on another device, one of `devices()`, or again on one that was lost."""
        with self._lock:
            self._stop()
            self._device, self._status = device, CLOSED
            return self.open()

    def devices(self) -> tuple[str, ...]:
        """The names of all devices that there are now; the system's default, which is "", is not among them."""
        with self._lock:
            self._hear()
            if self._is_over or not _library_is_there():
                return ()
            answer = self._ask(child.DEVICES, None)
            return tuple(answer) if isinstance(answer, list) else ()

    def play(self) -> None:
        self._tell(child.PLAY)

    def rest(self) -> None:
        self._tell(child.REST)

    def close(self) -> None:
        self._is_over = True  # before the lock: who waits for an answer gives up
        with self._lock:
            self._stop()
            self._status = CLOSED

    def _tell(self, word: str) -> None:
        with self._lock, suppress(OSError):  # that it ended is heard of
            if self._connection is not None and self._status.is_ready:
                self._connection.send((word, None))

    def _ask(self, word: str, argument: Any) -> Any:
        """The answer of the process, which is started where there is none; or a sentence on why there is no answer."""
        try:
            if self._process is None:
                self._start()
            assert self._connection is not None
            self._connection.send((word, argument))
            deadline = time.monotonic() + _PATIENCE_S
            while True:
                if self._connection.poll(_LOOK_S):
                    answered, answer = self._connection.recv()
                    if answered == word:
                        return answer
                    self._take(answer)
                elif self._is_over or time.monotonic() > deadline:
                    self._stop()
                    return "the sound system does not answer"
        except (OSError, EOFError) as error:
            reason = self._how_it_ended() if self._process else str(error)
            self._stop()
            return reason

    def _hear(self) -> None:
        """Take note of what the process said unasked, or that it is gone."""
        if self._connection is None:
            return
        try:
            while self._connection.poll():
                self._take(self._connection.recv()[1])
        except (EOFError, OSError):
            if self._status.is_ready:
                self._status = lost(self._device, self._how_it_ended())
            self._stop()
        if self._status.state is OutputState.LOST:
            self._stop()

    def _take(self, news: tuple[OutputStatus, int]) -> None:
        self._status, self.latency_frames = news

    def _start(self) -> None:
        # A ring of its own for every process: one that was killed may have taken the lock along.
        memory = Memory.of_processes(self._context)
        self._ring = Ring(memory)
        self._connection, theirs = self._context.Pipe()
        arguments = (theirs, memory, self._period_ms, self._backends)
        self._process = self._context.Process(target=child.serve, args=arguments, name="sound", daemon=True)
        with closing(theirs), no_ctrl_c():  # closed here, or its end would never be noticed
            self._process.start()

    def _stop(self) -> None:
        """End the process: closing the connection asks for it, and what does not hear is killed."""
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if connection is not None:
            connection.close()
        if process is not None and process.pid is not None:
            process.join(_END_S)
            if process.is_alive():
                process.kill()
                process.join(_END_S)
            with suppress(ValueError):  # it cannot even be killed; nothing is left to be done
                process.close()

    def _how_it_ended(self) -> str:
        if self._process is None:
            return ""
        self._process.join(_END_S)
        code = self._process.exitcode
        ended = f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
        return f"the process that plays ended with {ended}"


def _library_is_there() -> bool:
    return "miniaudio" in sys.modules or (find_spec("miniaudio") is not None and find_spec("_miniaudio") is not None)
