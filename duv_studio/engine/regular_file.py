"""Reading a file that somebody else named: regular files only, as a pipe or a device would block or never end."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator, Iterator
from io import BufferedReader, TextIOWrapper
from itertools import count
from pathlib import Path
from typing import IO, AnyStr

from duv_studio.errors import DuvError

TextLines = Generator[str, None, None]
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)  # a pipe that nobody writes to opens at once instead of blocking
_FLAGS = os.O_RDONLY | _AT_ONCE | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}


class NoSuchFile(DuvError):
    """There is no file of that name, which some callers take for an answer."""


def check_regular(path: str | Path, what: str = "file", most: int | None = None) -> None:
    """DuvError unless there is a regular file of at most `most` bytes, which a library is to open.

    `what` it should be, "model file", stands in the sentences. Links are followed.
    """
    path = Path(path)
    try:
        _check(path, os.stat(path), what, most)
    except (OSError, ValueError) as error:
        raise _explained(path, error, what) from error


def open_regular(path: str | Path, what: str = "file", most: int | None = None) -> BufferedReader:
    """A regular file, open for reading; nothing is waited for. DuvError as `check_regular`."""
    path = Path(path)
    try:
        _check(path, os.stat(path), what, most)  # even to open a device may do something
        handle = os.open(path, _FLAGS)
        try:
            _check(path, os.fstat(handle), what, most)  # it may be another by now
            return os.fdopen(handle, "rb")
        except BaseException:
            os.close(handle)
            raise
    except (OSError, ValueError) as error:
        raise _explained(path, error, what) from error


def read_regular(path: str | Path, most: int, what: str = "file") -> bytes:
    """The bytes of a regular file of at most `most` bytes; DuvError as `check_regular`."""
    path = Path(path)
    with open_regular(path, what, most) as file:
        try:
            data = file.read(most + 1) or b""
        except OSError as error:
            raise _explained(path, error, what) from error
    if len(data) > most:  # it grew, or does not know its size
        raise _too_large(path, what, most)
    return data


def read_lines(path: str | Path, longest: int, what: str = "file") -> Iterator[bytes]:
    """The lines of a regular file of any size, with their ends, one in memory at a time.

    DuvError as `check_regular`, and when a line is reached that is longer than `longest` bytes.
    """
    path = Path(path)
    with open_regular(path, what) as file:
        yield from _lines(file, path, longest, what)


def read_text_lines(path: str | Path, longest: int, what: str = "file", newline: str | None = None) -> TextLines:
    """The same of a UTF-8 text, with or without a byte order mark; `newline` as `open` takes it, lengths in characters.

    UnicodeDecodeError, too, when a place is reached that is no UTF-8.
    """
    path = Path(path)
    with TextIOWrapper(open_regular(path, what), encoding="utf-8-sig", newline=newline) as file:
        yield from _lines(file, path, longest, what)


def _lines(file: IO[AnyStr], path: Path, longest: int, what: str) -> Generator[AnyStr, None, None]:
    for number in count(1):
        try:
            line = file.readline(longest + 1)
        except OSError as error:
            raise _explained(path, error, what) from error
        if len(line) > longest:
            message = f"line {number} is longer than {_size(longest)}, too long for a {what}"
            raise DuvError(message, hint=f"choose another {what}", file=path)
        if not line:
            return
        yield line


def _check(path: Path, state: os.stat_result, what: str, most: int | None) -> None:
    if not stat.S_ISREG(state.st_mode):
        kind = _KINDS.get(stat.S_IFMT(state.st_mode), "a device")
        raise DuvError(f"is {kind}, not a file", hint=f"choose another {what}", file=path)
    if most is not None and state.st_size > most:
        raise _too_large(path, what, most)


def _too_large(path: Path, what: str, most: int) -> DuvError:
    return DuvError(f"is larger than {_size(most)}, too large for a {what}", hint="choose another", file=path)


def _size(most: int) -> str:
    return f"{most >> 20} MB" if most >= 1 << 20 else f"{most >> 10} KB" if most >= 1 << 10 else f"{most} bytes"


def _explained(path: Path, error: OSError | ValueError, what: str) -> DuvError:
    if isinstance(error, FileNotFoundError):
        message = "is a link that leads nowhere" if os.path.islink(path) else f"there is no such {what}"
        return NoSuchFile(message, hint="check the name", file=path)
    if isinstance(error, PermissionError):
        return DuvError("may not be read", hint="check its permissions", file=path)
    reason = getattr(error, "strerror", None) or str(error)  # ValueError: a name with a null character
    return DuvError(f"cannot be read: {reason}", hint=f"choose another {what}", file=path)
