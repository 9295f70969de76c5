"""Ctrl-C as a request: what runs is told, and ends in a state that can be gone on from."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable


class interrupt:  # noqa: N801 - reads as a statement: with interrupt() as stopped
    """Turns the first Ctrl-C (or a polite kill) into a request that is answered after the running step.

    Signals reach the main thread alone: elsewhere nothing is ever asked. What a shell lets be ignored stays ignored.
    """

    def __enter__(self) -> Callable[[], bool]:
        self.asked = False
        here = threading.current_thread() is threading.main_thread()
        wanted = (signal.SIGINT, signal.SIGTERM) if here else ()
        heard = [s for s in wanted if signal.getsignal(s) is not signal.SIG_IGN]
        self.before = {s: signal.signal(s, self._ask) for s in heard}
        return lambda: self.asked

    def _ask(self, *_: object) -> None:
        self.asked = True

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
