"""What happens around the steps of a training: validation, the best adapter, the log, checkpoints, and stopping."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lightning import Callback, LightningModule, Trainer
from torch import Tensor

from duv_studio.training.lora.fit.lightning_module import AdapterTraining, Plan
from duv_studio.training.lora.fit.lora_injection import adapter_weights
from duv_studio.training.lora.fit.losses import Validation
from duv_studio.training.lora.fit.run_log import RunLog
from duv_studio.training.lora.fit.sanity_checks import demand_sound

LOG_EVERY, SAVE_EVERY = 5, 50  # steps
PULSE_S = 0.5  # where steps take long, they are shown between two rows of the log
SPEED = "notes_per_second"  # among the metrics of Progress; no column of the log, as it differs from run to run


@dataclass(frozen=True)
class Progress:
    """Where a training stands; `metrics` under the names of the log's columns, and SPEED; empty between two rows."""

    step: int
    steps: int
    epoch: int
    seconds: float
    metrics: Mapping[str, float]
    row: str = "adapter"


OnProgress = Callable[[Progress], None]


@dataclass
class Course:
    """Validates after every epoch, keeps the best state, and says when no better one is to be expected."""

    patience: int
    best: float = math.inf
    best_step: int = 0
    best_scores: dict[str, float] = field(default_factory=dict)
    waited: int = 0

    def judge(self, scores: Mapping[str, float], step: int) -> bool:
        """Take in the scores of an epoch; True where they are the best so far."""
        if scores["val_loss"] < self.best:
            self.best, self.best_step, self.best_scores, self.waited = scores["val_loss"], step, dict(scores), 0
            return True
        self.waited += 1
        return False

    @property
    def over(self) -> bool:
        return 0 < self.patience <= self.waited


class Around(Callback):
    """All of it; one object, so that the order of things is written down in one place."""

    def __init__(
        self,
        resume: Path,
        log: RunLog,
        steps: int,
        validation: Validation | None,
        course: Course,
        keep_best: Callable[[], None],
        on_progress: OnProgress,
        stop: Callable[[], bool],
        finish_epoch: Callable[[], bool],
        notes_per_step: int,
    ) -> None:
        self.resume, self.log_file, self.steps, self.validation = resume, log, steps, validation
        self.course, self.keep_best, self.on_progress, self.stop = course, keep_best, on_progress, stop
        self.finish_epoch, self.notes_per_step = finish_epoch, notes_per_step
        self.stopped = False
        self.best: dict[str, Tensor] | None = None
        self.steps_done = 0  # by this process: a run that goes on has done others before
        self.in_model = 0.0  # seconds of forward, backward and optimiser
        self.training_seconds = 0.0  # of these steps and of what lies between them, but not of validation
        self._before, self._began = 0.0, time.perf_counter()
        self._step_began = self._step_ended = 0.0
        self._told, self._told_steps, self._told_seconds = 0.0, 0, 0.0

    # ---- where the run stands ----

    def state_dict(self) -> dict[str, Any]:
        return {"course": asdict(self.course), "best": self.best, "seconds": self.elapsed()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        for name, value in state_dict["course"].items():
            setattr(self.course, name, value)
        self.best, self._before = state_dict["best"], float(state_dict["seconds"])

    def elapsed(self) -> float:
        """Seconds of the whole run, those before it was cut off included."""
        return self._before + time.perf_counter() - self._began

    # ---- the steps ----

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.log_file.drop_after(trainer.global_step)
        trainer.should_stop = self.course.over  # it had stopped early, and was cut off after that

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._step_ended = time.perf_counter()

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        self._step_began = time.perf_counter()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        now, step = time.perf_counter(), trainer.global_step
        self.in_model += now - self._step_began
        self.training_seconds += now - self._step_ended
        self.steps_done += 1
        if step % LOG_EVERY == 0 or step == 1:
            self._tell(trainer, {name: float(v) for name, v in outputs.items() if name.startswith("train_")})
        elif now - self._told >= PULSE_S:
            self._pass_on(trainer, {})
        # Every process must stop after the same step, or those that go on wait for the others forever.
        if trainer.strategy.reduce_boolean_decision(self.stop(), all=False):
            self.stopped = trainer.should_stop = True
        # The end of an epoch saves after its validation: from a checkpoint before it the validation would come twice.
        if (step % SAVE_EVERY == 0 or self.stopped) and step % _plan(pl_module).steps_per_epoch:
            self._save(trainer)
        self._step_ended = time.perf_counter()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        assert isinstance(pl_module, AdapterTraining)
        if self.stopped and trainer.global_step % _plan(pl_module).steps_per_epoch:
            return  # cut off within an epoch
        if self.validation is not None:
            scores = self.validation.measure(pl_module.model)
            if self.course.judge(scores, trainer.global_step):
                self.best = adapter_weights(pl_module.model)
                self.keep_best()
            self._tell(trainer, scores)
            if self.course.over:
                trainer.should_stop = True
        if trainer.strategy.reduce_boolean_decision(self.finish_epoch(), all=False) and not self._over(trainer):
            self.stopped = trainer.should_stop = True
        self._save(trainer)

    def _over(self, trainer: Trainer) -> bool:
        """Whether no epoch would follow anyway."""
        return self.course.over or trainer.global_step >= self.steps

    def _tell(self, trainer: Trainer, metrics: Mapping[str, float]) -> None:
        now = dict(metrics) | {"epoch": float(trainer.current_epoch), "lr": _lr(trainer)}
        for logger in trainer.loggers:
            logger.log_metrics(now, trainer.global_step)
        self._pass_on(trainer, now | self._speed())

    def _pass_on(self, trainer: Trainer, metrics: Mapping[str, float]) -> None:
        self._told = time.perf_counter()
        if trainer.is_global_zero:
            self.on_progress(Progress(trainer.global_step, self.steps, trainer.current_epoch, self.elapsed(), metrics))

    def _speed(self) -> dict[str, float]:
        """Notes per second of the steps since this was asked last, validation apart."""
        steps, seconds = self.steps_done - self._told_steps, self.training_seconds - self._told_seconds
        self._told_steps, self._told_seconds = self.steps_done, self.training_seconds
        return {SPEED: steps * self.notes_per_step / seconds} if steps and seconds > 0 else {}

    def _save(self, trainer: Trainer) -> None:
        """Everything that is needed to go on; the old file stays until the new one is whole."""
        demand_sound(trainer.lightning_module, trainer.global_step)
        partial = self.resume.with_name(f"{self.resume.name}.partial")
        try:
            trainer.save_checkpoint(partial)
        except OSError:
            partial.unlink(missing_ok=True)  # half a checkpoint is of no use, and takes the room that is wanting
            raise
        if trainer.is_global_zero:
            partial.replace(self.resume)


def _plan(module: LightningModule) -> Plan:
    assert isinstance(module, AdapterTraining)
    return module.plan


def _lr(trainer: Trainer) -> float:
    return float(trainer.optimizers[0].param_groups[0]["lr"])
