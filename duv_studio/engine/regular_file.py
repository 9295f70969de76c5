"""Opening regular files only: a pipe or a device would block or never end."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from duv_studio.errors import DuvError

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)  # a pipe that nobody writes to opens at once instead of blocking
_NOCTTY = getattr(os, "O_NOCTTY", 0)


def open_regular(path: str | Path, what: str = "file") -> BinaryIO:
    """A regular file, open for reading; links are followed. DuvError says why there is none.

    `what` it should be, "model file", stands in the sentences.
    """
    path = Path(path)
    try:
        handle = os.open(path, _FLAGS | _AT_ONCE | _NOCTTY)
    except FileNotFoundError as e:
        link = os.path.islink(path)
        message = "is a link that leads nowhere" if link else f"there is no such {what}"
        raise DuvError(message, hint="check the name", file=path) from e
    except PermissionError as e:
        if path.is_dir():  # as Windows refuses folders
            raise _no_file(path, stat.S_IFDIR, what) from e
        raise DuvError("may not be read", hint="check its permissions", file=path) from e
    except (OSError, ValueError) as e:  # ValueError: a name with a null character
        reason = getattr(e, "strerror", None) or str(e)
        raise DuvError(f"cannot be read: {reason}", hint=f"choose another {what}", file=path) from e
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        raise _no_file(path, mode, what)
    return os.fdopen(handle, "rb")


def read_regular(path: str | Path, most: int, what: str = "file") -> bytes:
    """The bytes of a regular file of at most `most` bytes; DuvError when it is none, larger or cannot be read."""
    with open_regular(path, what) as file:
        try:
            data = file.read(most + 1)
        except OSError as e:
            raise DuvError(f"cannot be read: {e.strerror}", file=path) from e
    if len(data) > most:
        raise DuvError(f"is larger than {_size(most)}, too large for a {what}", hint="choose another", file=path)
    return data


def _no_file(path: Path, mode: int, what: str) -> DuvError:
    kind = "a folder" if stat.S_ISDIR(mode) else "a pipe" if stat.S_ISFIFO(mode) else "a device"
    return DuvError(f"is {kind}, not a file", hint=f"choose a {what}", file=path)


def _size(most: int) -> str:
    return f"{most >> 20} MB" if most >= 1 << 20 else f"{most >> 10} KB"
