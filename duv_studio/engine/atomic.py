"""Writing a file whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

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
    try:
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if target.exists() and not target.is_file():
            raise OSError(errno.EINVAL, "it is a device, not a file")
        _replace(target, data)
    except (OSError, ValueError) as error:  # ValueError: a name with a null character
        number = getattr(error, "errno", None) or 0
        reason = getattr(error, "strerror", None) or str(error)
        message, hint = _TROUBLES.get(number, (f"The file could not be written: {reason}", "choose another place"))
        raise DuvError(message, hint=hint, file=path, title="Nothing was written") from error


def _replace(target: Path, data: bytes) -> None:
    temporary = target.parent / f".duv-{secrets.token_hex(8)}.tmp"
    # Opened by hand for the permissions of an ordinary new file; those of tempfile let no one else read.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(temporary, flags, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            os.chmod(temporary, target.stat().st_mode & 0o7777)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, where the system lets folders be opened."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass  # some file systems cannot; the data itself is on the disk
    finally:
        os.close(handle)
