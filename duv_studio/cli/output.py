"""What a command says, on both streams: that a line does not arrive stops no work, and is told at the end."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from duv_studio.cli.text import printable
from duv_studio.errors import DuvError

_HINT = "make room where it goes, or send it elsewhere"
_lost: list[str] = []  # why lines did not arrive
_written: list[str] = []  # files that are there whatever became of the lines


class ReaderGone(Exception):
    """Nobody reads any more what the command only says: `duv-studio inspect x.mid | head -1`."""


def begin() -> None:
    """Forget what became of an earlier command of this process."""
    _lost.clear()
    _written.clear()


def wrote(*paths: Path) -> None:
    """Remember files that are there, whatever becomes of the lines that say so."""
    _written.extend(printable(str(path)) for path in paths)


def say(text: str) -> None:
    """Print on standard output, now; a failure is told at the command's end, with the files that are there anyway.

    Where a reader went away, as `head` does, nothing is wrong: what follows goes nowhere.
    """
    with _losing():
        print(text, flush=True)


def flush() -> None:
    """Let what others have printed arrive, too."""
    with _losing():
        sys.stdout.flush()


@contextmanager
def _losing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hush(sys.stdout)
        if not _reader_went_away(error):
            _lost.append(error.strerror or str(error))


def say_or_stop(text: str) -> None:
    """Print on standard output what is all that the command is for; raises ReaderGone or DuvError where it cannot."""
    try:
        print(text, flush=True)
    except OSError as error:
        hush(sys.stdout)
        if _reader_went_away(error):
            raise ReaderGone from error
        raise DuvError(_not_written(error.strerror or str(error)), hint=_HINT) from error


def tell(text: str) -> None:
    """Print a line on standard error, where one can be read."""
    with ignoring_closed_stderr():
        print(text, file=sys.stderr, flush=True)


def what_was_lost() -> str:
    """A sentence about lines that did not reach standard output; "" where all did or nobody wanted to read them."""
    if not _lost:
        return ""
    files = ", ".join(_written)
    there = f"{files} {'was' if len(_written) == 1 else 'were'} written. But " if files else ""
    sentence = f"{_not_written(_lost[0])} ({_HINT})"
    return there + (sentence[0].lower() + sentence[1:] if there else sentence)


def anything_written() -> bool:
    """Whether the command left files, so that it was not all in vain."""
    return bool(_written)


@contextmanager
def ignoring_closed_stderr() -> Iterator[None]:
    """Go on where standard error cannot be written to: its reader went away, its terminal hung up, its disk is full."""
    try:
        yield
    except OSError:
        with suppress(OSError):
            hush(sys.stderr)


def hush(stream: TextIO) -> None:
    """Let what a stream still holds go nowhere: Python would complain again while it exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _reader_went_away(error: OSError) -> bool:
    return isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == errno.EINVAL)


def _not_written(why: str) -> str:
    return f"Standard output could not be written: {why[:1].lower()}{why[1:]}"
