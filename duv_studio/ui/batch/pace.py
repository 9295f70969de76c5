"""How far a batch is and how long it will take: from the bytes of the files, pauses left out."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence

from duv_studio.engine.batch.events import BatchEvent, FileFinished, FileResult, Planned, Progressed, Started, Status

ENOUGH_FILES = 10  # before these, the time that remains is a guess
_OPEN = (Status.WAITING, Status.WORKING)


class Pace:
    """Counts what is reported; knows nothing of threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.files = 0  # of the batch
        self.done = 0  # that are not waiting any more, whatever became of them
        self.failed = 0
        self._played = 0  # files that this run finished
        self.notes = 0  # of these
        self._sizes: Mapping[int, int] = {}  # of files that are still to be done when a run begins
        self._whole, self._behind = 0, 0  # bytes
        self._fractions: dict[int, float] = {}
        self._begun: set[int] = set()
        self._spent, self._since = 0.0, math.nan  # seconds up to the last pause; when the present stretch began

    def take(self, events: Sequence[BatchEvent], sizes: Mapping[int, int] | None = None) -> None:
        """Take in what was reported; `sizes` are the bytes of files that wait, which came with the plan."""
        for one in events:
            if isinstance(one, Planned):
                self._plan(one.rows, sizes or {})
            elif isinstance(one, Started):
                self._begin(one.index)
            elif isinstance(one, Progressed):
                self._fractions[one.index] = one.fraction
            elif isinstance(one, FileFinished):
                self._finish(one.result)

    def _plan(self, rows: Sequence[FileResult], sizes: Mapping[int, int]) -> None:
        waiting = [row.index for row in rows if row.status in _OPEN]
        self.files, self.done = len(rows), len(rows) - len(waiting)
        self.failed = sum(row.status is Status.FAILED for row in rows)
        self._sizes = {index: max(sizes.get(index, 1), 1) for index in waiting}
        self._whole = sum(self._sizes.values())

    def _begin(self, index: int) -> None:
        self._begun.add(index)
        if math.isnan(self._since):
            self._since = self._clock()  # what was before went into the model, and says nothing of files

    def _finish(self, row: FileResult) -> None:
        self.done += 1
        self.failed += row.status is Status.FAILED
        self._played += 1
        self.notes += row.notes
        self._begun.discard(row.index)
        self._fractions.pop(row.index, None)
        self._behind += self._sizes.get(row.index, 0)

    def pause(self) -> None:
        """Time stands still."""
        if not math.isnan(self._since):
            self._spent, self._since = self.seconds, math.nan

    def go_on(self) -> None:
        """Time goes on, unless no file was begun yet."""
        if self._spent and math.isnan(self._since):
            self._since = self._clock()

    @property
    def busy(self) -> bool:
        """Whether files are at work."""
        return bool(self._begun)

    @property
    def seconds(self) -> float:
        """Since the first file was begun, pauses left out."""
        return self._spent + (0.0 if math.isnan(self._since) else self._clock() - self._since)

    @property
    def share(self) -> float | None:
        """How much of what this run has to do is done, 0..1; None before that is known."""
        if not self.files:
            return None
        if not self._whole:
            return 1.0
        begun = sum(self._sizes.get(index, 0) * fraction for index, fraction in self._fractions.items())
        return min((self._behind + begun) / self._whole, 1.0)

    @property
    def notes_per_second(self) -> float:
        """Of files that this run finished; nan while there is none."""
        return self.notes / self.seconds if self._played and self.seconds > 0 else math.nan

    @property
    def remaining(self) -> float:
        """Seconds to the end at this pace; nan until so many files are played that it can be told."""
        share = self.share
        if not share or self._played < ENOUGH_FILES:
            return math.nan
        return self.seconds * (1 - share) / share
