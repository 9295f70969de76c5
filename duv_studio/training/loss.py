"""What the model is taught: soft cross-entropy on binned velocity and duration, plus CRPS on velocity."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from duv_studio.engine.model import DURATION_BINS, DURATION_HIGH, DURATION_LOW, VELOCITY_BINS, Logits

VELOCITY_SMOOTHING, DURATION_SMOOTHING = 1.0, 0.7  # standard deviation of the soft target, in bins
DURATION_SHARE, CRPS_SHARE = 0.7, 0.1


@dataclass(frozen=True)
class Losses:
    """Scalars of one batch."""

    total: Tensor
    velocity: Tensor
    duration: Tensor


def velocity_place(deviation: Tensor) -> Tensor:
    """Deviations in bin widths to places on the velocity axis: 0 is the centre of the first bin."""
    return (deviation + (VELOCITY_BINS - 1) / 2).clamp(0, VELOCITY_BINS - 1)


def duration_place(log_ratio: Tensor) -> Tensor:
    """Log2 ratios to places on the duration axis: 0 is the centre of the first bin."""
    width = (DURATION_HIGH - DURATION_LOW) / DURATION_BINS
    return ((log_ratio - DURATION_LOW) / width - 0.5).clamp(0, DURATION_BINS - 1)


def losses(logits: Logits, deviation: Tensor, key: Tensor, sustained: Tensor, weight: Tensor) -> Losses:
    """Losses of a batch; targets (batch, notes), NaN where unknown; `weight` (batch, notes), 0 on padding."""
    velocity, place = logits.velocity.float(), velocity_place(deviation)
    error = soft_cross_entropy(velocity, place, VELOCITY_SMOOTHING) + CRPS_SHARE * crps(velocity, place)
    vel = (error * weight).sum() / weight.sum().clamp(min=1)
    dur = (_duration_loss(logits.key, key, weight) + _duration_loss(logits.sustained, sustained, weight)) / 2
    return Losses(vel + DURATION_SHARE * dur, vel, dur)


def _duration_loss(logits: Tensor, log_ratio: Tensor, weight: Tensor) -> Tensor:
    known = torch.isfinite(log_ratio)
    weight = weight * known
    place = duration_place(torch.where(known, log_ratio, torch.zeros_like(log_ratio)))
    error = soft_cross_entropy(logits.float(), place, DURATION_SMOOTHING)
    return (error * weight).sum() / weight.sum().clamp(min=1)


def soft_cross_entropy(logits: Tensor, place: Tensor, smoothing: float) -> Tensor:
    """Cross-entropy (batch, notes) against a Gaussian of `smoothing` bins around `place` (batch, notes)."""
    bins = torch.arange(logits.shape[-1], device=logits.device)
    target = torch.softmax(-0.5 * ((bins - place[..., None]) / smoothing) ** 2, dim=-1)
    return -(target * functional.log_softmax(logits, dim=-1)).sum(dim=-1)


def crps(logits: Tensor, place: Tensor) -> Tensor:
    """Continuous ranked probability score (batch, notes), in bins (Matheson and Winkler, 1976)."""
    bins = torch.arange(logits.shape[-1], device=logits.device)
    below = torch.softmax(logits, dim=-1).cumsum(dim=-1)
    return ((below - (bins >= place[..., None]).float()) ** 2).sum(dim=-1)
