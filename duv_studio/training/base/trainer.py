"""The training loop of a base model: deterministic for a seed, and resumable after a kill at any moment."""

from __future__ import annotations

import io
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.model.checkpoint import load
from duv_studio.engine.model.library import find_model
from duv_studio.engine.model.transformer import DuvTransformer, ModelConfig
from duv_studio.engine.regular_file import open_regular
from duv_studio.errors import DuvError
from duv_studio.training.base.keep import Memory
from duv_studio.training.base.validation import Probe
from duv_studio.training.config import BaseConfig
from duv_studio.training.data.degrade import PLAIN_DURATION, PLAIN_VELOCITY
from duv_studio.training.data.windows import Batch, WindowSource, predict_batch, sample_features, targets_of
from duv_studio.training.errors import (
    NotANumber,
    check_finite_loss,
    check_finite_weights,
    memory_errors,
    training_errors,
)
from duv_studio.training.loss import Losses, losses
from duv_studio.training.optimisation import adamw, schedule, seed_step
from duv_studio.training.precision import has_format

CHECKPOINT_FILE = "last.pt"
CPU = torch.device("cpu")
SAVE_EVERY, PROBE_EVERY, LOG_EVERY = 200, 500, 20
PULSE_S = 30.0  # slow steps are also told of between two rows of the log
_SECTION = "optimiser"  # of the recipe, in hints
_REGULARISATION = {"dropout": 0.0, "feature_dropout": 0.0}  # may differ between a model and the one it starts from


@dataclass(frozen=True)
class Event:
    """One line of a training's log; `metrics` holds what was measured at `step`."""

    step: int
    steps: int
    seconds: float
    metrics: dict[str, float]
    left: float = math.nan  # seconds to the last step at the pace of this process; not in the log


