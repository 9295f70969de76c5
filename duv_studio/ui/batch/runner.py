"""The one batch of the application: started here, watched here, and never killed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import cast

from PySide6.QtCore import QObject, Signal, Slot

from duv_studio.engine.batch.events import (
    BatchEvent,
    FileFinished,
    FileResult,
    Planned,
    Progressed,
    Status,
    StatusMessage,
    Summary,
)
from duv_studio.engine.batch.request import Control, Request
from duv_studio.ui.batch.pace import Pace
from duv_studio.ui.document.worker_thread import LongJob, Outcome

Run = Callable[[Request, Callable[[BatchEvent], None], Control], Summary]


class Stage(StrEnum):
    """Where a batch stands."""

    IDLE = "idle"  # none runs; `summary` or `error` is there when one ran before
    PREPARING = "preparing"  # files are looked for, the model is loaded
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLING = "cancelling"


@dataclass
class EventQueue:
    """Events on their way from the batch's thread to the window. Thread-safe."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _news: list[BatchEvent] = field(default_factory=list)
    _progress: dict[int, Progressed] = field(default_factory=dict)
    _sizes: dict[int, int] = field(default_factory=dict)

    def on_event(self, events: BatchEvent) -> None:
        """Pass it on; of how far a file is, only the last word counts."""
        sizes = _sizes(events.rows) if isinstance(events, Planned) else {}
        with self._lock:
            self._sizes.update(sizes)
            if isinstance(events, Progressed):
                self._progress[events.index] = events
            else:
                self._news.append(events)

    def take(self) -> tuple[tuple[BatchEvent, ...], Mapping[int, int]]:
        """Everything that no one took yet, and the sizes of files that were planned."""
        with self._lock:
            ended = {one.result.index for one in self._news if isinstance(one, FileFinished)}
            late = [one for index, one in self._progress.items() if index not in ended]
            events, sizes = (*self._news, *late), self._sizes
            self._news, self._progress, self._sizes = [], {}, {}
        return events, sizes


class BatchRunner(LongJob):
    """Runs one batch at a time in its own thread. `start` and the requests return at once.

    `finished` brings the Summary, or None when the batch was cancelled before there was one.
    """

    events_arrived = Signal(object)  # tuple of BatchEvents, at most ten times a second

    def __init__(self, run: Run | None = None, parent: QObject | None = None) -> None:
        super().__init__("batch", Stage.IDLE, Stage.PREPARING, parent)
        self._run = run or _run
        self.request: Request | None = None  # the last one, also after its end
        self.make_pace: Callable[[], Pace] = Pace
        self.pace = Pace()
        self.said = ""  # the step before the first file
        self._queue, self._control = EventQueue(), Control()

    @property
    def stage(self) -> Stage:
        """Where the batch stands."""
        return Stage(self._stage)

    @property
    def summary(self) -> Summary | None:
        """How the last batch ended."""
        return cast("Summary | None", self.result)

    # Requests

    def start(self, request: Request) -> None:
        """Run a batch; RuntimeError while one runs."""
        self._refuse_second()
        self.request, self.said = request, ""
        self.pace, self._queue, self._control = self.make_pace(), EventQueue(), Control()
        self._begin(partial(_outcome, self._run, request, self._queue, self._control))

    def pause(self) -> None:
        """Begin no more files; those under way are finished."""
        if self.running and self._stage in (Stage.PREPARING, Stage.RUNNING):
            self._control.pause()
            self._enter(Stage.PAUSED)

    def go_on(self) -> None:
        """End the pause."""
        if self._stage is Stage.PAUSED:
            self._control.go_on()
            self.pace.go_on()
            self._enter(Stage.RUNNING if self.pace.files else Stage.PREPARING)

    def cancel(self) -> None:
        """Stop at once; what is done stays."""
        if self.running and self._stage is not Stage.CANCELLING:
            self._control.cancel()
            self._enter(Stage.CANCELLING)

    def _ask_to_stop(self) -> None:
        self._control.cancel()

    # News from the thread

    @Slot()
    def _look(self) -> None:
        events, sizes = self._queue.take()
        if not events:
            return
        self.pace.take(events, sizes)
        self._rest()
        for one in events:
            if isinstance(one, StatusMessage):
                self.said = one.sentence
        if self.pace.files and self._stage is Stage.PREPARING:
            self._enter(Stage.RUNNING)
        self.events_arrived.emit(events)

    def _rest(self) -> None:
        """In a pause time stands still once the last file that was begun is done."""
        if self._stage is Stage.PAUSED and not self.pace.busy:
            self.pace.pause()

    @Slot(object, object)
    def _on_ended(self, result: Summary | None, error: Exception | None) -> None:
        self._look()
        self.pace.pause()
        super()._on_ended(result, error)


def again(request: Request) -> Request:
    """Return the same request, to go on where it was stopped."""
    return replace(request, resume=True)


def _run(request: Request, on_event: Callable[[BatchEvent], None], control: Control) -> Summary:
    # Late: the window's first paint needs none of it.
    from duv_studio.engine.batch.runner import run

    return run(request, on_event, control)


def _outcome(run: Run, request: Request, queue: EventQueue, control: Control) -> Outcome:
    return run(request, queue.on_event, control), None


def _sizes(rows: Sequence[FileResult]) -> dict[int, int]:
    """Bytes of the files that wait; asked for in the thread that runs, for a disk may be slow."""
    sizes = {}
    for row in rows:
        if row.status is Status.WAITING:
            try:
                sizes[row.index] = row.source.stat().st_size
            except OSError:
                continue  # reading it will say why
    return sizes
