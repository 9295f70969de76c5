"""Only one batch at a time may write into a folder: two would tear each other's record of what is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from duv_studio.engine.batch.fingerprint import digest
from duv_studio.engine.batch.output_guard import real
from duv_studio.errors import DuvError
from duv_studio.paths import user_data_dir


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
