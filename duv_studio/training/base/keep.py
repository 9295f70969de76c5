"""Learning without forgetting (Li and Hoiem, 2016): of music that an earlier model knows, its answers are the targets.

A few songs of a family, met again and again, are learned by heart, and a family that is hardly met is forgotten while
others are learned; the earlier model's distributions do neither.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from duv_studio.engine.features.note_features import FAMILY_ORDER, INDEX_SIZES
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import load
from duv_studio.engine.model.library import find_model
from duv_studio.engine.model.transformer import DuvTransformer, Logits
from duv_studio.engine.music.drum_pieces import EDGES
from duv_studio.training.data.windows import Batch, predict_batch

_FAMILY, _PITCH = list(INDEX_SIZES).index("family"), list(INDEX_SIZES).index("pitch")
_DRUM_PITCHES = 128  # where the kit's own table of pitches begins
_HEADS = ("velocity", "key", "sustained")


class Memory:
    """An earlier model as the teacher of some families."""

    def __init__(self, name: str, families: Sequence[str], device: torch.device) -> None:
        """DuvError where there is no such model."""
        self.teacher: DuvTransformer = load(find_model(name))[0].to(device)
        self._families = torch.tensor([FAMILY_ORDER.index(Family(family)) for family in families])
        self._edges = torch.tensor([_DRUM_PITCHES + pitch for pitch in EDGES])

    def kept(self, batch: Batch) -> Tensor:
        """Which windows of a batch the teacher answers, (batch,) bool: of the edges of hats it knows nothing."""
        indices = torch.from_numpy(batch.examples.indices)
        known = torch.isin(indices[:, 0, _FAMILY], self._families)
        return known & ~torch.isin(indices[..., _PITCH], self._edges).any(dim=1)

    def loss(self, logits: Logits, batch: Batch, kept: Tensor, duration: float) -> Tensor:
        """Cross-entropy of the `kept` windows (batch,) against the teacher's distributions, mean over their notes.

        `duration` weighs the two heads of lengths against the velocity's.
        """
        rows = kept.nonzero()[:, 0]
        with torch.no_grad():
            answers = predict_batch(self.teacher, batch.take(rows.numpy()))
        rows = rows.to(self.teacher.device)
        valid = torch.from_numpy(batch.valid).to(rows.device)[rows]
        each = [_cross_entropy(getattr(logits, head)[rows], getattr(answers, head)) for head in _HEADS]
        velocity, key, sustained = (value[valid].mean() for value in each)
        return velocity + duration * (key + sustained) / 2


def _cross_entropy(logits: Tensor, answers: Tensor) -> Tensor:
    """Of logits (windows, notes, bins) against distributions given as logits, (windows, notes)."""
    target = torch.softmax(answers.float(), dim=-1)
    return -(target * functional.log_softmax(logits.float(), dim=-1)).sum(dim=-1)
