"""Losses of held-out windows in units that a musician knows: velocity units and beats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from duv_studio.engine.features.note_features import FAMILY_ORDER, FLOAT_FEATURES, INDEX_SIZES
from duv_studio.engine.model.transformer import (
    DURATION_BINS,
    DURATION_HIGH,
    DURATION_LOW,
    VELOCITY_BINS,
    DuvTransformer,
    Logits,
    velocity_bin_width,
)
from duv_studio.training.config import Loss
from duv_studio.training.data.degrade import PLAIN_DURATION, PLAIN_VELOCITY
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.windows import Batch, make_example, predict_batch, stack, targets_of
from duv_studio.training.lora.judge.judge import HUBER_DELTA
from duv_studio.training.loss import Losses, Targets, losses

MOST_WINDOWS, PER_BATCH = 64, 16
_FAMILY = list(INDEX_SIZES).index("family")
_WIDTHS = torch.tensor([velocity_bin_width(family) for family in FAMILY_ORDER])
_DURATION_STEP = (DURATION_HIGH - DURATION_LOW) / DURATION_BINS


@dataclass(frozen=True)
class Errors:
    """What a batch was predicted with: `velocity` mean absolute error in MIDI units, `duration` Huber loss in beats."""

    velocity: float
    duration: float


def errors(logits: Logits, targets: Targets, batch: Batch) -> Errors:
    """Errors of the median velocity and length of a batch: no other guess has less of them."""
    away = median_bin(logits.velocity.float()) - (VELOCITY_BINS - 1) / 2
    octaves = DURATION_LOW + (median_bin(logits.key.float()) + 0.5) * _DURATION_STEP
    return _errors(away, octaves, targets, batch)


def median_bin(logits: Tensor) -> Tensor:
    """Median place (batch, notes) of distributions (batch, notes, bins), between bins as if they were even inside."""
    share = torch.softmax(logits, -1)
    below = share.cumsum(-1)
    middle = (below < 0.5).sum(-1, keepdim=True).clamp(max=logits.shape[-1] - 1)
    inside = share.gather(-1, middle).clamp(min=1e-9)
    before = below.gather(-1, middle) - inside
    return (middle - 0.5 + ((0.5 - before) / inside).clamp(0, 1)).squeeze(-1)


def identity_errors(targets: Targets, batch: Batch) -> Errors:
    """Errors of whoever changes nothing: every note at its track's level, every length as it is written."""
    nothing = torch.zeros_like(targets.deviation)
    return _errors(nothing, nothing, targets, batch)


def _errors(away: Tensor, octaves: Tensor, targets: Targets, batch: Batch) -> Errors:
    valid = targets.weight > 0
    width = _WIDTHS[torch.from_numpy(batch.examples.indices[..., _FAMILY])].to(away.device)
    velocity = ((away - targets.deviation).abs() * width)[valid].mean()
    known = valid & torch.isfinite(targets.key)
    if not known.any():
        return Errors(float(velocity), float("nan"))
    written = 2 ** torch.from_numpy(batch.examples.floats[..., FLOAT_FEATURES.index("dur_beats")]).to(away.device)
    error = functional.huber_loss(
        (written * 2**octaves)[known], (written * 2**targets.key)[known], delta=HUBER_DELTA, reduction="mean"
    )
    return Errors(float(velocity), float(error))


def target_loss(found: Losses, targets: Sequence[str], how: Loss) -> Tensor:
    """The loss of what a recipe wants to be learned."""
    velocity = found.velocity if "velocity" in targets else 0 * found.velocity
    duration = found.duration if "dur_beats" in targets else 0 * found.duration
    return velocity + how.duration * duration


class Validation:
    """Fixed windows of held-out songs, sequenced flat and as notated: the same in every run."""

    def __init__(
        self, tracks: Sequence[PlayedTrack], window: int, hints: Sequence[str], targets: Sequence[str], how: Loss
    ) -> None:
        self.targets, self.how = tuple(targets), how
        rng = np.random.default_rng(0)
        examples = []
        for track in tracks:
            example = make_example(track, rng, PLAIN_VELOCITY, PLAIN_DURATION, hints=hints)
            starts = range(0, max(len(track) - window // 2, 1), window)
            examples += [example.window(start, window) for start in starts]
        some = sorted(rng.permutation(len(examples))[:MOST_WINDOWS])
        chosen = [examples[i] for i in some]
        self.batches = [stack(chosen[i : i + PER_BATCH]) for i in range(0, len(chosen), PER_BATCH)]

    @torch.no_grad()
    def measure(self, model: DuvTransformer) -> dict[str, float]:
        """Mean losses under the names of the log's columns; the model is left in the mode that it was in."""
        mode = model.training
        model.eval()
        rows = [self._of_batch(model, batch) for batch in self.batches]
        model.train(mode)
        return _mean(rows, [batch.valid.sum() for batch in self.batches])

    def _of_batch(self, model: DuvTransformer, batch: Batch) -> dict[str, float]:
        logits, targets = predict_batch(model, batch), targets_of(batch, model.device)
        loss = target_loss(losses(logits, targets, self.how), self.targets, self.how)
        error = errors(logits, targets, batch)
        return {"val_loss": float(loss), "val_vel_loss": error.velocity, "val_dur_loss": error.duration}

    def identity(self) -> dict[str, float]:
        """The same of whoever changes nothing; a loss is not known of it, for it says nothing of likelihood."""
        found = [identity_errors(targets_of(batch), batch) for batch in self.batches]
        rows = [{"val_vel_loss": e.velocity, "val_dur_loss": e.duration} for e in found]
        return _mean(rows, [batch.valid.sum() for batch in self.batches])


def _mean(rows: Sequence[Mapping[str, float]], weights: Sequence[float]) -> dict[str, float]:
    means = {}
    for name in rows[0]:
        values = np.array([row[name] for row in rows])
        known = np.isfinite(values)
        means[name] = (
            float(np.average(values[known], weights=np.array(weights)[known])) if known.any() else float("nan")
        )
    return means
