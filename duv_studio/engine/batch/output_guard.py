"""Where a batch may write: never over its input, and only one batch at a time per folder."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from duv_studio.engine.batch.fingerprint import digest
from duv_studio.errors import DuvError
from duv_studio.paths import user_data_dir

IS_INPUT = "The result would replace a file that is read"
IN_INPUT = "The result would go into a folder that is read"
HINT = "choose another folder, or allow results among the files that are read"
_ELSEWHERE = "choose another folder"
Identity = tuple[int, int]  # device and number on it


def check_target(sources: Sequence[Path], target: Path, *, into_input: bool) -> None:
    """DuvError when a source is missing, the target is no folder, is a source, or lies in one that was not released."""
    if not sources:
        raise DuvError("There is nothing to read", hint="name a folder or a MIDI file")
    for source in sources:
        if not os.path.lexists(source):
            raise DuvError("There is no such file or folder", hint="check the name", file=source)
    if os.path.lexists(target) and not target.is_dir():
        raise DuvError("This is no folder", hint=_ELSEWHERE, file=target)
    folders = {identity(source) for source in sources if source.is_dir()}
    if identity(target) in folders:
        raise DuvError("The results would go among the files that are read", hint=_ELSEWHERE, file=target)
    if not into_input and _is_within(real(target), folders):
        raise DuvError(IN_INPUT, hint=HINT, file=target)


class OutputGuard:
    """Knows which files and folders are read, by whatever name someone comes to them."""

    def __init__(self, sources: Iterable[Path], files: Iterable[Identity | None], *, into_input: bool) -> None:
        folders = {identity(source) for source in sources if source.is_dir()}
        self._folders: set[Identity | None] = set() if into_input else folders
        self._files = {file for file in files if file is not None}
        self._known: dict[Path, bool] = {}

    def problem(self, target: Path, *, recheck: bool = False) -> str:
        """Why nothing may be written to `target`; "" when it may.

        Whether a folder may be written into is looked up once, unless `recheck`: it may be a link by then.
        """
        place = target.parent
        if os.path.lexists(target):
            if identity(target) in self._files:
                return IS_INPUT
            place = real(target).parent
        if recheck or place not in self._known:
            self._known[place] = _is_within(real(place), self._folders)
        return IN_INPUT if self._known[place] else ""


def _is_within(place: Path, folders: Collection[Identity | None]) -> bool:
    """Whether a place, which need not exist yet, is one of the folders or lies in one; by whatever name."""
    here = (identity(folder) for folder in (place, *place.parents))
    return any(known is not None and known in folders for known in here)


def identity(path: str | Path) -> Identity | None:
    """The file or folder behind a name, links followed; None where there is none."""
    try:
        state = os.stat(path)
    except (OSError, ValueError):
        return None
    return state.st_dev, state.st_ino


def real(path: str | Path) -> Path:
    """The path without links; of what does not exist yet, as far as it does."""
    return Path(os.path.realpath(path))


def folded(name: str) -> str:
    """The same for names that some file systems cannot tell apart: by case, or by how accents are written."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


@contextmanager
def lock_folder(target: Path) -> Iterator[None]:
    """Hold the folder, which need not exist yet; DuvError when another batch of this user on this machine holds it.

    The system lets go of it when the process ends, however it ends.
    """
    try:
        lock = _lock_of(target)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise DuvError(
            "Another batch is writing into this folder", hint="wait until it is done, or choose another", file=target
        ) from error
    except (OSError, NotImplementedError):
        yield  # a home that cannot be written to, or knows no locks: no reason to play nothing
        return
    try:
        yield
    finally:
        lock.release()


def _lock_of(target: Path) -> FileLock:
    """Kept away from the folder, which may be another system's disk, and of which it is no part."""
    name = digest(str(real(target)).encode("utf-8", "surrogateescape"))[:16]
    folder = user_data_dir() / "locks"
    folder.mkdir(exist_ok=True)
    return FileLock(folder / f"{name}.lock")
