"""How far a long task is: a counter with the time left on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

ON_TERMINAL, ELSEWHERE = 0.2, 15.0  # seconds between two reports


class Progress:
    """Counts `unit` done, from `done` to `total` (None: not known), on a stream."""

    def __init__(
        self,
        stream: TextIO,
        total: int | None,
        done: int = 0,
        unit: str = "files",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream, self._total, self._done, self._unit, self._clock = stream, total, done, unit, clock
        self._first, self._start, self._last = done, clock(), clock()
        self._terminal = stream.isatty()

    def step(self, more: str = "") -> None:
        """One more is done; `more` is said beside the count."""
        self._done += 1
        now = self._clock()
        if now - self._last >= (ON_TERMINAL if self._terminal else ELSEWHERE):
            self._last = now
            self._say(self._text(now, more))

    def end(self) -> None:
        """Clear the counter from the terminal."""
        if self._terminal:
            print("\r\033[K", end="", file=self._stream, flush=True)

    def _text(self, now: float, more: str) -> str:
        rate = (self._done - self._first) / max(now - self._start, 1e-9)
        of = "" if self._total is None else f"/{self._total}"
        parts = [f"{self._done}{of} {self._unit}", more, f"{rate:.0f} a second"]
        if self._total is not None and rate > 0:
            minutes, seconds = divmod(round((self._total - self._done) / rate), 60)
            parts.append(f"{minutes}:{seconds:02d} left")
        return ", ".join(part for part in parts if part)

    def _say(self, text: str) -> None:
        if self._terminal:
            print(f"\r\033[K{text}", end="", file=self._stream, flush=True)
        else:
            print(text, file=self._stream, flush=True)
