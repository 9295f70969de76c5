"""The files of a library, one in each folder: those that can be used, and why the others cannot."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from duv_studio.errors import DuvError

Read = TypeVar("Read")


@dataclass(frozen=True)
class BrokenFile:
    """A file of a library that cannot be used, and why in a sentence that does not name it."""

    path: Path
    why: str


def read_installed(
    roots: Iterable[Path], file_name: str, read: Callable[[Path], Read]
) -> tuple[list[tuple[Path, Read]], list[BrokenFile]]:
    """What `read` makes of the `file_name` in each folder below `roots`, in the order of the folders' names.

    A file that `read` refuses by DuvError, or that cannot even be looked at, only is among the broken ones.
    """
    whole: list[tuple[Path, Read]] = []
    broken: list[BrokenFile] = []
    for root in roots:
        for folder in _folders(root):
            path = Path(root, folder, file_name)
            try:
                if _is_there(path):
                    _check_name(folder)
                    whole.append((path, read(path)))
            except DuvError as e:
                broken.append(BrokenFile(path, e.message))
            except OSError as e:
                broken.append(BrokenFile(path, f"cannot be read: {e.strerror}"))
    return whole, broken


def _folders(root: Path) -> list[str]:
    try:
        return sorted(os.listdir(root))
    except OSError:  # most have no folder of their own
        return []


def _is_there(path: Path) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _check_name(folder: str) -> None:
    try:
        folder.encode()
    except UnicodeEncodeError as e:
        raise DuvError("lies in a folder whose name is not UTF-8 text: rename that folder") from e
