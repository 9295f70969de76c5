"""How much more memory a piece of work takes than there was in use before, as the system sees it."""

from __future__ import annotations

import ctypes
import gc
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_EVERY_S = 0.005
_STATM = Path("/proc/self/statm")


@dataclass
class Growth:
    """The most that was in use at once above what was before; 0 where the system does not tell."""

    bytes: int = 0


@contextmanager
def growth() -> Iterator[Growth]:
    """Watch the memory of this process while the statement runs; what other threads take is counted, too."""
    found, over = Growth(), threading.Event()
    give_back()
    before = resident()

    def watch() -> None:
        while not over.wait(_EVERY_S):
            found.bytes = max(found.bytes, resident() - before)

    watcher = threading.Thread(target=watch, name="memory", daemon=True)
    if before:
        watcher.start()
    try:
        yield found
    finally:
        over.set()
        if before:
            watcher.join()


def resident() -> int:
    """Bytes of this process that lie in memory; 0 where only a library could tell."""
    try:
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def give_back() -> None:
    """Return what is free to the system: what is taken from an old stock would not be seen to grow."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
