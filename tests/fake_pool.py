"""A pool that plays in no time and in this process, so that order, files and records are tested without a model."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from duv_studio.engine.batch.events import Started
from duv_studio.engine.batch.pool import FileJob, FileOutput, Ready, Setup, WorkerEvent
from duv_studio.engine.batch.request import Request

BAD, PARTLY, UNSELECTED = b"bad", b"partly", b"unselected"  # how sources begin that come to such an end


class FakePool:
    """Two workers' worth of chunks; results come one at a time, the last chunk's first.

    `after` is called with the number of results that were reported so far, before the next one is.
    """

    def __init__(self, setup: Setup, after: Callable[[int], None] = lambda done: None, precision: str = "fp32") -> None:
        self.setup, self._after = setup, after
        self.chunks: deque[list[FileJob]] = deque()
        self.played: list[str] = []
        self.given: list[int] = []
        self.closed = False
        self._news: deque[WorkerEvent] = deque([Ready(setup.precision or precision)])

    def wants(self) -> int:
        return 2 - len(self.chunks)

    def give(self, chunk: Sequence[FileJob]) -> None:
        assert self.wants() > 0 and not self.closed
        self.given.append(len(chunk))
        self.chunks.append(list(chunk))
        self._news.extend(Started(job.index) for job in chunk)

    def events(self, seconds: float) -> Sequence[WorkerEvent]:
        if self._news:
            events = list(self._news)
            self._news.clear()
            return events
        if not self.chunks:
            return []
        self._after(len(self.played))
        job = self.chunks[-1].pop(0)
        if not self.chunks[-1]:
            self.chunks.pop()
        self.played.append(job.path)
        done = played(job, self.setup)
        return [done, done]  # a cluster may tell twice

    def close(self) -> None:
        self.closed = True


def played(job: FileJob, setup: Setup) -> FileOutput:
    data = Path(job.path).read_bytes()
    if data.startswith(BAD):
        return FileOutput(job.index, None, "It is bad.")
    return FileOutput(
        job.index,
        result(data, setup.settings.intensity),
        warnings=("A part is missing.",) if data.startswith(PARTLY) else (),
        selected=not data.startswith(UNSELECTED),
        notes=len(data),
        notes_changed=len(data) // 2,
        mean_velocity_change=1.5,
        mean_duration_change=0.25,
        seconds=0.125,
    )


def result(data: bytes, intensity: float) -> bytes:
    """What the fake pool makes of a source."""
    return data[::-1] + str(intensity).encode()


class Opener:
    """The `open_pool` of a run; remembers the pools that it opened."""

    def __init__(self, after: Callable[[int], None] = lambda done: None, precision: str = "fp32") -> None:
        self.pools: list[FakePool] = []
        self._after, self._precision = after, precision

    def __call__(self, request: Request, setup: Setup, files: int) -> FakePool:
        self.pools.append(FakePool(setup, self._after, self._precision))
        return self.pools[-1]

    @property
    def played(self) -> list[str]:
        """Names of the files that were played, in their order."""
        return [Path(path).name for pool in self.pools for path in pool.played]