class BaseTrainer:
    """Trains `model` on windows of `source`; everything needed to go on lies in its CHECKPOINT_FILE."""

    def __init__(
        self, config: BaseConfig, source: WindowSource, probe: Probe, folder: Path, device: torch.device = CPU
    ) -> None:
        self.config, self.source, self.probe, self.folder, self.device = config, source, probe, folder, device
        o = config.optimiser
        torch.manual_seed(o.seed)
        self.model = DuvTransformer(ModelConfig(**config.model.model_dump()))
        if config.start_from is not None:
            self._start_from(config.start_from)
        else:  # weights that were trained go with the scale that they were trained on
            rows = sample_features(source, config.curriculum.velocity, config.curriculum.duration)
            self.model.embed_floats.fit(torch.from_numpy(rows))
        keep = config.keep
        self.memory = None if keep.model is None else Memory(keep.model, keep.families, device)
        self.model.to(device)
        self.average = DuvTransformer(self.model.config).eval().to(device)
        self.average.load_state_dict(self.model.state_dict())
        self.optimiser = adamw(self.model.parameters(), o.lr, o.weight_decay)
        self.in_bf16 = o.precision == "bf16" and has_format("bf16", device.type)
        self.step, self.seconds = 0, 0.0
        self._began = (0, 0.0)  # step and seconds when this process began to train

    def _start_from(self, name: str) -> None:
        start, _ = load(find_model(name))
        if asdict(start.config) | _REGULARISATION != asdict(self.model.config) | _REGULARISATION:
            raise DuvError(f'the recipe starts from the model "{name}", which has another shape')
        self.model.load_state_dict(start.state_dict())

    def fit(self, on_event: Callable[[Event], None], stop: Callable[[], bool] = lambda: False) -> None:
        """Train from where the folder stands to the last step; `stop` is called before every step.

        DuvError for a checkpoint that does not fit, and of the kinds in errors.py.
        """
        o = self.config.optimiser
        smaller = f"lower {_SECTION}.batch_size (now {o.batch_size}) or {_SECTION}.window (now {o.window})"
        with training_errors(self.folder):
            self._resume()
            with memory_errors(o.batch_size, o.window, smaller):
                self._train(on_event, stop)
            self._save()

    def _train(self, on_event: Callable[[Event], None], stop: Callable[[], bool]) -> None:
        steps, began = self.config.optimiser.steps, time.perf_counter() - self.seconds
        told, self._began = self.seconds, (self.step, self.seconds)
        while self.step < steps and not stop():
            metrics = self._train_step()
            self.step += 1
            self.seconds = time.perf_counter() - began
            if self.step % PROBE_EVERY == 0 or self.step == steps:
                metrics |= self.probe.measure(self.average)
            if self.step % LOG_EVERY == 0 or self.step % PROBE_EVERY == 0 or self.step == steps:
                self._log(metrics, on_event)
                told = self.seconds
            elif (first := self.step == self._began[0] + 1) or self.seconds - told >= PULSE_S:
                on_event(self._event(metrics if first else {}))
                told = self.seconds
            if self.step % SAVE_EVERY == 0:
                self._save()

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.config.optimiser.steps

    def _train_step(self) -> dict[str, float]:
        o = self.config.optimiser
        seed_step(o.seed, self.step)
        self.model.train()
        for group in self.optimiser.param_groups:
            group["lr"] = o.lr * schedule(self.step, o.steps, o.warmup_steps)
        loss = self._losses(self._batch())
        self.optimiser.zero_grad()
        loss.total.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), o.grad_clip_norm)
        self.optimiser.step()
        self._update_average()
        total = loss.total.item()  # after all work is queued: it waits for a GPU
        check_finite_loss(total, self.step, _SECTION)
        return {
            "train_loss": total,
            "train_vel_loss": loss.velocity.item(),
            "train_dur_loss": loss.duration.item(),
            "grad_norm": norm.item(),
        }

    def _batch(self) -> Batch:
        o, c = self.config.optimiser, self.config.curriculum
        if self.step < c.plain_share * o.steps:  # first learn the music, then the many ways of hiding it
            return self.source.batch(self.step, o.batch_size, PLAIN_VELOCITY, PLAIN_DURATION)
        return self.source.batch(self.step, o.batch_size, c.velocity, c.duration)

    def _losses(self, batch: Batch) -> Losses:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.in_bf16):
            logits = predict_batch(self.model, batch)
        targets = targets_of(batch, self.device)
        if self.memory is None or not (kept := self.memory.kept(batch)).any():
            return losses(logits, targets, self.config.loss)
        learned = ~kept.to(self.device)[:, None]
        found = losses(logits, replace(targets, weight=targets.weight * learned), self.config.loss)
        share = float(batch.valid[kept.numpy()].sum() / batch.valid.sum())
        remembered = self.memory.loss(logits, batch, kept, self.config.loss.duration)
        return replace(found, total=(1 - share) * found.total + share * remembered)

    @torch.no_grad()
    def _update_average(self) -> None:
        # A short memory at first, or the average would hold on to the random start.
        decay = min(self.config.optimiser.ema, (1 + self.step) / (10 + self.step))
        for mean, now in zip(self.average.parameters(), self.model.parameters(), strict=True):
            mean.lerp_(now, 1 - decay)

    def _log(self, metrics: dict[str, float], on_event: Callable[[Event], None]) -> None:
        event = self._event(metrics)
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as f:
            f.write(json.dumps({name: value for name, value in asdict(event).items() if name != "left"}) + "\n")
        on_event(event)

    def _event(self, metrics: dict[str, float]) -> Event:
        steps, (step, seconds) = self.config.optimiser.steps, self._began
        left = (self.seconds - seconds) / (self.step - step) * (steps - self.step) if self.step > step else math.nan
        return Event(self.step, steps, self.seconds, metrics, left)

    def _save(self) -> None:
        check_finite_weights(self.model.parameters(), self.step, _SECTION)
        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "config": self.config.model_dump_json(),
        }
        packed = io.BytesIO()
        torch.save(state, packed)
        write_atomically(self.folder / CHECKPOINT_FILE, packed.getvalue())

    def _resume(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / CHECKPOINT_FILE
        if not os.path.lexists(path):
            return
        hint = "train into another folder, or move this file away"
        try:
            with open_regular(path) as file:
                state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
            if state["config"] != self.config.model_dump_json():
                raise DuvError("was made by another recipe, so it cannot be gone on from", hint=hint, file=path)
            self.model.load_state_dict(state["model"])
            self.average.load_state_dict(state["average"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.step, self.seconds = int(state["step"]), float(state["seconds"])
            check_finite_weights(self.model.parameters(), self.step, _SECTION)
            check_finite_weights(self.average.parameters(), self.step, _SECTION)
            if self.step < 0 or not math.isfinite(self.seconds):
                raise ValueError("it was made at no step or time")
        except NotANumber as e:
            raise DuvError(
                "holds weights that are no numbers, so it cannot be gone on from", hint=hint, file=path
            ) from e
        except DuvError:
            raise
        except Exception as e:  # damaged files fail in every way
            raise DuvError("is damaged, so it cannot be gone on from", hint=hint, file=path) from e


def check_checkpoint(work: Path) -> None:
    """DuvError when there is nothing that a model could be made from."""
    if not (work / CHECKPOINT_FILE).is_file():
        raise DuvError("there is no checkpoint to make a model from", file=work / CHECKPOINT_FILE)
