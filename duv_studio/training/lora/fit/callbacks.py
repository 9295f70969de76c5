"""The callback of an adapter training: validation, early stopping, log rows, progress events and checkpoints."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lightning import Callback, LightningModule, Trainer
from torch import Tensor

from duv_studio.training.errors import check_finite_weights
from duv_studio.training.lora.fit.lightning_module import RECIPE_SECTION, AdapterModule, Plan
from duv_studio.training.lora.fit.lora_injection import adapter_weights, trainable_parameters
from duv_studio.training.lora.fit.losses import Validation
from duv_studio.training.lora.fit.run_log import RunLog

LOG_EVERY, SAVE_EVERY = 5, 50  # steps
PULSE_S = 0.5  # slow steps are also reported between two rows of the log
SPEED = "notes_per_second"  # a metric of Progress, but no column of the log: it differs from run to run


@dataclass(frozen=True)
class Progress:
    """An event of a training: `metrics` are named as the log's columns, and SPEED; empty between two rows."""

    step: int
    steps: int
    epoch: int
    seconds: float
    metrics: Mapping[str, float]
    row: str = "adapter"


OnProgress = Callable[[Progress], None]
OnMessage = Callable[[str], None]


@dataclass
class EarlyStopping:
    """Tracks the best validation loss; stops after `patience` epochs without a better one, never where it is 0."""

    patience: int
    best: float = math.inf
    best_step: int = 0
    best_scores: dict[str, float] = field(default_factory=dict)
    waited: int = 0

    def update(self, scores: Mapping[str, float], step: int) -> bool:
        """Record the scores of an epoch; True where they are the best so far."""
        if scores["val_loss"] < self.best:
            self.best, self.best_step, self.best_scores, self.waited = scores["val_loss"], step, dict(scores), 0
            return True
        self.waited += 1
        return False

    @property
    def should_stop(self) -> bool:
        """Whether the patience is used up."""
        return 0 < self.patience <= self.waited


class TrainingCallback(Callback):
    """All of it in one object, because the order matters."""

    state_key = "Around"  # as in checkpoints of earlier versions

    def __init__(
        self,
        resume: Path,
        log: RunLog,
        steps: int,
        validation: Validation | None,
        early_stopping: EarlyStopping,
        keep_best: Callable[[], None],
        on_progress: OnProgress,
        stop: Callable[[], bool],
        finish_epoch: Callable[[], bool],
        notes_per_step: int,
    ) -> None:
        self.resume, self.log_file, self.steps, self.validation = resume, log, steps, validation
        self.early_stopping, self.keep_best, self.on_progress, self.stop = early_stopping, keep_best, on_progress, stop
        self.finish_epoch, self.notes_per_step = finish_epoch, notes_per_step
        self.stopped = False
        self.best: dict[str, Tensor] | None = None
        self.steps_done = 0  # by this process, without those before a resume
        self.in_model = 0.0  # seconds of forward, backward and optimiser
        self.training_seconds = 0.0  # of these steps and the time between them, validation left out
        self._seconds_before, self._began = 0.0, time.perf_counter()
        self._step_began = self._step_ended = 0.0
        self._reported_at, self._speed_steps, self._speed_seconds = 0.0, 0, 0.0

    def state_dict(self) -> dict[str, Any]:
        return {"course": asdict(self.early_stopping), "best": self.best, "seconds": self.elapsed()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        for name, value in state_dict["course"].items():
            setattr(self.early_stopping, name, value)
        self.best, self._seconds_before = state_dict["best"], float(state_dict["seconds"])

    def elapsed(self) -> float:
        """Seconds of the whole run, those before a resume included."""
        return self._seconds_before + time.perf_counter() - self._began

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.log_file.drop_after(trainer.global_step)
        trainer.should_stop = self.early_stopping.should_stop  # a resumed run may already have stopped early
        self._report(trainer, {})  # from here on steps take time, which tells from the first on how long all will take

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
            self.report_row(trainer, {name: float(v) for name, v in outputs.items() if name.startswith("train_")})
        elif now - self._reported_at >= PULSE_S:
            self._report(trainer, {})
        # Every process must stop after the same step, or the others wait for it for ever.
        if trainer.strategy.reduce_boolean_decision(self.stop(), all=False):
            self.stopped = trainer.should_stop = True
        # The last step of an epoch is saved after its validation: a resume before it would validate twice.
        if (step % SAVE_EVERY == 0 or self.stopped) and step % _plan(pl_module).steps_per_epoch:
            self._save_checkpoint(trainer)
        self._step_ended = time.perf_counter()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        assert isinstance(pl_module, AdapterModule)
        if self.stopped and trainer.global_step % _plan(pl_module).steps_per_epoch:
            return  # stopped within an epoch
        if self.validation is not None:
            scores = self.validation.measure(pl_module.model)
            if self.early_stopping.update(scores, trainer.global_step):
                self.best = adapter_weights(pl_module.model)
                self.keep_best()
            self.report_row(trainer, scores)
            if self.early_stopping.should_stop:
                trainer.should_stop = True
        if trainer.strategy.reduce_boolean_decision(self.finish_epoch(), all=False) and not self._finished(trainer):
            self.stopped = trainer.should_stop = True
        self._save_checkpoint(trainer)

    def _finished(self, trainer: Trainer) -> bool:
        """Whether no epoch follows."""
        return self.early_stopping.should_stop or trainer.global_step >= self.steps

    def report_row(self, trainer: Trainer, metrics: Mapping[str, float]) -> None:
        """Log the metrics of a step, and pass them to whoever watches."""
        now = dict(metrics) | {"epoch": float(trainer.current_epoch), "lr": _lr(trainer)}
        for logger in trainer.loggers:
            logger.log_metrics(now, trainer.global_step)
        self._report(trainer, now | self._speed())

    def _report(self, trainer: Trainer, metrics: Mapping[str, float]) -> None:
        self._reported_at = time.perf_counter()
        if trainer.is_global_zero:
            self.on_progress(Progress(trainer.global_step, self.steps, trainer.current_epoch, self.elapsed(), metrics))

    def _speed(self) -> dict[str, float]:
        """Notes per second of the steps since the last call, validation left out."""
        steps, seconds = self.steps_done - self._speed_steps, self.training_seconds - self._speed_seconds
        self._speed_steps, self._speed_seconds = self.steps_done, self.training_seconds
        return {SPEED: steps * self.notes_per_step / seconds} if steps and seconds > 0 else {}

    def _save_checkpoint(self, trainer: Trainer) -> None:
        """Write a checkpoint; the old one stays until the new one is complete."""
        weights = trainable_parameters(trainer.lightning_module).values()
        check_finite_weights(weights, trainer.global_step, RECIPE_SECTION)
        partial = self.resume.with_name(f"{self.resume.name}.partial")
        try:
            trainer.save_checkpoint(partial)
        except OSError:
            partial.unlink(missing_ok=True)  # half a checkpoint is useless and fills the disk
            raise
        if trainer.is_global_zero:
            partial.replace(self.resume)


def _plan(module: LightningModule) -> Plan:
    assert isinstance(module, AdapterModule)
    return module.plan


def _lr(trainer: Trainer) -> float:
    return float(trainer.optimizers[0].param_groups[0]["lr"])
