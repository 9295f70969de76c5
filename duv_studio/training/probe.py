"""A few fixed development windows that say, during training, whether anything is learned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from duv_studio.engine.model import VELOCITY_BINS, DuvTransformer, Logits
from duv_studio.engine.song import Family
from duv_studio.training.batches import Batch, make_example, predict_batch, stack
from duv_studio.training.loss import duration_place, losses
from duv_studio.training.played import PlayedTrack

WINDOWS, NOTES = 48, 256
FLAT_VELOCITY, NOTATED = {"flat": 1.0}, {"notated": 1.0}


class Probe:
    """Flat, notated windows of held-out tracks, up to WINDOWS a family, the same in every run."""

    def __init__(self, tracks: Sequence[PlayedTrack]) -> None:
        self.tracks = list(tracks)
        self.batches = {f: b for f in Family if (b := _windows([t for t in tracks if t.family == f])) is not None}

    @torch.inference_mode()
    def measure(self, model: DuvTransformer) -> dict[str, float]:
        """Losses, correlation of the mean with the player and spread of the mean, per family."""
        result: dict[str, float] = {}
        for family, batch in self.batches.items():
            result |= {f"val_{k}/{family}": v for k, v in _scores(predict_batch(model, batch), batch).items()}
        return result


def _windows(tracks: list[PlayedTrack]) -> Batch | None:
    long = [t for t in tracks if len(t) >= 48]
    rng = np.random.default_rng(0)
    chosen = [long[i] for i in rng.permutation(len(long))[:WINDOWS]]
    examples = []
    for track in chosen:
        start = int(rng.integers(0, max(len(track) - NOTES, 0) + 1))
        examples.append(make_example(track, rng, FLAT_VELOCITY, NOTATED).window(start, NOTES))
    return stack(examples) if examples else None


def expectation(logits: Tensor) -> Tensor:
    """Mean bin (batch, notes) of the distributions."""
    return (torch.softmax(logits.float(), -1) * torch.arange(logits.shape[-1])).sum(-1)


def _scores(logits: Logits, batch: Batch) -> dict[str, float]:
    e, valid = batch.examples, torch.from_numpy(batch.valid)
    deviation, key, sustained = (torch.from_numpy(x) for x in (e.deviation, e.key, e.sustained))
    loss = losses(logits, deviation, key, sustained, valid.float())
    mean = expectation(logits.velocity) - (VELOCITY_BINS - 1) / 2
    scores = {"loss": float(loss.total), "vel_loss": float(loss.velocity), "dur_loss": float(loss.duration)}
    scores |= _agreement("vel", mean, deviation, valid)
    known = torch.isfinite(key) & valid
    if known.any():
        scores |= _agreement("dur", expectation(logits.key), duration_place(key), known)
    return scores


def _agreement(name: str, mean: Tensor, truth: Tensor, valid: Tensor) -> dict[str, float]:
    rows = [(m[v].numpy(), t[v].numpy()) for m, t, v in zip(mean, truth, valid, strict=True)]
    rows = [(m, t) for m, t in rows if len(m) >= 8]
    r = [np.corrcoef(m, t)[0, 1] for m, t in rows if m.std() > 1e-6 and t.std() > 1e-6]
    ratio = [m.std() / t.std() for m, t in rows if t.std() > 1e-6]
    return {f"{name}_r": float(np.mean(r)), f"{name}_sd": float(np.mean(ratio))}
