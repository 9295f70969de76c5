"""The training of an adapter by Lightning: from what was gathered to the state that did best on held-out songs."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from lightning import Trainer
from lightning.pytorch.loggers import Logger
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor

from duv_studio.engine.atomic import write_atomically
from duv_studio.training.devices import Devices
from duv_studio.training.lora.dataset.amount_tiers import Kind
from duv_studio.training.lora.dataset.batch_mixture import Batches, Mixture, StepsFrom, loader
from duv_studio.training.lora.dataset.material import Material, base_recipe, mixture
from duv_studio.training.lora.fit.callbacks import Around, Course, OnProgress, Progress
from duv_studio.training.lora.fit.lightning_module import AdapterTraining, Plan
from duv_studio.training.lora.fit.lora_injection import without_lora
from duv_studio.training.lora.fit.losses import Validation
from duv_studio.training.lora.fit.model import Student
from duv_studio.training.lora.fit.run_files import RunFiles
from duv_studio.training.lora.fit.run_log import RunLog
from duv_studio.training.lora.fit.sanity_checks import Check, better_than_copying, heard, moved
from duv_studio.training.lora.recipe.schema import LoraRecipe
from duv_studio.training.lora.recipe.sections import hint_names
from duv_studio.training.precision import lightning_precision

IDENTITY, BASE = "identity", "base"


@dataclass
class Fitted:
    """A training that is over or was stopped; the student is in the state that did best."""

    student: Student
    final: dict[str, Tensor]
    steps: int
    best_step: int
    stopped: bool  # by whoever watches it
    scores: dict[str, dict[str, float]]  # on validation windows: identity, base, adapter
    checks: list[Check]
    seconds: float
    notes_per_second: float
    outside_share: float  # of the time, spent neither forward nor backward nor in the optimiser
    first: bool  # whether this process is the one that writes and speaks


def planned(recipe: LoraRecipe, material: Material, processes: int = 1) -> tuple[int, Plan]:
    """The rank that the material carries, and the plan of the training."""
    t = recipe.trainer
    windows = math.ceil(material.notes / t.max_len)
    once = math.ceil(windows / (t.batch_size * processes))
    steps, r = max(once * t.epochs, t.min_steps), recipe.lora.r
    few = material.tier.kind is Kind.FEW
    if few:
        r, steps = material.tier.within(r, steps)
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


@dataclass
class Fitting:
    """Everything that a training needs, put together."""

    recipe: LoraRecipe
    material: Material
    student: Student
    plan: Plan
    files: RunFiles
    log: RunLog
    devices: Devices
    workers: int
    on_progress: OnProgress
    stop: Callable[[], bool]
    finish_epoch: Callable[[], bool]

    def run(self, resume: bool) -> Fitted:
        """Train to the end, to early stopping, or until `stop` or `finish_epoch` say so; with `resume` from the last
        checkpoint."""
        mixed = mixture(self.recipe, self.material)
        validation = self._validation()
        course = Course(self.recipe.trainer.early_stop_patience)
        around = Around(
            self.files.resume,
            self.log,
            self.plan.steps,
            validation,
            course,
            self._keep_best,
            self.on_progress,
            self.stop,
            self.finish_epoch,
            mixed.size * self.recipe.trainer.max_len * self.devices.processes,
        )
        scores = self._baselines(validation, resume)
        trainer, training = self._trainer(around), AdapterTraining(self.student.model, self.plan)
        batches = Batches(mixed, trainer.global_rank, trainer.world_size)
        steps = StepsFrom(self.plan.steps_per_epoch, lambda: trainer.global_step)
        self.student.model.train()  # Lightning leaves the mode as it is: without this nothing is ever dropped out
        trainer.fit(
            training,
            train_dataloaders=loader(batches, steps, self.workers),
            ckpt_path=self.files.resume if resume else None,
            weights_only=True,
        )
        return self._fitted(trainer, around, validation, scores, mixed)

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
        """What must be beaten, as rows of the log: doing nothing, and the base."""
        if validation is None:
            return {}
        scores = {IDENTITY: validation.identity()}
        if self.student.is_adapter:
            with without_lora(self.student.model):
                scores[BASE] = validation.measure(self.student.model)
        for row, metrics in scores.items() if not resume else ():
            self.log.write(row, metrics, 0)
            self._tell(row, metrics)
        return scores

    @rank_zero_only
    def _tell(self, row: str, metrics: dict[str, float]) -> None:
        self.on_progress(Progress(0, self.plan.steps, 0, 0.0, metrics, row))

    @rank_zero_only
    def _keep_best(self) -> None:
        write_atomically(self.files.best, self.student.packed(self.material, 0, None))

    def _trainer(self, around: Around) -> Trainer:
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
            callbacks=[around],
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
        around: Around,
        validation: Validation | None,
        scores: dict[str, dict[str, float]],
        mixed: Mixture,
    ) -> Fitted:
        student, course = self.student, around.course
        student.model.eval().cpu()
        checks = [moved(student.model)] if student.is_adapter else []
        if student.is_adapter:
            checks.append(heard(student.model, mixed.batch(0)))
        final = student.state()
        if around.best is not None:
            student.restore(around.best)
        if validation is not None:
            scores["adapter"] = course.best_scores
            checks.append(better_than_copying(course.best_scores, scores[IDENTITY], self.recipe.features.targets))
        notes = around.steps_done * mixed.size * self.recipe.trainer.max_len * trainer.world_size
        return Fitted(
            student=student,
            final=final,
            steps=trainer.global_step,
            best_step=course.best_step or trainer.global_step,
            stopped=around.stopped,
            scores=scores,
            checks=checks,
            seconds=around.elapsed(),
            notes_per_second=notes / max(around.training_seconds, 1e-9),
            outside_share=1 - around.in_model / max(around.training_seconds, 1e-9),
            first=trainer.is_global_zero,
        )


def _tensorboard(log: RunLog) -> list[Logger]:
    """A second log for TensorBoard, where it is installed."""
    try:
        import tensorboard  # type: ignore[import-not-found,import-untyped,unused-ignore] # noqa: F401
        from lightning.pytorch.loggers import TensorBoardLogger
    except ImportError:
        return []
    return [TensorBoardLogger(log.folder.parent, name=log.folder.name, version=log.version, default_hp_metric=False)]


def _quiet() -> None:
    """Lightning's remarks are for programmers: what people need to know is said in the run's own words."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")
    warnings.filterwarnings("ignore", message=".*num_workers.*")
    warnings.filterwarnings("ignore", message="This DataLoader will create")  # more workers than there are cores
