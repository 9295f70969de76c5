"""The training of an adapter as Lightning runs it: one step, one optimiser, and nothing that depends on luck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from lightning import LightningModule
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from duv_studio.engine.model.transformer import DuvTransformer
from duv_studio.training.config import Loss
from duv_studio.training.data.windows import Batch, predict_batch, targets_of
from duv_studio.training.errors import check_finite_loss
from duv_studio.training.lora.fit.lora_injection import trainable_parameters
from duv_studio.training.lora.fit.losses import errors, target_loss
from duv_studio.training.lora.fit.sanity_checks import check_gradient
from duv_studio.training.loss import losses
from duv_studio.training.optimisation import adamw, schedule, seed_step

RECIPE_SECTION = "trainer"  # that holds learning rate and precision
MOST_WARMUP = 0.05  # of a run: a longer one never ends on a small set


@dataclass(frozen=True)
class Plan:
    """What a training does, once everything that could change it is decided."""

    steps_per_epoch: int
    epochs: int
    lr: float
    weight_decay: float
    warmup_steps: int
    seed: int
    targets: tuple[str, ...]
    loss: Loss

    @property
    def steps(self) -> int:
        return self.steps_per_epoch * self.epochs

    @property
    def warmup(self) -> int:
        """Steps of warm-up: what was asked for, but never more than a twentieth of the run."""
        return min(self.warmup_steps, int(MOST_WARMUP * self.steps))


class AdapterModule(LightningModule):
    """Trains what of `model` is trainable; everything else of it stays as it is, and is not saved."""

    strict_loading = False  # a checkpoint holds what was trained alone

    def __init__(self, model: DuvTransformer, plan: Plan) -> None:
        super().__init__()
        self.model, self.plan = model, plan
        self.automatic_optimization = True

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """Batches are arrays of the model's own kind; `predict_batch` moves them."""
        return batch

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        seed_step(self.plan.seed, self.global_step * self.trainer.world_size + self.global_rank)

    def training_step(self, batch: Batch, batch_idx: int) -> dict[str, Any]:
        """The loss, and the errors that the log shows."""
        logits = predict_batch(self.model, batch)
        targets = targets_of(batch, self.model.device)
        found = losses(logits, targets, self.plan.loss)
        loss = target_loss(found, self.plan.targets, self.plan.loss)
        check_finite_loss(loss.detach(), self.global_step, RECIPE_SECTION)
        with torch.no_grad():
            error = errors(logits, targets, batch)
        return {
            "loss": loss,
            "train_loss": float(loss.detach()),
            "train_vel_loss": error.velocity,
            "train_dur_loss": error.duration,
        }

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        if self.global_step == 0:
            check_gradient(self.model, 0)

    def configure_optimizers(self) -> Any:
        """AdamW under a linear warm-up and a cosine, step by step."""
        plan = self.plan
        optimiser = adamw(trainable_parameters(self.model).values(), plan.lr, plan.weight_decay)
        curve = LambdaLR(optimiser, lambda step: schedule(step, plan.steps, plan.warmup))
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": curve, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep what was trained and leave out the frozen base, which the recipe names."""
        wanted = {f"model.{name}" for name in trainable_parameters(self.model)}
        state: Mapping[str, Tensor] = checkpoint["state_dict"]
        checkpoint["state_dict"] = {name: value for name, value in state.items() if name in wanted}
