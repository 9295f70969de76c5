"""The one training of the application: started here, watched here, and never killed."""

from __future__ import annotations

import math
import time
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from duv_studio.engine.midi.song import Family
from duv_studio.errors import Cancelled
from duv_studio.training.lora.fit.run_files import RunFiles
from duv_studio.ui.document.worker_thread import WorkerThread
from duv_studio.ui.training.run_history import RunHistory
from duv_studio.ui.training.trainer_thread import Job, Line, outcome

if TYPE_CHECKING:
    from duv_studio.training.lora.recipe.schema import LoraRecipe

EVENTS_MS = 110  # news are looked for so often: never more than ten times a second, though timers are a little early
ENOUGH_STEPS = 30  # before these, the time that remains is a guess


class Stage(StrEnum):
    """Where a training stands."""

    IDLE = "idle"  # none runs; `result` or `error` is there when one ran before
    PREPARING = "preparing"  # imports
    READING = "reading"  # songs, the base, what must be beaten
    TRAINING = "training"
    ENDING_EPOCH = "ending epoch"  # was asked to stop after the running epoch
    STOPPING = "stopping"
    JUDGING = "judging"  # steps are over: it is calibrated, and unseen songs are played


class TrainingSession(QObject):
    """Runs one training at a time in a thread of its own. `start` and the wishes return at once.

    `finished` brings the trainer's Result, or None when it was stopped before its first step; `failed` a DuvError, or
    a `worker.Crash` for what no one foresaw. Both come after the thread has ended.
    """

    started = Signal()
    progressed = Signal()  # at most ten times a second; the history holds what is new
    said = Signal(str)
    finished = Signal(object)
    failed = Signal(object)
    state_changed = Signal()  # `stage` or `running`

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.history = RunHistory()
        self.result: Any = None
        self.error: Exception | None = None
        self.lines: list[str] = []  # what the trainer said, for whoever looks later
        self._job: Job | None = None
        self._line = Line()
        self._stage = Stage.IDLE
        self._thread = WorkerThread("training", self)
        self._thread.ended.connect(self._on_ended)
        self._told_at = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(EVENTS_MS)
        self._timer.timeout.connect(self._look)

    # What is known

    @property
    def running(self) -> bool:
        """Whether a training is at work, stopping included."""
        return self._thread.running

    @property
    def stage(self) -> Stage:
        """Where it stands."""
        return self._stage

    @property
    def recipe(self) -> LoraRecipe | None:
        """The recipe of the run, also after its end."""
        return None if self._job is None else self._job.recipe

    @property
    def family(self) -> Family | None:
        """Whose playing is learned."""
        return None if self._job is None else self._job.family

    @property
    def devices(self) -> str:
        """On what it was asked to run."""
        return "auto" if self._job is None else self._job.devices

    @property
    def output(self) -> Path | None:
        """The folder of the run."""
        return None if self.recipe is None else Path(self.recipe.output_dir)

    @property
    def best_adapter(self) -> Path | None:
        """The file of the best adapter so far; None before there is one."""
        if self.output is None or (self.history.best is None and self.result is None):
            return None
        path = RunFiles(self.output).best
        return path if path.is_file() else None

    @property
    def resumable(self) -> bool:
        """Whether `start` with the same recipe would resume from where it stands."""
        return self.output is not None and not self.running and RunFiles(self.output).resume.is_file()

    @property
    def share(self) -> float | None:
        """How much of the steps is done, 0..1; None while that is unknown."""
        if self._stage in (Stage.PREPARING, Stage.READING, Stage.JUDGING) or not self.history.steps:
            return None
        return self.history.step / self.history.steps

    @property
    def elapsed(self) -> float:
        """Seconds of the run by now, those before an interruption included."""
        since = time.monotonic() - self._told_at if self.running and self._told_at else 0.0
        return self.history.seconds + since

    @property
    def remaining(self) -> float:
        """Seconds to the last step; nan while it is too early to say."""
        early = self.history.step < ENOUGH_STEPS or not self.running
        return math.nan if early else max(self.history.remaining - (self.elapsed - self.history.seconds), 0.0)

    # Wishes

    def start(
        self, recipe: LoraRecipe, family: Family, devices: str = "auto", workers: int = 0, restart: bool = False
    ) -> None:
        """Train, or go on with an interrupted run of the same recipe unless `restart`; RuntimeError while one runs."""
        if self.running:
            raise RuntimeError("a training runs already")
        self._job = Job(recipe, family, devices, workers, restart)
        self._line, self.history, self.result, self.error = Line(), RunHistory(), None, None
        self.lines, self._told_at = [], time.monotonic()
        self._stage = Stage.PREPARING
        self._thread.begin(partial(outcome, self._job, self._line))
        self._timer.start()
        self.started.emit()
        self.state_changed.emit()

    def stop_now(self) -> None:
        """Stop after the running step; what was learned is kept and can be resumed."""
        if self.running and not self._line.stop.is_set():
            self._line.stop.set()
            self._enter(Stage.STOPPING)

    def stop_after_epoch(self) -> None:
        """Stop after the running epoch and its validation."""
        if self.running and not (self._line.stop.is_set() or self._line.finish_epoch.is_set()):
            self._line.finish_epoch.set()
            self._enter(Stage.ENDING_EPOCH)

    def shut_down(self) -> None:
        """Stop, wait for the end of the thread, and tell no one; for the end of the application."""
        self._timer.stop()
        self._line.stop.set()
        self._thread.wait()

    # What comes

    @Slot()
    def _look(self) -> None:
        news = self._line.take()
        if news.said and self._stage is Stage.TRAINING:
            self._enter(Stage.JUDGING)  # between the first step and the last nothing is said
        for text in news.said:
            self.lines.append(text)
            self.said.emit(text)
        if news.earlier is not None:
            self.history.put_before(news.earlier)
        for progress in news.progress:
            self.history.add(progress)
        if news.warm and self._stage is Stage.PREPARING:
            self._enter(Stage.READING)
        if news.progress:
            self._told_at = time.monotonic()
            self._follow()
            self.progressed.emit()

    def _follow(self) -> None:
        if self._stage is Stage.READING and self.history.step:
            self._enter(Stage.TRAINING)

    @Slot(object, object)
    def _on_ended(self, result: Any, error: Exception | None) -> None:
        self._timer.stop()
        self._look()
        self.result, self.error = result, error
        self._enter(Stage.IDLE)
        if self.error is None or isinstance(self.error, Cancelled):
            self.error = None
            self.finished.emit(self.result)
        else:
            self.failed.emit(self.error)

    def _enter(self, stage: Stage) -> None:
        if stage is not self._stage:
            self._stage = stage
            self.state_changed.emit()
