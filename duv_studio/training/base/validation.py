"""A few fixed development windows that say, during training, whether anything is learned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from duv_studio.engine.model.transformer import VELOCITY_BINS, DuvTransformer, Logits
from duv_studio.training.config import Loss
from duv_studio.training.data.corpora.gmd import UNSEEN
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.windows import (
    Batch,
    Example,
    by_song,
    make_example,
    predict_batch,
    song_key,
    stack,
    targets_of,
    together,
)
from duv_studio.training.loss import duration_place, expected_bin, losses

WINDOWS, NOTES = 32, 256
FLAT_VELOCITY, NOTATED = {"flat": 1.0}, {"notated": 1.0}


class Probe:
    """Flat, notated windows of held-out tracks, up to WINDOWS a group, the same in every run."""

    def __init__(self, tracks: Sequence[PlayedTrack], context: bool = False) -> None:
        """With `context`, every track is read together with the others of its song."""
        self.tracks = list(tracks)
        songs = by_song(self.tracks) if context else None
        mates = {id(t): [self.tracks[i] for i in songs.get(song_key(t), ())] for t in self.tracks} if songs else {}
        groups: dict[str, list[PlayedTrack]] = defaultdict(list)
        for track in self.tracks:
            groups[group_of(track)].append(track)
        self.batches = {g: b for g in sorted(groups) if (b := _windows(groups[g], mates)) is not None}

    @torch.inference_mode()
    def measure(self, model: DuvTransformer) -> dict[str, float]:
        """Losses, correlation of the mean with the player and spread of the mean, per group."""
        result: dict[str, float] = {}
        for group, batch in self.batches.items():
            result |= {f"val_{k}/{group}": v for k, v in _scores(predict_batch(model, batch), batch).items()}
        return result


def group_of(track: PlayedTrack) -> str:
    """Tracks are judged by family and data set, drummers that no one learned from by themselves."""
    unseen = " unseen" if track.corpus == "gmd" and track.player in UNSEEN else ""
    return f"{track.family}/{track.corpus}{unseen}"


def _windows(tracks: list[PlayedTrack], mates: Mapping[int, Sequence[PlayedTrack]]) -> Batch | None:
    long = [t for t in tracks if len(t) >= 48]
    rng = np.random.default_rng(0)
    chosen = [long[i] for i in rng.permutation(len(long))[:WINDOWS]]
    examples = []
    for track in chosen:
        start = int(rng.integers(0, max(len(track) - NOTES, 0) + 1))
        example = make_example(track, rng, FLAT_VELOCITY, NOTATED)
        others = [t for t in mates.get(id(track), ()) if t is not track]
        examples.append(_among(others, example, start, rng) if others else example.window(start, NOTES))
    return stack(examples) if examples else None


def _among(others: Sequence[PlayedTrack], example: Example, start: int, rng: Generator) -> Example:
    """A window that begins with a given note of a track and holds the other tracks' notes, which do not count."""
    heard = [make_example(t, rng, FLAT_VELOCITY, NOTATED, np.zeros(len(t))) for t in others]
    whole = together([example, *heard])
    return whole.window(int(np.searchsorted(whole.onset, example.onset[start])), NOTES)


def _scores(logits: Logits, batch: Batch) -> dict[str, float]:
    logits = Logits(*(x.float().cpu() for x in (logits.velocity, logits.key, logits.sustained)))
    targets = targets_of(batch)
    valid = targets.weight > 0
    loss = losses(logits, targets, Loss())
    deviation, key = targets.deviation, targets.key
    mean = expected_bin(logits.velocity) - (VELOCITY_BINS - 1) / 2
    scores = {"loss": float(loss.total), "vel_loss": float(loss.velocity), "dur_loss": float(loss.duration)}
    scores |= _agreement("vel", mean, deviation, valid)
    known = torch.isfinite(key) & valid
    if known.any():
        scores |= _agreement("dur", expected_bin(logits.key), duration_place(key), known)
    return scores


def _agreement(name: str, mean: Tensor, truth: Tensor, valid: Tensor) -> dict[str, float]:
    rows = [(m[v].numpy(), t[v].numpy()) for m, t, v in zip(mean, truth, valid, strict=True)]
    rows = [(m, t) for m, t in rows if len(m) >= 8]
    r = [np.corrcoef(m, t)[0, 1] for m, t in rows if m.std() > 1e-6 and t.std() > 1e-6]
    ratio = [m.std() / t.std() for m, t in rows if t.std() > 1e-6]
    return {f"{name}_r": float(np.mean(r)), f"{name}_sd": float(np.mean(ratio))}
