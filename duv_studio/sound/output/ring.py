"""The ring of frames between who makes the sound and who hands it out, also across two processes; knows no numpy."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from multiprocessing.context import SpawnContext
from typing import Any, Protocol

from duv_studio.sound import RATE

CAPACITY = 65_536  # frames; 1.5 s
FRAME = 8  # bytes: two channels of float32
_PATIENCE_S = 0.05  # how long who hands out waits for the lock: less than a period

# Places of the counters; each counts up for ever. Frames are those that came through the ring, silence not among them.
_WRITTEN, _CONSUMED, _CALLS, _CALL_NS, _LARGEST, _EXPECTED, _UNDERRUNS, _MISSING = range(8)


class Lock(AbstractContextManager[Any], Protocol):
    """A lock of threads or of processes."""

    def acquire(self, block: bool = ..., timeout: float = ...) -> bool: ...
    def release(self) -> None: ...


@dataclass(frozen=True)
class Memory:
    """What both sides share: counters, frames, and the lock that orders their accesses on every processor.

    In a shared memory that has no name: nothing is left behind, however the processes end.
    """

    counters: Any  # (8,) int64
    frames: Any  # bytes
    lock: Any

    @classmethod
    def of_threads(cls) -> Memory:
        """For two threads."""
        return cls([0] * 8, bytearray(CAPACITY * FRAME), threading.Lock())

    @classmethod
    def of_processes(cls, context: SpawnContext) -> Memory:
        """For a process and its child, to which it is passed as an argument."""
        frames = context.RawArray("b", CAPACITY * FRAME)
        return cls(context.RawArray("q", 8), frames, context.Lock())


@dataclass(frozen=True)
class HandedOut:
    """How far the other side is: `frames` that it has taken up to its last call, which was at `seconds`."""

    frames: int
    seconds: float  # of time.perf_counter, which all processes have in common; when a full call would have been made
    calls: int  # however little was there to be taken


class Ring:
    """Frames that one side puts and the other takes.

    What was put and not yet taken can be put anew from any frame on, in one piece: who takes gets the old or the new
    frames, never some of both in turn, and never runs dry in between.
    """

    def __init__(self, memory: Memory) -> None:
        self._counters = memory.counters
        self._frames = memoryview(memory.frames).cast("B")
        self._lock: Lock = memory.lock

    @property
    def written(self) -> int:
        """The frame after the last that was put."""
        return int(self._counters[_WRITTEN])

    @property
    def consumed(self) -> int:
        """The frame that will be taken next."""
        return int(self._counters[_CONSUMED])

    @property
    def largest(self) -> int:
        """The most frames that were asked for at once."""
        return int(self._counters[_LARGEST])

    @property
    def underruns(self) -> int:
        """How often there was less than was asked for, although more was expected."""
        return int(self._counters[_UNDERRUNS])

    @property
    def missing(self) -> int:
        """How many frames of silence came out instead, in all."""
        return int(self._counters[_MISSING])

    @property
    def handed_out(self) -> HandedOut:
        with self._lock:
            frames, nanoseconds, calls = (self._counters[at] for at in (_CONSUMED, _CALL_NS, _CALLS))
        return HandedOut(int(frames), nanoseconds / 1e9, int(calls))

    def expect(self, more: bool) -> None:
        """Say whether more is to come, so that running dry is a fault."""
        self._counters[_EXPECTED] = int(more)

    def put(self, start: int, blocks: Sequence[Any]) -> bool:
        """Put blocks of frames (contiguous float32 (n, 2)) from frame `start` on, in place of all that stood there.

        False, with nothing changed, where `start` has been taken already, or frames that do not follow each other
        would be put, or more than fit in.
        """
        parts = [memoryview(block).cast("B") for block in blocks]
        stop = start + sum(len(part) for part in parts) // FRAME
        with self._lock:
            consumed, written = self._counters[_CONSUMED], self._counters[_WRITTEN]
            if not consumed <= start <= written or stop - consumed > CAPACITY:
                return False
            at = start
            for part in parts:
                self._copy_in(at, part)
                at += len(part) // FRAME
            self._counters[_WRITTEN] = stop
        return True

    def take(self, frames: int) -> bytes:
        """The next `frames` frames as bytes, or as many as there are."""
        now = time.perf_counter_ns()
        if not self._lock.acquire(True, _PATIENCE_S):
            return b""  # who puts was halted in the midst of it
        try:
            counters = self._counters
            consumed = counters[_CONSUMED]
            count = min(frames, counters[_WRITTEN] - consumed)
            taken = self._copy_out(consumed, count)
            counters[_CONSUMED] = consumed + count
            counters[_CALLS] += 1
            counters[_LARGEST] = max(counters[_LARGEST], frames)
            if count:
                counters[_CALL_NS] = now - (frames - count) * 1_000_000_000 // RATE
            if count < frames and counters[_EXPECTED]:
                counters[_UNDERRUNS] += 1
                counters[_MISSING] += frames - count
        finally:
            self._lock.release()
        return taken

    def _copy_in(self, start: int, part: memoryview) -> None:
        at = start % CAPACITY * FRAME
        first = min(len(part), len(self._frames) - at)
        self._frames[at : at + first] = part[:first]
        self._frames[: len(part) - first] = part[first:]

    def _copy_out(self, start: int, count: int) -> bytes:
        at, size = start % CAPACITY * FRAME, count * FRAME
        first = min(size, len(self._frames) - at)
        return bytes(self._frames[at : at + first]) + bytes(self._frames[: size - first])
