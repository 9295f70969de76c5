"""A way out that leads nowhere: takes frames by a clock or by hand, and remembers what it took."""

from __future__ import annotations

import threading
import time

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound import RATE
from duv_studio.sound.output.ring import Memory, Ring
from duv_studio.sound.output.status import CLOSED, OutputStatus, ready

_PERIOD = 882  # frames: 20 ms


class NullOutput:
    """For tests, and where there is no device but a playhead or MIDI out goes on all the same.

    With `by_hand` frames are taken by `pull` alone, else in real time by a thread of its own. The last `remember`
    frames that it handed out, silence among them, are kept for `recorded`.
    """

    def __init__(
        self, *, by_hand: bool = False, remember: int = 0, period: int = _PERIOD, latency: int | None = None
    ) -> None:
        self.ring = Ring(Memory.of_threads())
        self.latency_frames = (0 if by_hand else period) if latency is None else latency
        self._by_hand, self._period, self._remember = by_hand, period, remember
        self._status = CLOSED
        self._record: list[NDArray[np.float32]] = []
        self._recorded = 0
        self._lock = threading.Lock()
        self._playing = threading.Event()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def status(self) -> OutputStatus:
        return self._status

    @property
    def is_playing(self) -> bool:
        """Whether it was told to take frames."""
        return self._playing.is_set()

    @property
    def recorded(self) -> NDArray[np.float32]:
        """(n, 2) what it handed out, from first to last, as far as it is remembered."""
        with self._lock:
            return np.concatenate([np.zeros((0, 2), np.float32), *self._record])

    def open(self) -> OutputStatus:
        self._status = ready()
        if self._thread is None and not self._by_hand:
            self._thread = threading.Thread(target=self._run, name="null output", daemon=True)
            self._thread.start()
        return self._status

    def play(self) -> None:
        self._playing.set()

    def rest(self) -> None:
        self._playing.clear()

    def close(self) -> None:
        self._status = CLOSED
        self._over.set()
        self._playing.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def pull(self, frames: int) -> NDArray[np.float32]:
        """Take (frames, 2) as a device would that asks for so many: what is there, and silence."""
        taken = np.frombuffer(self.ring.take(frames), np.float32).reshape(-1, 2)
        handed = np.zeros((frames, 2), np.float32)
        handed[: len(taken)] = taken
        if self._remember:
            self._keep(handed)
        return handed

    def _keep(self, handed: NDArray[np.float32]) -> None:
        with self._lock:
            self._record.append(handed)
            self._recorded += len(handed)
            while self._recorded - len(self._record[0]) >= self._remember:
                self._recorded -= len(self._record.pop(0))

    def _run(self) -> None:
        while not self._over.is_set():
            self._playing.wait()
            self._tick()

    def _tick(self) -> None:
        """Take a period at every beat of the clock; a beat that came late is made up for, as a device would."""
        begun, periods = time.perf_counter(), 0
        while self._playing.is_set() and not self._over.is_set():
            self.pull(self._period)
            periods += 1
            self._over.wait(max(0.0, begun + periods * self._period / RATE - time.perf_counter()))
