"""The transformer: a phrase of notes in, a distribution of velocity and duration for each note out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from duv_studio.engine.features.note_features import FAMILY_ORDER, FLOAT_FEATURES, INDEX_SIZES
from duv_studio.engine.midi.song import Family

# Under their own names: those who build a network find its shape here, too.
from duv_studio.engine.model.shape import DURATION_BINS as DURATION_BINS
from duv_studio.engine.model.shape import VELOCITY_BINS as VELOCITY_BINS
from duv_studio.engine.model.shape import ModelConfig as ModelConfig

NARROWEST = 1e-3  # of a piece of a feature's range; many values are alike, and quantiles fall together
QUANTILE_ROWS = 65_536
FARTHEST = 5.0  # standard deviations: what lies farther out was hardly ever seen in training
_FAMILY, _DRUMS = list(INDEX_SIZES).index("family"), FAMILY_ORDER.index(Family.DRUMS)
DURATION_LOW, DURATION_HIGH = -4.0, 2.0  # log2 of played over notated duration, bins of 1/8 octave


def velocity_bin_width(family: Family) -> float:
    """MIDI velocity units per bin: drummers use the whole range, so their bins are wider."""
    return 3.0 if family is Family.DRUMS else 2.0


@dataclass(frozen=True)
class Logits:
    """Unnormalised log probabilities of a batch of windows: (batch, notes, bins)."""

    velocity: Tensor
    key: Tensor  # duration until the key is released
    sustained: Tensor  # duration until the sound ends, pedal included


class DuvTransformer(nn.Module):
    """Pre-norm bidirectional encoder whose attention knows two clocks: note index and onset in beats.

    The rotary position encoding is RoFormer's (Su et al., 2021), half of the heads fed with the note index and half
    with beats, so that the notes of a chord stand at the same place on the second clock.
    """

    reads_floats: Tensor
    reads_indices: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embed_floats = FloatEmbedding(config)
        self.embed_indices = nn.ModuleList(nn.Embedding(size, config.width) for size in INDEX_SIZES.values())
        self.clocks = Clocks(config.width // config.heads, config.clocks)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.head_vel = nn.Linear(config.width, VELOCITY_BINS)
        self.head_key = nn.Linear(config.width, DURATION_BINS)
        self.head_sus = nn.Linear(config.width, DURATION_BINS)
        self.hints: nn.Linear | None = None  # what adapters read besides
        self.register_buffer("reads_floats", torch.ones(len(FLOAT_FEATURES)), persistent=False)
        self.register_buffer("reads_indices", torch.ones(len(INDEX_SIZES)), persistent=False)
        self.apply(_initialise)

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return self.head_vel.weight.device

    def read_hints(self, columns: int) -> None:
        """Read so many columns of hints from now on; at first they change nothing."""
        self.hints = nn.Linear(columns, self.config.width, bias=False, device=self.device)
        nn.init.zeros_(self.hints.weight)

    def hide(self, floats: Collection[str], indices: Collection[str]) -> None:
        """Go without these FLOAT_FEATURES and INDEX_SIZES from now on, as training does now and then."""
        for mask, names, hidden in (
            (self.reads_floats, FLOAT_FEATURES, floats),
            (self.reads_indices, tuple(INDEX_SIZES), indices),
        ):
            mask.copy_(torch.tensor([float(name not in hidden) for name in names]))

    def forward(
        self,
        floats: Tensor,
        indices: Tensor,
        onset: Tensor,
        valid: Tensor | None = None,
        hints: Tensor | None = None,
    ) -> Logits:
        """`floats` (batch, notes, F), `indices` (batch, notes, I) int64, `onset` (batch, notes) beats.

        `valid` (batch, notes) bool marks the notes that are not padding; None when there is no padding. `hints` (batch,
        notes, H) are for a model that was reported to read H of them.
        """
        drums = indices[:, :1, _FAMILY, None] == _DRUMS
        hidden = self.embed_floats(floats, self._kept(floats, drums) * self.reads_floats)
        for column, embedding in enumerate(self.embed_indices):
            embedded = embedding(indices[..., column])
            hidden = hidden + embedded * self._kept(embedded[..., :1], drums) * self.reads_indices[column]
        if self.hints is not None and hints is not None:
            hidden = hidden + self.hints(hints)
        turn = self.clocks(onset)
        mask = None if valid is None else valid[:, None, None, :]
        for block in self.blocks:
            hidden = block(hidden, turn, mask)
        hidden = self.norm(hidden)
        return Logits(self.head_vel(hidden), self.head_key(hidden), self.head_sus(hidden))

    def _kept(self, x: Tensor, drums: Tensor) -> Tensor:
        """In training 0 for the features, of x (batch, notes, features), that a window goes without; else 1.

        What is learned with any one feature missing leans on none of them, and carries over to music that differs from
        the training data in some of them. Drum windows (`drums` (batch, 1, 1) bool) keep everything: kits and metres of
        other drummers hardly differ, and their players are read better so.
        """
        share = self.config.feature_dropout
        if not self.training or share == 0:
            return torch.ones(1, device=x.device)
        kept = torch.rand(len(x), 1, x.shape[-1], device=x.device) >= share
        return (kept | drums).to(x.dtype)


class FloatEmbedding(nn.Module):
    """Float features to channels: each by its standard score, and piecewise linear over quantiles of its range.

    The pieces let one layer tell a triplet from a dotted note, which a plain linear layer can't (piecewise linear
    encoding, Gorishniy et al., 2022). They depend on the data, so `fit` sets them before training.
    """

    mean: Tensor
    std: Tensor
    edges: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        features, self.bins = len(FLOAT_FEATURES), config.feature_bins
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("std", torch.ones(features))
        self.register_buffer("edges", torch.arange(self.bins + 1.0).repeat(features, 1))
        read = features * (1 + self.bins)
        self.mix = nn.Linear(read, config.stem) if config.stem else None
        self.project = nn.Linear(config.stem or read, config.width)

    def fit(self, rows: Tensor) -> None:
        """Take scale and quantiles from rows (n, F) of features."""
        self.mean.copy_(rows.mean(dim=0))
        self.std.copy_(rows.std(dim=0).clamp(min=1e-2))
        if self.bins:
            self.edges.copy_(torch.quantile(rows[:QUANTILE_ROWS], torch.linspace(0, 1, self.bins + 1), dim=0).T)

    def forward(self, floats: Tensor, kept: Tensor) -> Tensor:
        """`floats` (batch, notes, F); `kept` (batch, 1, F) is 0 for features to go without. (batch, notes, width)."""
        scaled = ((floats - self.mean) / self.std).clamp(-FARTHEST, FARTHEST) * kept
        read = torch.cat([scaled, self._pieces(floats, kept)], dim=-1) if self.bins else scaled
        if self.mix is not None:
            read = functional.gelu(self.mix(read), approximate="tanh")
        out: Tensor = self.project(read)
        return out

    def _pieces(self, floats: Tensor, kept: Tensor) -> Tensor:
        low, width = self.edges[:, :-1], self.edges.diff(dim=1).clamp(min=NARROWEST)
        pieces = ((floats[..., None] - low) / width).clamp(0, 1) - 0.5
        return (pieces * kept[..., None]).flatten(-2)


class Clocks(nn.Module):
    """Rotation angles of the note-index clock and of the beat clock."""

    index_rate: Tensor
    beat_rate: Tensor

    def __init__(self, head_width: int, used: str = "both") -> None:
        super().__init__()
        self.used = used
        pairs = head_width // 2
        index = 1.0 / 1000 ** (torch.arange(pairs) / pairs)
        wavelength = 0.5 * 800 ** (torch.arange(pairs) / max(pairs - 1, 1))  # 0.5 .. 400 beats
        self.register_buffer("index_rate", index, persistent=False)
        self.register_buffer("beat_rate", 2 * torch.pi / wavelength, persistent=False)

    def forward(self, onset: Tensor) -> tuple[Tensor, Tensor]:
        """Cosine and sine of the angles, each (batch, 2 clocks, notes, pairs), from onsets (batch, notes) in beats."""
        place = torch.arange(onset.shape[1], device=onset.device, dtype=torch.float32)
        by_index = (place[:, None] * self.index_rate).expand(len(onset), -1, -1)
        by_beat = (onset.float() - onset[:, :1].float())[..., None] * self.beat_rate
        chosen = {"index": [by_index] * 2, "beat": [by_beat] * 2, "both": [by_index, by_beat]}[self.used]
        angle = torch.stack(chosen, dim=1)
        return angle.cos(), angle.sin()


class Block(nn.Module):
    """Attention and feed-forward, each behind a norm; module names are those of the adapters' target modules."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.norm_attn = nn.LayerNorm(config.width)
        self.attn = Attention(config)
        self.norm_ff = nn.LayerNorm(config.width)
        self.ff = nn.ModuleDict({"in": nn.Linear(config.width, config.ff), "out": nn.Linear(config.ff, config.width)})
        self.drop = nn.Dropout(config.dropout)

    def forward(self, hidden: Tensor, turn: tuple[Tensor, Tensor], mask: Tensor | None) -> Tensor:
        hidden = hidden + self.drop(self.attn(self.norm_attn(hidden), turn, mask))
        inner = functional.gelu(self.ff["in"](self.norm_ff(hidden)), approximate="tanh")
        hidden = hidden + self.drop(self.ff["out"](inner))
        return hidden


