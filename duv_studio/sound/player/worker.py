"""The thread that works ahead of the player: one task after the other, as long as there are any."""

from __future__ import annotations

import threading
from collections.abc import Callable

Task = Callable[[], None]


class Worker:
    """Does what `next_task` names, and sleeps while it names nothing until `wake`."""

    def __init__(self, next_task: Callable[[], Task | None]) -> None:
        self._next_task = next_task
        self._news = threading.Condition()
        self._is_awake = False
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="sound renderer", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do."""
        with self._news:
            self._is_awake = True
            self._news.notify()

    def close(self) -> None:
        """End after the present task."""
        with self._news:
            self._is_closed = True
            self._news.notify()
        self._thread.join()

    def _run(self) -> None:
        while self._wait():
            while not self._is_closed and (task := self._next_task()) is not None:
                try:
                    task()
                except Exception as error:
                    # Told as if the thread had ended; it goes on, since another song may fare better.
                    threading.excepthook(
                        threading.ExceptHookArgs((type(error), error, error.__traceback__, self._thread))
                    )

    def _wait(self) -> bool:
        """Sleep until there is news; False where it is closed."""
        with self._news:
            while not (self._is_awake or self._is_closed):
                self._news.wait()
            self._is_awake = False
            return not self._is_closed
