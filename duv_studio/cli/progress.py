"""How far a long command is, on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from tqdm import tqdm

from duv_studio.cli.output import ignoring_closed_stderr, tell
from duv_studio.time_left import about

ON_TERMINAL, ELSEWHERE = 0.2, 15.0  # seconds between two reports
LINE_STEPS, LINE_SECONDS = 20, 30.0  # of a training: the most between two lines
_WITHOUT_LEFT = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}, {rate_fmt}{postfix}]"
_WITH_LEFT = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}{left}, {rate_fmt}{postfix}]"
_SMOOTHING = 0.1  # the weight of the newest pace in the estimate of what remains


class Progress:
    """Counts `unit` done, from `done` to `total` (None: not known).

    Without `lines` nothing is counted where there is no terminal. The time that remains is told when `enough` more are
    done, from the first on unless more are asked for; it is an estimate, and says so. With `every` there is a line for
    the first and for each so many without a terminal, and one when LINE_SECONDS have passed.
    """

    def __init__(
        self,
        unit: str,
        total: int | None,
        done: int = 0,
        *,
        lines: bool = True,
        enough: int = 0,
        every: int | None = None,
    ) -> None:
        terminal = sys.stderr.isatty()
        seconds = ON_TERMINAL if terminal else ELSEWHERE if every is None else math.inf
        self._done, self._terminal = done, terminal
        self._enough, self._format = done + enough, None if total is None else _WITH_LEFT
        self._every = None if terminal else every
        self._began, self._line_at = done, time.monotonic()
        self._line_of: int | None = None
        with ignoring_closed_stderr():
            self._bar = (_Bar if terminal else _Lines)(
                total=total,
                initial=done,
                unit=f" {unit}",
                file=sys.stderr,
                mininterval=seconds,
                delay=seconds,
                miniters=1,
                leave=False,
                disable=not (terminal or lines),
                bar_format=_WITHOUT_LEFT if enough else self._format,
                smoothing=_SMOOTHING,
            )

    def step(self, more: str = "") -> None:
        """One more is done; `more` stands beside the count."""
        self.to(self._done + 1, more)

    def to(self, done: int, more: str = "") -> None:
        """So many are done."""
        if done >= self._enough:
            self._bar.bar_format = self._format
        with ignoring_closed_stderr():
            self._bar.set_postfix_str(more, refresh=False)
            self._bar.update(done - self._done)
        self._done = done
        if self._every is not None and self._line_is_due(self._every):
            self._line_of, self._line_at = done, time.monotonic()
            with ignoring_closed_stderr():
                self._bar.refresh()

    def _line_is_due(self, every: int) -> bool:
        first = self._line_of is None and self._done > self._began
        before = self._began if self._line_of is None else self._line_of
        return first or self._done // every > before // every or time.monotonic() - self._line_at >= LINE_SECONDS

    def say(self, more: str) -> None:
        """Show `more` beside the count on a terminal at once, though nothing else is done yet."""
        if self._terminal:
            with ignoring_closed_stderr():
                self._bar.set_postfix_str(more)

    def begin(self) -> None:
        """Count the time from now on: what was before says nothing of how fast it goes."""
        self._bar.start_t = self._bar.last_print_t = time.time()

    def line(self, text: str) -> None:
        """Print a line that stays; the bar goes on below it."""
        self.clear()
        tell(text)

    def clear(self) -> None:
        """Take the bar from the terminal until the next report, so that other lines can be printed."""
        with ignoring_closed_stderr():
            self._bar.clear()

    def close(self) -> None:
        """Take the bar from the terminal for good."""
        with ignoring_closed_stderr():
            self._bar.close()


class _Bar(tqdm):  # type: ignore[misc]
    monitor_interval = 0  # no thread that watches for slow bars

    @property
    def format_dict(self) -> dict[str, Any]:
        """What a format may name, with the time that is left at the pace of late."""
        facts: dict[str, Any] = super().format_dict
        done, seconds = facts["n"] - facts["initial"], facts["elapsed"]
        rate = facts["rate"] or (done / seconds if done > 0 and seconds > 0 else 0.0)
        left = (facts["total"] - facts["n"]) / rate if facts["total"] and rate else math.nan
        return facts | {"left": f", {about(left)} left" if left > 0 else ""}


class _Lines(_Bar):
    @staticmethod
    def status_printer(file: TextIO) -> Callable[[str], None]:
        """Prints a line for each report: there is no cursor to move back."""
        return lambda text: print(text.strip(), file=file, flush=True) if text else None

    def clear(self, nolock: bool = False) -> None:
        """Do nothing: lines stay."""

    def close(self) -> None:
        """End without the carriage return that clears a bar."""
        self.last_print_t = -1.0  # to tqdm, never shown
        super().close()


def counter(unit: str) -> Callable[[str, int, int], None]:
    """A function of (name, done, total): a bar on a terminal, and everywhere a line when all of that name are done."""
    bars: list[Progress] = []

    def show(name: str, done: int, total: int) -> None:
        if not bars:
            bars.append(Progress(unit, total, lines=False))
        bars[0].to(done, name)
        if done == total:
            bars[0].line(f"{name}: {total} {unit}")
            bars.pop().close()

    return show
