"""Whether a song can be humanized with the memory that there is, told before the work begins."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from duv_studio.errors import DuvError

# Bytes for each note: of what is predicted at once, and of all others; as tests/benchmarks/bench_memory.py prints them.
NOTE_AT_ONCE, NOTE = 600, 400
_FEW = 100_000  # notes; for so few there is always memory
_GROUPS = Path("/sys/fs/cgroup")


def check_memory(notes: int, at_once: int) -> None:
    """DuvError when so many notes, of which some are predicted at once, need more memory than is free."""
    needed = NOTE_AT_ONCE * at_once + NOTE * (notes - at_once)
    if notes <= _FEW or needed <= (free := free_memory()):
        return
    raise DuvError(
        f"Humanizing {notes:,} notes takes about {_gigabytes(needed)} of memory, and only {_gigabytes(free)} is free",
        hint="close other programs, humanize fewer of the tracks together, or split the song",
    )


def free_memory() -> int:
    """Bytes that this process may still take: of the machine, of its container, and within its own limit."""
    return min([int(psutil.virtual_memory().available), *_left_of_limit(), *_left_of_groups()])


def _left_of_limit() -> Iterator[int]:
    if sys.platform != "win32":
        import resource

        most = resource.getrlimit(resource.RLIMIT_AS)[0]
        if most != resource.RLIM_INFINITY:
            yield most - int(psutil.Process().memory_info().vms)


def _left_of_groups() -> Iterator[int]:
    """What is left to each of the control groups that Linux holds this process in, as containers do."""
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers:
                yield from _left(_GROUPS, path, "memory.max", "memory.current")
            elif "memory" in controllers.split(","):
                yield from _left(_GROUPS / "memory", path, "memory.limit_in_bytes", "memory.usage_in_bytes")


def _left(root: Path, path: str, limit: str, usage: str) -> Iterator[int]:
    place = root / path.lstrip("/")
    for folder in (place, *place.parents):
        with suppress(OSError, ValueError):  # "max", or not there
            most, used = (int((folder / name).read_text()) for name in (limit, usage))
            yield most - used + _cached(folder)
        if folder == root:
            return


def _cached(folder: Path) -> int:
    """What of the memory in use holds files and is given up when it is needed."""
    with suppress(OSError, ValueError):
        for line in (folder / "memory.stat").read_text().splitlines():
            name, _, value = line.partition(" ")
            if name in ("inactive_file", "total_inactive_file"):
                return int(value)
    return 0


def _gigabytes(size: float) -> str:
    return f"{max(size, 0) / 2**30:.1f} GB"
