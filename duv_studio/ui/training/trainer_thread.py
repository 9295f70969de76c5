"""The training in its own thread: what to train, what it tells, and how it is asked to stop."""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from duv_studio.engine.midi.song import Family
from duv_studio.errors import Cancelled, DuvError
from duv_studio.ui.document.worker_thread import Outcome
from duv_studio.ui.training.run_history import ADAPTER, RunHistory

if TYPE_CHECKING:
    from duv_studio.training.lora.fit.callbacks import Progress
    from duv_studio.training.lora.fit.result import Result
    from duv_studio.training.lora.recipe.schema import LoraRecipe

_NICE = 5  # the window's thread comes first where processors are few
# Seconds after which a thread that computes must let the window's go on. Every call of Qt asks for that again, and a
# repaint makes hundreds: with Python's own 5 ms a plot takes 50 ms longer beside a training of small steps.
_TURN_S = 0.001
_log = logging.getLogger("duv_studio")


@dataclass(frozen=True)
class Job:
    """What is to be trained, and on what."""

    recipe: LoraRecipe
    family: Family
    devices: str = "auto"
    workers: int = 0
    restart: bool = False


@dataclass(frozen=True)
class TrainingUpdate:
    """What the trainer reported since the last look."""

    progress: tuple[Progress, ...] = ()
    said: tuple[str, ...] = ()
    earlier: RunHistory | None = None  # the log of the interrupted run that this one resumes
    warm: bool = False  # whether everything is imported and the trainer is at work


class Crash(Exception):
    """An unexpected error; `trace` is for a report. Holds no frames, which would keep a network in memory."""

    def __init__(self, trace: str) -> None:
        super().__init__(trace.strip().rpartition("\n")[2])
        self.trace = trace


@dataclass
class TrainingChannel:
    """Between the trainer's thread and the window: updates one way, requests to stop the other. Thread-safe."""

    stop: threading.Event = field(default_factory=threading.Event)
    finish_epoch: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _progress: list[Progress] = field(default_factory=list)
    _said: list[str] = field(default_factory=list)
    _earlier: RunHistory | None = None
    _warm: bool = False

    def warm(self) -> None:
        """Tell that all is imported."""
        with self._lock:
            self._warm = True

    def tell(self, progress: Progress) -> None:
        """Pass an event on."""
        with self._lock:
            self._progress.append(progress)

    def say(self, text: str) -> None:
        """Pass a line for people on."""
        with self._lock:
            self._said.append(text)

    def put_before(self, earlier: RunHistory) -> None:
        """Pass on the log of an interrupted run."""
        with self._lock:
            self._earlier = earlier

    def take(self) -> TrainingUpdate:
        """Everything that no one took yet."""
        with self._lock:
            news = TrainingUpdate(tuple(self._progress), tuple(self._said), self._earlier, self._warm)
            self._progress, self._said, self._earlier = [], [], None
        return news


def outcome(job: Job, channel: TrainingChannel) -> Outcome:
    """Train, in the thread that is the training's own; the result."""
    try:
        _step_back()
        with _short_turns():
            return train(job, channel), None
    except Exception as error:
        return None, as_travelling(error)


def train(job: Job, channel: TrainingChannel) -> Result | None:
    """The same training as on the command line; Cancelled where it was stopped before it began."""
    from duv_studio.training.warm_up import warm_up

    warm_up()
    if channel.stop.is_set():
        raise Cancelled
    channel.warm()
    from duv_studio.training.devices import devices
    from duv_studio.training.lora.fit.run import train as run

    return run(
        job.recipe,
        job.family,
        devices(job.devices),
        workers=job.workers,
        restart=job.restart,
        on_message=channel.say,
        on_progress=_Recorder(Path(job.recipe.output_dir), channel),
        stop=channel.stop.is_set,
        finish_epoch=channel.finish_epoch.is_set,
    )


class _Recorder:
    """Passes events on, and before the first of a run that goes on what was reported before."""

    def __init__(self, folder: Path, channel: TrainingChannel) -> None:
        self._folder, self._channel, self._begun = folder, channel, False

    def __call__(self, progress: Progress) -> None:
        if progress.row == ADAPTER and not self._begun:
            self._begun = True
            if progress.step > 1:
                self._read_earlier(progress.step)
        self._channel.tell(progress)

    def _read_earlier(self, step: int) -> None:
        log = newest_log(self._folder)
        try:
            if log is not None:
                self._channel.put_before(RunHistory.read(log, before=step))
        except DuvError:
            pass  # the curve then begins where the run goes on


def newest_log(folder: Path) -> Path | None:
    """The metrics.csv of the last run in an output folder."""
    logs = earlier_logs(folder)
    return logs[-1] if logs else None


def earlier_logs(folder: Path) -> list[Path]:
    """Every metrics.csv of an output folder, oldest first."""
    found = [p for p in folder.glob("logs/version_*/metrics.csv") if p.parent.name.removeprefix("version_").isdigit()]
    return sorted(found, key=lambda p: int(p.parent.name.removeprefix("version_")))


def as_travelling(error: Exception) -> Exception:
    """An exception as it may travel: without the frames that hold tensors, and logged where no one foresaw it."""
    if isinstance(error, DuvError | Cancelled):
        return _without_frames(error)
    trace = "".join(traceback.format_exception(error))
    _log.error("Unexpected exception in a training\n%s", trace)
    _without_frames(error)
    return Crash(trace)


def _without_frames(error: Exception) -> Exception:
    inner: BaseException | None = error
    while inner is not None:
        inner.__traceback__ = None
        inner = inner.__cause__ or inner.__context__
    return error


@contextmanager
def _short_turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, _TURN_S))
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _step_back() -> None:
    """Give this thread, and those that torch starts from it, less of busy processors; where the system can."""
    if sys.platform == "linux":
        number = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, number, os.getpriority(os.PRIO_PROCESS, number) + _NICE)
