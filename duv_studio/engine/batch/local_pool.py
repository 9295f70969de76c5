"""The workers of a batch on this machine: a process each, replaced when it dies, and what it left handed on."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import wait

from duv_studio.engine.batch.pool import FileJob, FileOutput, Pool, Ready, Setup, WorkerEvent
from duv_studio.engine.batch.results import PROCESS_ENDED
from duv_studio.engine.batch.worker_main import serve
from duv_studio.engine.batch.worker_process import Serve, WorkerProcess
from duv_studio.engine.main_guard import require_main_guard
from duv_studio.engine.processes import processes_here
from duv_studio.errors import DuvError

_IN_HAND = 2  # chunks of a worker: one is predicted, the next is read
_MOST_FALSE_STARTS = 2  # in a row


def open_processes(setup: Setup, jobs: int | None, target: Serve = serve) -> Pool:
    """Up to `jobs` worker processes; None: one per processor, or a single one for a GPU. They start as work comes.

    `target` is what each of them runs; it must be picklable.
    """
    require_main_guard()
    most = jobs or (processes_here() if setup.device == "cpu" else 1)
    return _Processes(setup, most, target)


class _Processes:
    def __init__(self, setup: Setup, most: int, target: Serve) -> None:
        self._setup, self._most, self._target = setup, most, target
        self._threads = max(processes_here() // most, 1)
        self._workers: list[WorkerProcess] = []
        self._waiting: deque[list[FileJob]] = deque()
        self._suspects: deque[FileJob] = deque()  # one of them killed a process: each is tried alone
        self._precise = False  # whether the precision is known that all are to compute in
        self._false_starts = 0

    def wants(self) -> int:
        held = sum(worker.chunks for worker in self._workers) + len(self._waiting) + len(self._suspects)
        return max(self._most * _IN_HAND - held, 0)

    def give(self, chunk: Sequence[FileJob]) -> None:
        if chunk:
            self._waiting.append(list(chunk))
            self._hand_out()

    def events(self, seconds: float) -> list[WorkerEvent]:
        events: list[WorkerEvent] = []
        deadline = time.monotonic() + seconds
        while not events and (left := deadline - time.monotonic()) > 0:
            signs = [sign for worker in self._workers for sign in (worker.connection, worker.sentinel)]
            ready = wait(signs, left)
            for worker in [w for w in self._workers if w.connection in ready or w.sentinel in ready]:
                events += self._hear(worker, ended=worker.sentinel in ready)
            self._hand_out()
        return events

    def close(self) -> None:
        for worker in self._workers:
            worker.ask_to_end()  # all of them, before the first one is waited for
        while self._workers:
            self._workers.pop().end()

    def _hear(self, worker: WorkerProcess, *, ended: bool) -> list[WorkerEvent]:
        try:
            events = worker.events()
        except DuvError:
            if not any(other.ready for other in self._workers):
                raise
            return self._do_without(worker)
        for said in events:
            if isinstance(said, Ready):
                self._false_starts = 0
                self._agree_on(said.precision)
        return events + self._bury(worker) if ended or worker.over else events

    def _agree_on(self, precision: str) -> None:
        """Let all that start from now on compute as the first one does."""
        if not self._precise:
            self._setup, self._precise = replace(self._setup, precision=precision), True

    def _do_without(self, worker: WorkerProcess) -> list[WorkerEvent]:
        """Let those that work go on alone, when another one cannot begin."""
        events = self._bury(worker)
        self._most = len(self._workers)
        return events

    def _bury(self, worker: WorkerProcess) -> list[WorkerEvent]:
        """Take what a dead worker left: what it was at is suspect, the rest goes on to others."""
        begun, rest = worker.left()
        self._workers.remove(worker)
        if not worker.fruitful:
            self._count_false_start(worker)
        worker.end()
        self._waiting.extendleft(reversed(rest))
        if worker.alone:
            return [FileOutput(job.index, None, PROCESS_ENDED) for job in begun]
        self._suspects.extend(begun)
        return []

    def _count_false_start(self, worker: WorkerProcess) -> None:
        self._false_starts += 1
        if self._false_starts < _MOST_FALSE_STARTS:
            return
        if not any(other.ready for other in self._workers):
            raise DuvError(
                f"the worker processes end before they begin to work ({worker.how_it_ended()}), "
                "perhaps because memory ran out",
                hint="close other programs, or ask for fewer jobs",
            )
        self._most, self._false_starts = len(self._workers), 0  # there is no room for more

    def _hand_out(self) -> None:
        """Start the workers that are needed, and give each what it can take: suspects to those that have nothing."""
        while self._needs_another():
            self._start()
        for worker in self._workers:
            if self._suspects and not worker.chunks:
                worker.give([self._suspects.popleft()], alone=True)
        for held in range(_IN_HAND):
            for worker in self._workers:
                if worker.chunks == held and not worker.alone and self._may_give(held):
                    worker.give(self._waiting.popleft())

    def _start(self) -> None:
        try:
            self._workers.append(WorkerProcess(self._target, self._setup, self._threads))
        except OSError as error:
            if not self._workers:
                raise DuvError(
                    f"no worker process could be started: {error.strerror or error}", hint="close other programs"
                ) from error
            self._most = len(self._workers)  # there is no room for more

    def _needs_another(self) -> bool:
        tasks = sum(worker.chunks for worker in self._workers) + len(self._waiting) + len(self._suspects)
        allowed = self._most if self._precise else 1
        return len(self._workers) < min(allowed, tasks)

    def _may_give(self, held: int) -> bool:
        """Whether a chunk may go to a worker that has some: not while workers that have none are still to come."""
        if self._suspects:
            return False  # hands must be empty for them
        return len(self._waiting) > (self._most - len(self._workers) if held else 0)
