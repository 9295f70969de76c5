"""What every training here shares: the optimiser, its learning rate, and the seed of each step."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch


def adamw(parameters: Iterable[torch.nn.Parameter], lr: float, weight_decay: float) -> torch.optim.AdamW:
    """AdamW with the second beta that suits transformers and short runs."""
    return torch.optim.AdamW(parameters, lr=lr, betas=(0.9, 0.98), weight_decay=weight_decay)


def seed_step(seed: int, step: int) -> None:
    """Make dropout a function of seed and step alone: a run that is resumed is the run that was never stopped."""
    torch.manual_seed(seed * 1_000_003 + step)


def schedule(step: int, steps: int, warmup: int) -> float:
    """Share of the peak learning rate: linear warm-up, then a cosine to 2 %."""
    if step < warmup:
        return (step + 1) / warmup
    progress = (step - warmup) / max(steps - warmup, 1)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(progress, 1)))