class Attention(nn.Module):
    """Multi-head self-attention over all notes of a window, rotated by the two clocks."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.q_proj = nn.Linear(config.width, config.width)
        self.k_proj = nn.Linear(config.width, config.width)
        self.v_proj = nn.Linear(config.width, config.width)
        self.out_proj = nn.Linear(config.width, config.width)

    def forward(self, hidden: Tensor, turn: tuple[Tensor, Tensor], mask: Tensor | None) -> Tensor:
        batch, notes, width = hidden.shape
        split = (batch, notes, self.heads, width // self.heads)
        query = rotate(self.q_proj(hidden).view(split).transpose(1, 2), turn)
        key = rotate(self.k_proj(hidden).view(split).transpose(1, 2), turn)
        value = self.v_proj(hidden).view(split).transpose(1, 2)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        out: Tensor = self.out_proj(mixed.transpose(1, 2).reshape(batch, notes, width))
        return out


def rotate(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Turn the first half of the heads of x (batch, heads, notes, width) by note index, the second by beat."""
    cos, sin = (t.repeat_interleave(x.shape[1] // 2, dim=1).to(x.dtype) for t in turn)
    even, odd = x.chunk(2, dim=-1)
    return torch.cat([even * cos - odd * sin, even * sin + odd * cos], dim=-1)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
