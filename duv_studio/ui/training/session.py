"""The one training of the application: started here, watched here, and never killed."""

from __future__ import annotations

import math
import time
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from duv_studio.engine.midi.song import Family
from duv_studio.training.lora.fit.run_files import RunFiles
from duv_studio.ui.document.worker_thread import LongJob
from duv_studio.ui.training.run_history import RunHistory
from duv_studio.ui.training.trainer_thread import Job, TrainingChannel, outcome

if TYPE_CHECKING:
    from duv_studio.training.lora.recipe.schema import LoraRecipe


class Stage(StrEnum):
    """Where a training stands."""

    IDLE = "idle"  # none runs; `result` or `error` is there when one ran before
    PREPARING = "preparing"  # imports
    READING = "reading"  # songs, the base, what must be beaten
    TRAINING = "training"
    ENDING_EPOCH = "ending epoch"  # was asked to stop after the running epoch
    STOPPING = "stopping"
    JUDGING = "judging"  # steps are over: it is calibrated, and unseen songs are played


class TrainingSession(LongJob):
    """Runs one training at a time in its own thread. `start` and the requests to stop return at once.

    `finished` brings the trainer's Result, `failed` a DuvError, or a Crash for an unexpected exception.
    """

    progressed = Signal()  # at most ten times a second; the history holds what is new
    said = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__("training", Stage.IDLE, Stage.PREPARING, parent)
        self.history = RunHistory()
        self.lines: list[str] = []  # the trainer's messages, for later
        self._job: Job | None = None
        self._channel = TrainingChannel()
        self._progressed_at = 0.0

    @property
    def stage(self) -> Stage:
        """Where the training stands."""
        return Stage(self._stage)

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
        since = time.monotonic() - self._progressed_at if self.running and self._progressed_at else 0.0
        return self.history.seconds + since

    @property
    def remaining(self) -> float:
        """Seconds to the last step, an estimate from the first on; nan before that."""
        if not self.running:
            return math.nan
        return max(self.history.remaining - (self.elapsed - self.history.seconds), 0.0)

    # Requests

    def start(
        self, recipe: LoraRecipe, family: Family, devices: str = "auto", workers: int = 0, restart: bool = False
    ) -> None:
        """Train, or go on with an interrupted run of the same recipe unless `restart`; RuntimeError while one runs."""
        self._refuse_second()
        self._job = Job(recipe, family, devices, workers, restart)
        self._channel, self.history = TrainingChannel(), RunHistory()
        self.lines, self._progressed_at = [], time.monotonic()
        self._begin(partial(outcome, self._job, self._channel))

    def stop_now(self) -> None:
        """Stop after the running step; what was learned is kept and can be resumed."""
        if self.running and not self._channel.stop.is_set():
            self._channel.stop.set()
            self._enter(Stage.STOPPING)

    def stop_after_epoch(self) -> None:
        """Stop after the running epoch and its validation."""
        if self.running and not (self._channel.stop.is_set() or self._channel.finish_epoch.is_set()):
            self._channel.finish_epoch.set()
            self._enter(Stage.ENDING_EPOCH)

    def _ask_to_stop(self) -> None:
        self._channel.stop.set()

    # News from the thread

    @Slot()
    def _look(self) -> None:
        news = self._channel.take()
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
            self._progressed_at = time.monotonic()
            self._follow()
            self.progressed.emit()

    def _follow(self) -> None:
        if self._stage is Stage.READING and self.history.step:
            self._enter(Stage.TRAINING)
