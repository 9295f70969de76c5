"""The shape of the network, and which tensors a network of that shape consists of; known without torch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from duv_studio.engine.features.note_features import FLOAT_FEATURES, INDEX_SIZES
from duv_studio.engine.model.header_rules import Misfit, fields, number, one_of, whole

VELOCITY_BINS = 64
DURATION_BINS = 48
CLOCKS = ("both", "index", "beat")
# Far beyond what anybody trains for notes; a file may not ask for more.
MOST_WIDTH, MOST_FF, MOST_LAYERS, MOST_HEADS, MOST_BINS = 4096, 16_384, 128, 256, 1024
MOST_PARAMETERS = 100_000_000  # twenty times as many as the largest model that ships
TensorShape = tuple[int, ...]


@dataclass(frozen=True)
class ModelConfig:
    """The shape of a model; stored beside its weights."""

    width: int = 192
    layers: int = 4
    heads: int = 6  # even: one half attends by note index, the other by beat
    ff: int = 768
    dropout: float = 0.1
    feature_dropout: float = 0.0  # share of the features that a window is trained without; drums keep them all
    feature_bins: int = 0  # pieces that the range of every float feature is cut into
    stem: int = 0  # channels of a layer between the pieces and the notes; 0: none
    clocks: str = "both"  # what attention is rotated by: "index", "beat", or one half of the heads each


_FIELDS = fields(
    {},
    {
        "width": whole(4, MOST_WIDTH),
        "layers": whole(1, MOST_LAYERS),
        "heads": whole(2, MOST_HEADS),
        "ff": whole(1, MOST_FF),
        "dropout": number(0, 1, below=True),
        "feature_dropout": number(0, 1, below=True),
        "feature_bins": whole(0, MOST_BINS),
        "stem": whole(0, MOST_WIDTH),
        "clocks": one_of(CLOCKS),
    },
)


def check_shape(value: Any, where: str) -> None:
    """Misfit where these are not the fields of a ModelConfig that a network can have."""
    _FIELDS(value, where)
    config = ModelConfig(**value)
    if config.heads % 2:
        raise Misfit(f"{where}.heads is {config.heads}; it must be even")
    if config.width % (2 * config.heads):
        raise Misfit(
            f"{where}.heads is {config.heads} and {where}.width {config.width}; the width must be a multiple of twice"
            " the heads"
        )
    parameters = sum(math.prod(shape) for _, shape in _tensors(config))
    if parameters > MOST_PARAMETERS:
        raise Misfit(f"a network of this {where} has {parameters:,} parameters; there may be {MOST_PARAMETERS:,}")


def tensor_shapes(config: ModelConfig) -> dict[str, TensorShape]:
    """Every tensor of a model file by its name, as `DuvTransformer(config).state_dict()` holds it."""
    return dict(_tensors(config))


def linear_shapes(config: ModelConfig) -> Mapping[str, TensorShape]:
    """The linear layers that can be adapted, (out, in) by the full names of their modules."""
    found = ((name.removesuffix(".weight"), shape) for name, shape in _tensors(config) if name.endswith(".weight"))
    return {name: shape for name, shape in found if len(shape) == 2 and not name.startswith("embed_indices.")}


def _tensors(config: ModelConfig) -> Iterator[tuple[str, TensorShape]]:
    width, features = config.width, len(FLOAT_FEATURES)
    read = features * (1 + config.feature_bins)
    yield "embed_floats.mean", (features,)
    yield "embed_floats.std", (features,)
    yield "embed_floats.edges", (features, config.feature_bins + 1)
    if config.stem:
        yield from _linear("embed_floats.mix", config.stem, read)
    yield from _linear("embed_floats.project", width, config.stem or read)
    for place, size in enumerate(INDEX_SIZES.values()):
        yield f"embed_indices.{place}.weight", (size, width)
    for block in range(config.layers):
        yield from _block(f"blocks.{block}", config)
    yield from _norm("norm", width)
    yield from _linear("head_vel", VELOCITY_BINS, width)
    yield from _linear("head_key", DURATION_BINS, width)
    yield from _linear("head_sus", DURATION_BINS, width)


def _block(name: str, config: ModelConfig) -> Iterator[tuple[str, TensorShape]]:
    width = config.width
    yield from _norm(f"{name}.norm_attn", width)
    for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
        yield from _linear(f"{name}.attn.{part}", width, width)
    yield from _norm(f"{name}.norm_ff", width)
    yield from _linear(f"{name}.ff.in", config.ff, width)
    yield from _linear(f"{name}.ff.out", width, config.ff)


def _linear(name: str, out: int, read: int) -> Iterator[tuple[str, TensorShape]]:
    yield f"{name}.weight", (out, read)
    yield f"{name}.bias", (out,)


def _norm(name: str, width: int) -> Iterator[tuple[str, TensorShape]]:
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)
