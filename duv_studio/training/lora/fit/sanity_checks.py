"""What every training proves of itself: that it can learn, that it did, and that it is better than doing nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn

from duv_studio.engine.model.transformer import DuvTransformer
from duv_studio.errors import DuvError
from duv_studio.training.data.windows import Batch, predict_batch
from duv_studio.training.lora.fit.lora_injection import lora_b_matrices, lora_disabled, trainable_parameters

LEARNED = "The adapter learned something"
CHANGES = "The adapter changes what is played"
BETTER = "Better than leaving notes as they are"
LEAST_ERROR = 1e-9  # so that a ratio of errors exists


@dataclass(frozen=True)
class Check:
    """One of the proofs: `name` is a sentence that holds where it passed, `said` what was found."""

    name: str
    passed: bool
    said: str


def parameter_summary(model: nn.Module) -> str:
    """What is trained, named and counted, in a few lines."""
    kinds: dict[str, tuple[int, int]] = {}
    for name, p in trainable_parameters(model).items():
        kind = ".".join("*" if part.isdigit() else part for part in name.split(".")).replace(".default", "")
        matrices, numbers = kinds.get(kind, (0, 0))
        kinds[kind] = matrices + 1, numbers + p.numel()
    total = sum(numbers for _, numbers in kinds.values())
    whole = sum(p.numel() for p in model.parameters())
    lines = [f"  {kind}: {matrices} × {numbers // matrices:,}" for kind, (matrices, numbers) in kinds.items()]
    share = 100 * total / max(whole - total, 1) if total < whole else 100.0
    return "\n".join([f"Trainable parameters: {total:,} ({share:.1f} % of the model)", *lines])


def check_gradient(model: nn.Module, step: int) -> None:
    """Stop a training that cannot learn: nothing has a gradient; DuvError."""
    gradients = [p.grad for p in trainable_parameters(model).values() if p.grad is not None]
    if not gradients or not any(bool(g.any()) for g in gradients):
        raise DuvError(
            f"no trainable parameter has a gradient at step {step}: nothing would be learned",
            hint="check lora.target_modules and features.targets",
        )


def lora_b_check(model: nn.Module) -> Check:
    """Whether every lora_B, which begins at 0, is 0 no more."""
    still = [name for name, p in lora_b_matrices(model) if not bool(p.any())]
    total = sum(1 for _ in lora_b_matrices(model))
    if still:
        return Check(LEARNED, False, f"{len(still)} of {total} lora_B matrices are still 0, such as {still[0]}")
    return Check(LEARNED, True, f"all {total} lora_B matrices moved")


@torch.no_grad()
def adapter_effect_check(model: DuvTransformer, batch: Batch) -> Check:
    """Whether predictions with the adapter differ from those without."""
    mode = model.training
    model.eval()
    with_it = predict_batch(model, batch).velocity.softmax(-1)
    with lora_disabled(model):
        without = predict_batch(model, batch).velocity.softmax(-1)
    model.train(mode)
    difference = float((with_it - without).abs().max())
    return Check(CHANGES, difference > 0, f"probabilities differ by up to {difference:.3f} with the adapter")


def beats_copying_check(found: Mapping[str, float], identity: Mapping[str, float], targets: tuple[str, ...]) -> Check:
    """Whether held-out songs are predicted with less error than by leaving every note as it is written.

    Over all targets by the geometric mean of the ratios: lengths that a manifest found nearest to the played ones are
    hard to beat by themselves.
    """
    columns = {"velocity": ("val_vel_loss", "velocity units"), "dur_beats": ("val_dur_loss", "beats")}
    said, ratios = [], []
    for target in targets:
        column, unit = columns[target]
        ours, theirs = found.get(column, math.nan), identity.get(column, math.nan)
        if math.isfinite(ours) and math.isfinite(theirs):
            worse = "" if ours < theirs else ", no better"
            said.append(f"{target} {ours:.3g} v {theirs:.3g} {unit}{worse}")
            ratios.append(math.log(max(ours, LEAST_ERROR) / max(theirs, LEAST_ERROR)))
    if not ratios:
        return Check(BETTER, False, "there was nothing held out to measure it on")
    return Check(BETTER, sum(ratios) < 0, "error on held-out songs, notes as they are second: " + "; ".join(said))
