"""What a batch says on standard error while it runs: how far it is, and which files have problems."""

from __future__ import annotations

import sys
import time
from threading import Timer

from duv_studio.cli import guard
from duv_studio.cli.output import ignoring_closed_stderr
from duv_studio.cli.progress import ON_TERMINAL, Progress
from duv_studio.cli.text import count, printable
from duv_studio.engine.batch.events import (
    BatchEvent,
    FileFinished,
    FileResult,
    Planned,
    Progressed,
    Started,
    Status,
    StatusMessage,
)

_SILENT_S = 1.5  # without a terminal, before the first line
_ENOUGH_FILES = 10  # before these, the time that remains is a guess
_LONGEST_NAME = 40  # beside the bar
_SHOWN = 20  # files with problems; the report has all


class Reporter:
    """Shows on standard error how far the batch is, by a bar or a line now and then, and which files have problems."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._names: tuple[str, ...] = ()
        self._begun, self._told = False, 0.0
        self._said = ""
        self._timer = Timer(_SILENT_S, self._break_silence)
        self._timer.daemon = True
        if not sys.stderr.isatty():
            self._timer.start()
        self._failed = self._troubled = 0

    def __call__(self, event: BatchEvent) -> None:
        """Show one event; a standard error that cannot be written to is no reason to stop."""
        with ignoring_closed_stderr():
            self._show(event)

    def close(self) -> None:
        """Clear what is shown of the progress."""
        self._timer.cancel()
        with ignoring_closed_stderr():
            self._clear()
            if self._progress is not None:
                self._progress.close()

    def _break_silence(self) -> None:
        """Where there is no terminal: one line soon, so that one knows what goes on; others come now and then."""
        with ignoring_closed_stderr():
            if self._said:
                print(f"{self._said} …", file=sys.stderr, flush=True)

    def _show(self, event: BatchEvent) -> None:
        if isinstance(event, StatusMessage):
            self._said = event.sentence
        if isinstance(event, StatusMessage) and self._progress is not None:
            self._progress.say(event.sentence + " …")
        elif isinstance(event, StatusMessage) and sys.stderr.isatty():
            self._clear()
            print(f"{event.sentence} …", end="", file=sys.stderr, flush=True)
        elif isinstance(event, Planned):
            self._planned(event.rows)
        elif isinstance(event, Started) and not self._begun:
            self._begin()
        elif isinstance(event, Progressed) and time.monotonic() - self._told >= ON_TERMINAL:
            self._say(f"{_short(self._names[event.index])} {event.fraction:.0%}")
        elif isinstance(event, FileFinished):
            self._show_problem(event.result)
            if self._progress is not None:
                self._progress.step(f"{self._failed} failed" if self._failed else "")

    def _clear(self) -> None:
        if self._progress is not None:
            self._progress.clear()
        elif sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def _planned(self, rows: tuple[FileResult, ...]) -> None:
        for row in rows:
            self._show_problem(row)
        before = sum(row.before for row in rows)
        self._clear()
        if before:
            guard.note(f"going on after {count(before, 'file')}")
        done = sum(row.status is not Status.WAITING for row in rows)
        self._names = tuple(row.name for row in rows)
        self._progress = Progress("files", len(rows), done, enough=_ENOUGH_FILES)

    def _begin(self) -> None:
        """The first file is begun."""
        self._begun = True
        self._said = f"playing {count(len(self._names), 'file')}"
        if self._progress is not None:
            self._progress.begin()

    def _say(self, what: str) -> None:
        self._told = time.monotonic()
        if self._progress is not None:
            self._progress.say(what)

    def _show_problem(self, row: FileResult) -> None:
        """Name a file that failed, or that was read only in part by this run."""
        self._failed += row.status is Status.FAILED
        if row.before or not has_problem(row):
            return
        self._troubled += 1
        if self._troubled <= _SHOWN:
            self._clear()
            guard.note(f"{row.name}: {row.why}")
        elif self._troubled == _SHOWN + 1:
            self._clear()
            guard.note("more files are in trouble; --report CSV lists all of them")


def has_problem(row: FileResult) -> bool:
    """Whether a file failed, or could be read only in part."""
    return row.status is Status.FAILED or (row.status is Status.OK and row.why != "")


def _short(name: str) -> str:
    """The end of a name, for it says more than the folders before it."""
    name = printable(name)
    return name if len(name) <= _LONGEST_NAME else f"…{name[-_LONGEST_NAME:]}"
