"""Writing a file whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from duv_studio.errors import DuvError

_TROUBLES: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("The disk is full", "make room or choose another place"),
    errno.EDQUOT: ("The disk quota is used up", "make room or choose another place"),
    errno.EACCES: ("The file may not be written there", "choose another place, or close the program that has it open"),
    errno.EPERM: ("The file may not be written there", "choose another place, or close the program that has it open"),
    errno.EROFS: ("The disk can only be read", "choose another place"),
    errno.ENOENT: ("The folder does not exist", "create it or choose another"),
    errno.ENOTDIR: ("The folder is a file", "choose another place"),
    errno.EISDIR: ("There is a folder of that name", "choose another name"),
    errno.ENAMETOOLONG: ("The name is too long", "choose a shorter one"),
}


def write_atomically(path: str | Path, data: bytes) -> None:
    """Put `data` into the file at `path`, whole or not at all; DuvError says why it could not be done.

    The bytes go to a temporary file in the same folder, reach the disk, and then take the name. A link is followed, so
    that it goes on pointing at the file; an existing file's permissions are kept.
    """
    path = Path(path)
    with explained(path):
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        replace_file(target, data)
        _sync_folder(target.parent)


@contextmanager
def replaced_by(path: str | Path) -> Iterator[BinaryIO]:
    """A file to write to, and to go back in, that takes the place of the one at `path` once it is whole.

    As `write_atomically`, for what is too large to be held in memory. What is raised within leaves all as it was.
    """
    path = Path(path)
    with explained(path):
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with _replacing(target, None, None) as file:
            yield file
        _sync_folder(target.parent)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Let errors of the system while `path` is written become a DuvError that says what to do."""
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a name with a null character
        number = getattr(error, "errno", None) or 0
        reason = getattr(error, "strerror", None) or str(error)
        message, hint = _TROUBLES.get(number, (f"The file could not be written: {reason}", "choose another place"))
        raise DuvError(message, hint=hint, file=path, title="Nothing was written") from error


def replace_file(target: Path, data: bytes, folder: int | None = None, mtime_ns: int | None = None) -> None:
    """Write a new file and let it take the place of `target`, which is below the open `folder` where there is one.

    A link is replaced, not followed. `mtime_ns` is the time that it is to have. OSError.
    """
    with _replacing(target, folder, mtime_ns) as file:
        file.write(data)


@contextmanager
def _replacing(target: Path, folder: int | None, mtime_ns: int | None) -> Iterator[BinaryIO]:
    """A new file that takes the place of `target` when it was written; see `replace_file`."""
    at: dict[str, Any] = {} if folder is None else {"dir_fd": folder}
    mode = _mode(target, at)
    temporary = target.parent / f".duv-{secrets.token_hex(8)}.tmp"
    # Opened by hand for the permissions of an ordinary new file; those of tempfile let no one else read.
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(temporary, flags, 0o666, **at)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(temporary, mode, **at)
        if mtime_ns is not None:
            with suppress(OSError):  # a disk that keeps no times
                os.utime(temporary, ns=(mtime_ns, mtime_ns), **at)
        os.replace(temporary, target, **({} if folder is None else {"src_dir_fd": folder, "dst_dir_fd": folder}))
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary, **at)
        raise


def _mode(target: Path, at: dict[str, Any]) -> int | None:
    """The permissions of the file that is there; OSError where it is none."""
    try:
        state = os.stat(target, follow_symlinks=False, **at)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(state.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(state.st_mode) and not stat.S_ISLNK(state.st_mode):
        raise OSError(errno.EINVAL, "it is a device, not a file")
    return state.st_mode & 0o7777 if stat.S_ISREG(state.st_mode) else None


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, where the system lets folders be opened."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        sync(handle)
    finally:
        os.close(handle)


def sync(folder: int) -> None:
    """Make the names in an open folder survive a power cut."""
    with suppress(OSError):  # some file systems cannot; the data itself is on the disk
        os.fsync(folder)
