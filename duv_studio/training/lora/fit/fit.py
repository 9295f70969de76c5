"""The training of an adapter by Lightning: from the material to the weights that are best on held-out songs."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from lightning import Trainer
from lightning.pytorch.loggers import Logger
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor

from duv_studio.engine.atomic import write_atomically
from duv_studio.training.devices import Devices
from duv_studio.training.errors import memory_errors
from duv_studio.training.lora.dataset.amount_tiers import Kind
from duv_studio.training.lora.dataset.batch_mixture import Batches, Mixture, StepsFrom, loader
from duv_studio.training.lora.dataset.material import Material, base_recipe, mixture
from duv_studio.training.lora.fit.callbacks import EarlyStopping, OnProgress, Progress, TrainingCallback
from duv_studio.training.lora.fit.lightning_module import AdapterModule, Plan
from duv_studio.training.lora.fit.lora_injection import lora_disabled
from duv_studio.training.lora.fit.losses import Validation
from duv_studio.training.lora.fit.model import TrainableModel
from duv_studio.training.lora.fit.run_files import RunFiles
from duv_studio.training.lora.fit.run_log import RunLog
from duv_studio.training.lora.fit.sanity_checks import Check, adapter_effect_check, beats_copying_check, lora_b_check
from duv_studio.training.lora.recipe.schema import LoraRecipe
from duv_studio.training.lora.recipe.sections import TrainerSettings, hint_names
from duv_studio.training.precision import lightning_precision

IDENTITY, BASE = "identity", "base"
MUCH_LONGER = 4  # times the work of the usual batch size


@dataclass
class TrainingOutcome:
    """A finished or stopped training; the model is in the state that did best."""

    trainable: TrainableModel
    final: dict[str, Tensor]
    steps: int
    planned: int  # steps in all
    best_step: int
    stopped: bool  # before its end, on request
    scores: dict[str, dict[str, float]]  # on validation windows: identity, base, and adapter once it was validated
    checks: list[Check]
    seconds: float
    notes_per_second: float
    outside_share: float  # of the time: neither forward nor backward nor optimiser
    first: bool  # whether this process writes and reports


def make_plan(recipe: LoraRecipe, material: Material, processes: int = 1) -> tuple[int, Plan]:
    """The LoRA rank that the amount of material allows, and the plan of the training on `processes` devices."""
    t, few = recipe.trainer, material.tier.kind is Kind.FEW
    r, steps = _rank_and_steps(recipe, material, t.batch_size * processes)
    epochs = min(t.epochs, steps)
    return r, Plan(
        steps_per_epoch=steps // epochs if few else math.ceil(steps / epochs),
        epochs=epochs,
        lr=t.lr,
        weight_decay=t.weight_decay,
        warmup_steps=t.warmup_steps,
        seed=t.seed,
        targets=recipe.features.targets,
        loss=base_recipe().loss,
    )


def batch_size_warning(recipe: LoraRecipe, material: Material, processes: int = 1) -> str | None:
    """A sentence where the batch size makes a training much longer than the usual one would.

    That is so with few notes: they have a least number of steps, each of which costs as much as its batch is large.
    """
    asked, usual = recipe.trainer.batch_size, TrainerSettings().batch_size
    steps, usual_steps = (_rank_and_steps(recipe, material, size * processes)[1] for size in (asked, usual))
    times = asked * steps / (usual * usual_steps)
    if times < MUCH_LONGER:
        return None
    return (
        f"trainer.batch_size: {asked} makes this training {times:.0f} times as long as {usual} would, for so few notes"
        f" take {steps} steps whatever the batch size; set trainer.batch_size: {usual}, unless time does not matter."
    )


def _rank_and_steps(recipe: LoraRecipe, material: Material, batch_size: int) -> tuple[int, int]:
    t = recipe.trainer
    once = math.ceil(math.ceil(material.notes / t.max_len) / batch_size)
    steps = max(once * t.epochs, t.min_steps)
    return material.tier.within(recipe.lora.r, steps) if material.tier.kind is Kind.FEW else (recipe.lora.r, steps)


@dataclass
class AdapterTrainer:
    """A training with everything it needs; `run` starts it."""

    recipe: LoraRecipe
    material: Material
    trainable: TrainableModel
    plan: Plan
    files: RunFiles
    log: RunLog
    devices: Devices
    workers: int
    on_progress: OnProgress
    stop: Callable[[], bool]
    finish_epoch: Callable[[], bool]

    def run(self, resume: bool) -> TrainingOutcome:
        """Train to the end, to early stopping, or until `stop` or `finish_epoch` say so; with `resume` from the last
        checkpoint."""
        mixed = mixture(self.recipe, self.material)
        validation = self._validation()
        early_stopping = EarlyStopping(self.recipe.trainer.early_stop_patience or 0)
        callback = TrainingCallback(
            self.files.resume,
            self.log,
            self.plan.steps,
            validation,
            early_stopping,
            self._keep_best,
            self.on_progress,
            self.stop,
            self.finish_epoch,
            mixed.size * self.recipe.trainer.max_len * self.devices.processes,
        )
        scores = self._baselines(validation, resume)
        trainer, training = self._trainer(callback), AdapterModule(self.trainable.model, self.plan)
        batches = Batches(mixed, trainer.global_rank, trainer.world_size)
        steps = StepsFrom(self.plan.steps_per_epoch, lambda: trainer.global_step)
        self.trainable.model.train()  # Lightning leaves the mode as it is: otherwise there is no dropout
        trainer.fit(
            training,
            train_dataloaders=loader(batches, steps, self.workers),
            ckpt_path=self.files.resume if resume else None,
            weights_only=True,
        )
        return self._fitted(trainer, callback, validation, scores, mixed)

    def _validation(self) -> Validation | None:
        if not self.material.split.val:
            return None
        features = self.recipe.features
        return Validation(
            self.material.split.val,
            self.recipe.trainer.max_len,
            hint_names(features.inputs),
            features.targets,
            self.plan.loss,
        )

    def _baselines(self, validation: Validation | None, resume: bool) -> dict[str, dict[str, float]]:
        """Scores to beat, also as rows of the log: copying the input, and the base without adapter."""
        if validation is None:
            return {}
        scores = {IDENTITY: validation.identity()}
        if self.trainable.is_adapter:
            with lora_disabled(self.trainable.model):
                scores[BASE] = validation.measure(self.trainable.model)
        for row, metrics in scores.items() if not resume else ():
            self.log.write(row, metrics, 0)
            self._report(row, metrics)
        return scores

    @rank_zero_only
    def _report(self, row: str, metrics: dict[str, float]) -> None:
        self.on_progress(Progress(0, self.plan.steps, 0, 0.0, metrics, row))

    @rank_zero_only
    def _keep_best(self) -> None:
        write_atomically(self.files.best, self.trainable.packed(self.material, 0, None))

    def _trainer(self, callback: TrainingCallback) -> Trainer:
        d, t = self.devices, self.recipe.trainer
        precision, _ = lightning_precision(t.precision, d.kind)
        _quiet()
        return Trainer(
            accelerator=d.accelerator,
            devices=d.count,
            num_nodes=d.nodes,
            strategy=d.strategy,
            precision=precision,  # type: ignore[arg-type]
            max_epochs=self.plan.epochs,
            gradient_clip_val=t.grad_clip_norm or None,
            logger=[self.log, *_tensorboard(self.log)],
            callbacks=[callback],
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            log_every_n_steps=1,
            use_distributed_sampler=False,
            num_sanity_val_steps=0,
        )

    def _fitted(
        self,
        trainer: Trainer,
        callback: TrainingCallback,
        validation: Validation | None,
        scores: dict[str, dict[str, float]],
        mixed: Mixture,
    ) -> TrainingOutcome:
        trainable, early_stopping = self.trainable, callback.early_stopping
        trainable.model.eval().cpu()
        too_early = callback.stopped and validation is not None and not early_stopping.best_scores
        checks = [lora_b_check(trainable.model)] if trainable.is_adapter and not too_early else []
        if checks:
            checks.append(adapter_effect_check(trainable.model, mixed.batch(0)))
        final = trainable.state()
        if callback.best is not None:
            trainable.restore(callback.best)
        if validation is not None and not too_early:
            scores["adapter"] = early_stopping.best_scores
            checks.append(
                beats_copying_check(early_stopping.best_scores, scores[IDENTITY], self.recipe.features.targets)
            )
        notes = callback.steps_done * mixed.size * self.recipe.trainer.max_len * trainer.world_size
        return TrainingOutcome(
            trainable=trainable,
            final=final,
            steps=trainer.global_step,
            planned=self.plan.steps,
            best_step=early_stopping.best_step or trainer.global_step,
            stopped=callback.stopped,
            scores=scores,
            checks=checks,
            seconds=callback.elapsed(),
            notes_per_second=notes / max(callback.training_seconds, 1e-9),
            outside_share=1 - callback.in_model / max(callback.training_seconds, 1e-9),
            first=trainer.is_global_zero,
        )


def step_memory_errors(recipe: LoraRecipe) -> AbstractContextManager[None]:
    """Raise OutOfMemory that names the keys of the recipe that memory depends on."""
    t = recipe.trainer
    hint = (
        f"lower trainer.batch_size (now {t.batch_size}) or trainer.max_len (now {t.max_len}), on which it depends"
        f" most; trainer.precision (now {t.precision}) may be fp16 or bf16, and lora.r (now {recipe.lora.r}) smaller"
    )
    return memory_errors(t.batch_size, t.max_len, hint)


def _tensorboard(log: RunLog) -> list[Logger]:
    """A second log for TensorBoard, where it is installed."""
    try:
        import tensorboard  # type: ignore[import-not-found,import-untyped,unused-ignore] # noqa: F401
        from lightning.pytorch.loggers import TensorBoardLogger
    except ImportError:
        return []
    return [TensorBoardLogger(log.folder.parent, name=log.folder.name, version=log.version, default_hp_metric=False)]


def _quiet() -> None:
    """Lightning's remarks are for programmers; users read the run's own messages."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")
    warnings.filterwarnings("ignore", message=".*num_workers.*")
    warnings.filterwarnings("ignore", message="This DataLoader will create")  # more workers than there are cores
