"""A batch from its request to its summary, for a terminal and a window alike."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from duv_studio.engine.batch.events import (
    BatchEvent,
    FileFinished,
    FileResult,
    Planned,
    Progressed,
    Started,
    Status,
    StatusMessage,
    Summary,
)
from duv_studio.engine.batch.journal import Journal
from duv_studio.engine.batch.output_guard import lock_folder
from duv_studio.engine.batch.pool import FileJob, FileOutput, Pool, Ready, Setup, WorkerEvent
from duv_studio.engine.batch.preflight import Prepared, prepare, remove_temporary_files
from duv_studio.engine.batch.request import Control, Request
from duv_studio.engine.batch.results import result_of
from duv_studio.engine.output_folder import FolderMoved, OutputFolder
from duv_studio.engine.processes import processes_here
from duv_studio.errors import Cancelled

OnEvent = Callable[[BatchEvent], None]
OpenPool = Callable[[Request, Setup, int], Pool]  # the number is that of the files to be played
MOST_FILES, MOST_BYTES = 16, 256 * 1024  # of a chunk
_TICK = 0.1  # seconds until the brakes are looked at again
_LOOK_S = 1.0  # between two looks at the target folder
_TELL_S = 0.25  # between two news of the search
_WORTH_A_PROCESS = 4  # files; it takes longer to start than they take


def open_pool(request: Request, setup: Setup, files: int) -> Pool:
    """The cluster that the request names, or else processes on this machine."""
    if request.scheduler:
        from duv_studio.engine.batch.dask_pool import open_cluster

        return open_cluster(request.scheduler, setup)
    from duv_studio.engine.batch.local_pool import open_processes

    few = -(-files // _WORTH_A_PROCESS)
    jobs = min(processes_here(), few) if request.jobs is None and setup.device == "cpu" else request.jobs
    return open_processes(setup, jobs)


def run(request: Request, on_event: OnEvent, control: Control, open_pool: OpenPool = open_pool) -> Summary:
    """Play all files of a batch; the outcome of each is reported.

    An error of one file is in its result. DuvError when nothing could be done at all: a wrong pattern or model, a
    target among the sources or held by another batch, other settings than those that are resumed, a journal that
    cannot be written. Where the target folder is taken away meanwhile, the batch is stopped, and its summary says so.
    """
    started = time.monotonic()
    on_event(StatusMessage("Looking for MIDI files"))
    with lock_folder(request.target):
        try:
            prepared = prepare(request, lambda: control.cancelled, _Teller(on_event))
        except Cancelled:
            return Summary((), True, time.monotonic() - started, "")
        on_event(Planned(prepared.rows))
        batch = _Batch(request, prepared, on_event, control)
        try:
            batch.play_all(open_pool)
        finally:
            batch.close()
    seconds = time.monotonic() - started
    return Summary(batch.rows_at_the_end(), batch.stopped, seconds, batch.journal.precision, batch.moved)


class _Teller:
    """Says now and then how far the search is."""

    def __init__(self, on_event: OnEvent) -> None:
        self._tell, self._told = on_event, time.monotonic()

    def __call__(self, sentence: str) -> None:
        if time.monotonic() - self._told >= _TELL_S:
            self._told = time.monotonic()
            self._tell(StatusMessage(sentence))


def _moved(row: FileResult, before: Path, moved: FolderMoved) -> FileResult:
    """A row after its folder was moved: its result is there now, or there is none any more."""
    if row.target is None:
        return row
    if moved.now is not None:
        return replace(row, target=moved.now / row.target.relative_to(before))
    return replace(row, status=Status.WAITING, why="", before=False) if moved.gone else row


class _Batch:
    """The files that wait, those that are under way, and what has come of the others."""

    def __init__(self, request: Request, prepared: Prepared, on_event: OnEvent, control: Control) -> None:
        self.rows = list(prepared.rows)
        self._request, self._prepared, self._tell, self._control = request, prepared, on_event, control
        self._waiting = deque(row.index for row in self.rows if row.status is Status.WAITING)
        self._under_way: set[int] = set()
        self._chunks = 0  # that were handed out
        self.moved: FolderMoved | None = None
        self._looked = time.monotonic()
        if request.resume:
            places = (row.target.parent for row in self.rows if row.target is not None)
            remove_temporary_files(request.target, places)
        self._folder = OutputFolder(request.target)
        try:
            self.journal = Journal.begin(self._folder, prepared.past)
        except BaseException:
            self._folder.close()
            raise

    def close(self) -> None:
        """Leave the folder to a run that goes on."""
        self.journal.close()
        self._folder.close()

    @property
    def stopped(self) -> bool:
        """Whether files were left."""
        return bool(self._waiting or self._under_way)

    def rows_at_the_end(self) -> tuple[FileResult, ...]:
        """All rows; what was dropped under way waits. Results are where the folder is now, and gone where it is."""
        rows = (replace(r, status=Status.WAITING) if r.status is Status.WORKING else r for r in self.rows)
        return tuple(rows if self.moved is None else (_moved(row, self._folder.path, self.moved) for row in rows))

    def play_all(self, open_pool: OpenPool) -> None:
        """Hand out all files that wait, and write what comes back."""
        if not self._waiting or self._control.cancelled:
            return
        self._tell(
            StatusMessage("Waiting for a worker of the cluster" if self._request.scheduler else "Loading the model")
        )
        pool = open_pool(self._request, self._prepared.setup, len(self._waiting))
        try:
            shares = 2 * max(pool.wants(), 1)
            while self.stopped and not self._control.cancelled:
                self._hand_out(pool, shares)
                self._hear(pool.events(_TICK))
                self._look_after_folder()
        except FolderMoved as moved:
            self.moved = moved
        finally:
            pool.close()

    def _hand_out(self, pool: Pool, shares: int) -> None:
        if self._control.paused:
            if not self._under_way:
                time.sleep(_TICK)  # a pool without work need not wait for news
            return
        while self._waiting and pool.wants() > 0:
            pool.give(self._chunk(shares))

    def _chunk(self, shares: int) -> list[FileJob]:
        """The next files, fewer at first, so that something is done soon, and at last: no worker is left with many."""
        most = min(MOST_FILES, 2 ** (self._chunks // 2), max(len(self._waiting) // shares, 1))
        self._chunks += 1
        chunk: list[FileJob] = []
        size = 0
        while self._waiting and len(chunk) < most:
            file = self._prepared.plan[self._waiting[0]].file
            size += file.size
            if chunk and size > MOST_BYTES:
                break
            index = self._waiting.popleft()
            self._under_way.add(index)
            chunk.append(FileJob(index, str(file.path)))
        return chunk

    def _hear(self, events: Iterable[WorkerEvent]) -> None:
        for item in events:
            if isinstance(item, Ready):
                self.journal.computed_in(item.precision)
            elif item.index in self._under_way:  # what comes twice is done once
                if isinstance(item, FileOutput):
                    self._done(item)
                else:
                    self._forward(item)

    def _look_after_folder(self) -> None:
        """Also while long files are played: hours of work would be lost with the folder."""
        if time.monotonic() - self._looked >= _LOOK_S:
            self._looked = time.monotonic()
            self._folder.check_there()

    def _forward(self, item: Started | Progressed) -> None:
        if isinstance(item, Started):
            self.rows[item.index] = replace(self.rows[item.index], status=Status.WORKING)
        self._tell(item)

    def _done(self, done: FileOutput) -> None:
        entry = self._prepared.plan[done.index]
        row, record = result_of(self.rows[done.index], entry, done, self._folder, self._prepared.guard)
        self.journal.add(record)
        self._under_way.discard(done.index)
        self.rows[done.index] = row
        self._tell(FileFinished(row))
