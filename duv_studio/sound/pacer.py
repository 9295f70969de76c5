"""A thread that does one step after the other, each as long after the last as that said, or as soon as it is woken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_SHORT_S = 0.01


class Pacer:
    """Calls `step` again and again; what it returns is for how many seconds there is nothing to do."""

    def __init__(self, name: str, step: Callable[[], float]) -> None:
        self.is_over = False
        self._name, self._step = name, step
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Let the next step come now, not at the end of a pause; short ones are kept."""
        self._wake.set()

    def close(self) -> None:
        """End after the present step."""
        self.is_over = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self.is_over:
            pause = self._step()
            if pause >= _SHORT_S:
                self._wake.wait(pause)
                self._wake.clear()
            elif pause:
                time.sleep(pause)  # events wake up late on some systems, sleeping does not
