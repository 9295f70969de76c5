"""Limits on what one input may take: time of a processor, time on the clock, memory."""

from __future__ import annotations

import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLOCK_FACTOR = 15  # what waits for nothing takes this much longer on a busy machine


class TooSlow(BaseException):
    """An input took its time; no `except Exception` of the program stops it."""


def limit_memory(megabytes: int) -> None:
    """From now on this process may take so much more address space; only where the system tells what it has."""
    known = Path("/proc/self/statm")
    if known.exists():
        now = int(known.read_text().split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (now + megabytes * 2**20, hard))


def quiet_crashes() -> None:
    """Leave no core files behind."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TooSlow in the main thread after so much time of a processor, or much longer on the clock."""
    signal.signal(signal.SIGPROF, _too_slow)
    signal.signal(signal.SIGALRM, _blocked)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds * CLOCK_FACTOR)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _too_slow(number: int, frame: object) -> None:
    raise TooSlow("it computed longer than it may")


def _blocked(number: int, frame: object) -> None:
    raise TooSlow("it waited for something")


def is_possible() -> bool:
    """Whether this system knows such limits."""
    return sys.platform != "win32"
