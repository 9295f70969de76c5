"""The training of an adapter as Lightning runs it: one step, one optimiser, and nothing that depends on luck."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lightning import LightningModule
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from duv_studio.engine.model.transformer import DuvTransformer
from duv_studio.training.base.trainer import schedule
from duv_studio.training.config import Loss
from duv_studio.training.data.windows import Batch, predict_batch, targets_of
from duv_studio.training.lora.fit.lora_injection import trained
from duv_studio.training.lora.fit.losses import errors, taught
from duv_studio.training.lora.fit.sanity_checks import demand_finite, demand_gradient
from duv_studio.training.loss import losses

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


class AdapterTraining(LightningModule):
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
        # Dropout, too, is a function of the seed and the step alone: a run that goes on is the run that never stopped.
        torch.manual_seed(self.plan.seed * 1_000_003 + self.global_step * self.trainer.world_size + self.global_rank)

    def training_step(self, batch: Batch, batch_idx: int) -> dict[str, Any]:
        """The loss, and the errors that the log shows."""
        logits = predict_batch(self.model, batch)
        targets = targets_of(batch, self.model.device)
        found = losses(logits, targets, self.plan.loss)
        loss = taught(found, self.plan.targets, self.plan.loss)
        demand_finite(loss, self.global_step)
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
            demand_gradient(self.model, 0)

    def configure_optimizers(self) -> Any:
        """AdamW under a linear warm-up and a cosine, step by step."""
        plan = self.plan
        optimiser = torch.optim.AdamW(
            trained(self.model).values(), lr=plan.lr, betas=(0.9, 0.98), weight_decay=plan.weight_decay
        )
        curve = LambdaLR(optimiser, lambda step: schedule(step, plan.steps, plan.warmup))
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": curve, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep what was trained and leave out the frozen base, which the recipe names."""
        wanted = {f"model.{name}" for name in trained(self.model)}
        state: Mapping[str, Tensor] = checkpoint["state_dict"]
        checkpoint["state_dict"] = {name: value for name, value in state.items() if name in wanted}


EXACT = "32-true"  # Lightning's names
_OTHERS = {"bf16": "fp16", "fp16": "bf16"}


def lightning_precision(asked: str, device_type: str) -> tuple[str, str | None]:
    """Lightning's name of "bf16", "fp16" or "32" on "cpu", "cuda" …; a sentence where it had to be another.

    Asks the processor, and measures nothing: a run that is resumed must get the same answer.
    """
    if asked == "32" or _has(asked, device_type):
        return {"bf16": "bf16-mixed", "fp16": "16-mixed", "32": EXACT}[asked], None
    other = _OTHERS[asked]
    instead = f'precision: {other} or precision: "32"' if _has(other, device_type) else 'precision: "32"'
    return EXACT, (
        f"{asked} not available on this {_called(device_type)}: training in 32-bit numbers instead;"
        f" write {instead} in the recipe to settle it."
    )


def _has(asked: str, device_type: str) -> bool:
    if device_type == "cuda":
        return asked == "fp16" or _cuda_has_bf16()
    return device_type == "cpu" and asked == "bf16" and cpu_has_bf16()


def _cuda_has_bf16() -> bool:
    import torch

    # Without emulation, which older cards have and which is slower than 32 bits.
    return torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)


def cpu_has_bf16() -> bool:
    """Whether the processor multiplies bfloat16 by itself; by emulation it would be slower than in 32 bits."""
    import torch

    if platform.machine().lower() in ("x86_64", "amd64"):
        # torch has no public name for these.
        asked = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(getattr(torch.cpu, name, lambda: False)() for name in asked)
    return "bf16" in _features()


def _features() -> set[str]:
    """The abilities of an ARM processor, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    return {word for line in lines if line.startswith("Features") for word in line.split()}


def _called(device_type: str) -> str:
    return {"cuda": "GPU", "cpu": "processor"}.get(device_type, f"device ({device_type})")
