"""What the model is taught: soft cross-entropy on binned velocity and duration, plus CRPS on velocity.

The other losses stand here for comparison: what a recipe leaves out costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from duv_studio.engine.model.transformer import DURATION_BINS, DURATION_HIGH, DURATION_LOW, VELOCITY_BINS, Logits
from duv_studio.engine.music.chords import CHORD_GAP
from duv_studio.training.config import Loss

VELOCITY_SMOOTHING, DURATION_SMOOTHING = 1.0, 0.7  # standard deviation of the soft target, in bins
SQUARED_SCALE = 0.01  # brings squared errors, in bins, to the size of a cross-entropy


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


@dataclass(frozen=True)
class Targets:
    """The player's answers, all (batch, notes), NaN where unknown; `weight` is 0 on padding."""

    deviation: Tensor  # velocity, in bins from the track's mean
    key: Tensor  # log2 of played over input duration
    sustained: Tensor
    weight: Tensor
    onset: Tensor  # beats
    top: Tensor  # bool, the highest note of its chord


def losses(logits: Logits, targets: Targets, how: Loss) -> Losses:
    """Losses of a batch, weighed as `how` says."""
    velocity, place, weight = logits.velocity.float(), velocity_place(targets.deviation), targets.weight
    squared = SQUARED_SCALE * (expected_bin(velocity) - place) ** 2
    if how.velocity == "squared":
        error = squared
    else:  # three proper scores, so their sum is one, too
        error = soft_cross_entropy(velocity, place, VELOCITY_SMOOTHING) + how.crps * crps(velocity, place)
        error = error + how.mean * squared
    vel = (error * weight).sum() / weight.sum().clamp(min=1)
    if how.contrast:
        vel = vel + how.contrast * SQUARED_SCALE * chord_contrast(expected_bin(velocity), place, targets)
    key = _duration_loss(logits.key, targets.key, weight)
    dur = (key + _duration_loss(logits.sustained, targets.sustained, weight)) / 2
    return Losses(vel + how.duration * dur, vel, dur)


def expected_bin(logits: Tensor) -> Tensor:
    """Mean bin (batch, notes) of distributions (batch, notes, bins)."""
    return (torch.softmax(logits, -1) * torch.arange(logits.shape[-1], device=logits.device)).sum(-1)


def chord_contrast(expected: Tensor, place: Tensor, targets: Targets) -> Tensor:
    """Mean squared error of the step between neighbouring notes of a chord of which one is the top."""
    together = (targets.onset[:, 1:] - targets.onset[:, :-1]).abs() < CHORD_GAP
    pair = together & targets.top[:, 1:] & ~targets.top[:, :-1]
    weight = pair * targets.weight[:, 1:] * targets.weight[:, :-1]
    error = (expected.diff(dim=1) - place.diff(dim=1)) ** 2
    return (error * weight).sum() / weight.sum().clamp(min=1)


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
