"""Reading a phrase twice: what the model is surest of is given back to it as if it were locked (ablation A12)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from duv_studio.engine.features.note_features import FAMILY_ORDER, FLOAT_FEATURES, INDEX_SIZES, State
from duv_studio.engine.model.transformer import VELOCITY_BINS, DuvTransformer, velocity_bin_width
from duv_studio.training.data.windows import Batch, predict_batch
from duv_studio.training.loss import expected_bin

SURE = 0.3  # share of the notes of a window that are given back
_NORM, _SPREAD = FLOAT_FEATURES.index("vel_norm"), FLOAT_FEATURES.index("spread")
_STATE, _FAMILY = list(INDEX_SIZES).index("velocity_state"), list(INDEX_SIZES).index("family")
_UNIT = 15.0  # MIDI velocity units of 1 in vel_norm and spread


@torch.inference_mode()
def two_passes(model: DuvTransformer, batch: Batch) -> tuple[Tensor, Tensor]:
    """Expected deviations in bins (batch, notes) after one pass over flat windows, and after a second one."""
    logits = predict_batch(model, batch).velocity.float().cpu()
    first = expected_bin(logits) - (VELOCITY_BINS - 1) / 2
    sure = _surest(logits, torch.from_numpy(batch.valid))
    again = predict_batch(model, _given_back(batch, first, sure)).velocity.float().cpu()
    second = expected_bin(again) - (VELOCITY_BINS - 1) / 2
    return first, torch.where(sure, first, second)


def _surest(logits: Tensor, valid: Tensor) -> Tensor:
    p = torch.softmax(logits, -1)
    bins = torch.arange(VELOCITY_BINS)
    variance = (p * bins**2).sum(-1) - (p * bins).sum(-1) ** 2
    variance = torch.where(valid, variance, torch.inf)
    limit = torch.nanquantile(torch.where(valid, variance, torch.nan), SURE, dim=1, keepdim=True)
    return variance <= limit


def _given_back(batch: Batch, deviation: Tensor, sure: Tensor) -> Batch:
    """The batch with the surest notes' velocities locked at what was expected of them."""
    e = batch.examples
    width = np.array([velocity_bin_width(FAMILY_ORDER[f]) for f in e.indices[:, 0, _FAMILY]])[:, None]
    velocity = deviation.numpy() * width * sure.numpy() / _UNIT
    floats, indices = e.floats.copy(), e.indices.copy()
    floats[..., _NORM] = velocity
    floats[..., _SPREAD] = velocity.std(axis=1, keepdims=True)
    indices[..., _STATE] = np.where(sure.numpy(), State.LOCKED, State.UNKNOWN)
    return replace(batch, examples=replace(e, floats=floats, indices=indices))
