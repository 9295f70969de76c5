"""The one slow step: the transformer over a track of any length, by overlapping windows without a seam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from duv_studio.engine.features import Features
from duv_studio.engine.model import DURATION_BINS, VELOCITY_BINS, DuvTransformer
from duv_studio.errors import Cancelled

WINDOW, HOP, FADE = 256, 192, 32  # notes
BATCH = 8  # windows per call of the network: enough to be fast, few enough to cancel soon

FloatRows = NDArray[np.float32]


@dataclass(frozen=True)
class Probabilities:
    """What the network says of n notes: each (n, bins), rows sum to 1."""

    velocity: FloatRows
    key: FloatRows
    sustained: FloatRows


@dataclass(frozen=True)
class Temperatures:
    """Softmax temperatures of the two kinds of heads."""

    velocity: float = 1.0
    duration: float = 1.0


def predict_track(
    model: DuvTransformer,
    features: Features,
    temperatures: Temperatures = Temperatures(),
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Probabilities:
    """Distributions of all n notes of a track; raises Cancelled between two calls of the network."""
    n = len(features.onset)
    spans = window_spans(n)
    sums = {k: np.zeros((n, b), np.float32) for k, b in _BINS.items()}
    total = np.zeros((n, 1), np.float32)
    for first in range(0, len(spans), BATCH):
        if cancelled is not None and cancelled():
            raise Cancelled
        part = spans[first : first + BATCH]
        for (start, stop), rows in zip(part, _run(model, features, part, temperatures), strict=True):
            fade = _fade(start, stop, n)
            total[start:stop] += fade
            for name, row in rows.items():
                sums[name][start:stop] += fade * row
        if progress is not None:
            progress(min(1.0, (first + len(part)) / len(spans)))
    return Probabilities(**{name: rows / total for name, rows in sums.items()})


_BINS = {"velocity": VELOCITY_BINS, "key": DURATION_BINS, "sustained": DURATION_BINS}


def window_spans(n: int) -> list[tuple[int, int]]:
    """Start and stop of the windows that cover n notes; all but a lone short one hold WINDOW notes."""
    if n <= WINDOW:
        return [(0, n)]
    starts = [*range(0, n - WINDOW, HOP), n - WINDOW]
    return [(s, s + WINDOW) for s in starts]


def _fade(start: int, stop: int, n: int) -> FloatRows:
    """Triangular weight (stop - start, 1) of a window's notes, full where the track begins or ends."""
    place = np.arange(stop - start)
    rise = np.ones(len(place)) if start == 0 else (place + 1) / (FADE + 1)
    fall = np.ones(len(place)) if stop == n else (len(place) - place) / (FADE + 1)
    return np.clip(np.minimum(rise, fall), 0, 1).astype(np.float32)[:, None]


@torch.inference_mode()
def _run(
    model: DuvTransformer, features: Features, spans: list[tuple[int, int]], temperatures: Temperatures
) -> list[dict[str, FloatRows]]:
    """Probabilities of each window, by head."""
    device = model.feature_mean.device
    arrays = (features.floats, features.indices, features.onset)
    batch = (torch.from_numpy(np.stack([a[s:e] for s, e in spans])).to(device) for a in arrays)
    logits = model(*batch)
    heads = {
        "velocity": logits.velocity / temperatures.velocity,
        "key": logits.key / temperatures.duration,
        "sustained": logits.sustained / temperatures.duration,
    }
    rows = {name: torch.softmax(x.float(), -1).cpu().numpy() for name, x in heads.items()}
    return [{name: x[i] for name, x in rows.items()} for i in range(len(spans))]
