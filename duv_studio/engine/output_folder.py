"""A folder that results go into: what is written stays in it, and it is noticed when it is taken away meanwhile."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from duv_studio.engine.atomic import explained, replace_file, sync
from duv_studio.engine.names_inside import is_inside, problem_of_name
from duv_studio.errors import DuvError

_HOLDS_FOLDERS = {os.open, os.mkdir, os.stat, os.unlink, os.rename} <= os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NONBLOCK", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_GET_PATH = 50  # F_GETPATH of macOS
OUTSIDE = "The result would go outside the folder for results: a link leads out of it"


class FolderMoved(DuvError):
    """The folder is no longer where it was; `now` tells where it is, None where it is gone or cannot be found."""

    def __init__(self, path: Path, now: Path | None, gone: bool) -> None:
        if now is not None:
            message, hint = f"The folder for results was moved to {now}", "what is done is there: go on in that folder"
        elif gone:
            message, hint = "The folder for results was removed", "what was done in it is gone with it: begin anew"
        else:
            message, hint = "The folder for results is no longer there", "look where it was moved to, and go on there"
        super().__init__(message, hint=hint, file=path)
        self.now, self.gone = now, gone


class OutputFolder:
    """Held open, where the system can. The folder itself may be a link; what it held when it was opened counts."""

    def __init__(self, path: Path) -> None:
        """Open the folder, which is made where it is missing; DuvError."""
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self.real = Path(os.path.realpath(path))
            self._handle = os.open(self.real, _FOLDER) if _HOLDS_FOLDERS else None
        except (OSError, ValueError) as error:
            message = f"The folder cannot be made: {getattr(error, 'strerror', None) or error}"
            raise DuvError(message, hint="choose another folder for the results", file=path) from error
        state = os.stat(self.real) if self._handle is None else os.fstat(self._handle)
        self._identity = (state.st_dev, state.st_ino)

    def close(self) -> None:
        """Let go of it."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def problem(self, name: str) -> str:
        """Why nothing may be written below the folder by this name; "" where it may."""
        if said := problem_of_name(name):
            return f"The result would go astray: {said}"
        return "" if is_inside(self.real / name, self.real) else OUTSIDE

    def write(self, name: str, data: bytes, mtime_ns: int | None = None) -> None:
        """Put `data` into a file below the folder, whole or not at all; folders that it needs are made.

        Links are followed where they lead to a place within; DuvError for all others, whenever they were made, and
        where it cannot be written.
        """
        path = self.path / name
        with self._parent(name) as (parent, last), explained(path):
            replace_file(last, data, parent, mtime_ns)
            if parent is not None:
                sync(parent)

    def append(self, name: str) -> BinaryIO:
        """Open a file of the folder to write at its end; DuvError where it is a link or cannot be written."""
        with self._parent(name) as (parent, last), explained(self.path / name):
            flags = os.O_WRONLY | os.O_APPEND | _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            return os.fdopen(os.open(last, flags, dir_fd=parent) if parent is not None else os.open(last, flags), "ab")

    def check_there(self) -> None:
        """FolderMoved when the folder is no longer what its path leads to."""
        if self._is(self.path):
            return
        now = self._place()
        raise FolderMoved(self.path, now, gone=now is None and self._is_gone())

    def _is(self, path: Path) -> bool:
        try:
            state = os.stat(path)
        except (OSError, ValueError):
            return False
        return (state.st_dev, state.st_ino) == self._identity

    def _place(self) -> Path | None:
        """Where the folder is now: as the system says, or beside its old place."""
        said = Path(self._said_by_system())
        if said.is_absolute() and self._is(said):
            return said
        with suppress(OSError):
            return next((path for path in self.real.parent.iterdir() if self._is(path)), None)
        return None

    def _said_by_system(self) -> str:
        with suppress(OSError):
            if self._handle is None:
                return ""
            if sys.platform == "darwin":
                import fcntl

                return os.fsdecode(fcntl.fcntl(self._handle, _GET_PATH, bytes(1024)).rstrip(b"\0"))
            return os.readlink(f"/proc/self/fd/{self._handle}")
        return ""

    def _is_gone(self) -> bool:
        return self._handle is not None and os.fstat(self._handle).st_nlink == 0

    @contextmanager
    def _parent(self, name: str) -> Iterator[tuple[int | None, Path]]:
        """The open folder around that file, and its name there; None and its path where folders cannot be held open."""
        problem = self.problem(name)
        if problem:
            raise DuvError(problem, hint="remove the link", file=self.path / name)
        real = Path(os.path.realpath(self.real / name))
        if self._handle is None:
            with _folders_explained(self.path / name):
                real.parent.mkdir(parents=True, exist_ok=True)
            if not is_inside(real, self.real):  # a link that was made meanwhile
                raise DuvError(OUTSIDE, hint="remove the link", file=self.path / name)
            yield None, real
            return
        handle = os.dup(self._handle)
        try:
            for part in real.relative_to(self.real).parts[:-1]:
                with _folders_explained(self.path / name):
                    handle = _entered(handle, part)
            yield handle, Path(real.name)
        finally:
            os.close(handle)


def _entered(parent: int, name: str) -> int:
    """A folder within an open one, made where it is missing, never through a link; `parent` is closed."""
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=parent)
    handle = os.open(name, _FOLDER | _NO_LINK, dir_fd=parent)
    os.close(parent)
    return handle


@contextmanager
def _folders_explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if isinstance(error, FileExistsError | NotADirectoryError) or error.errno == errno.ELOOP:
            message = f'The folder "{path.parent}" cannot be made: a file is in its place'
            raise DuvError(message, hint="move it") from error
        raise DuvError(f"The folder cannot be made: {error.strerror or error}", file=path.parent) from error
