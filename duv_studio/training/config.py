"""The recipe of a base model: one typed schema, read from YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from duv_studio.errors import DuvError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelShape(_Strict):
    """The transformer's size."""

    width: int = Field(default=192, ge=16, description="channels per note")
    layers: int = Field(default=4, ge=1, description="transformer blocks")
    heads: int = Field(default=6, ge=2, multiple_of=2, description="attention heads; half by note index, half by beat")
    ff: int = Field(default=768, ge=16, description="feed-forward channels")
    dropout: float = Field(default=0.1, ge=0, lt=1, description="dropout rate")
    feature_dropout: float = Field(default=0.0, ge=0, lt=1, description="share of features a window goes without")
    feature_bins: int = Field(default=12, ge=0, description="pieces that the range of a feature is cut into; 0: none")
    stem: int = Field(default=0, ge=0, description="channels of a layer between the features and the notes; 0: none")
    clocks: str = Field(default="both", pattern="^(both|index|beat)$", description="what attention is rotated by")


class Optimiser(_Strict):
    """AdamW under a cosine."""

    steps: int = Field(default=8000, ge=1, description="optimiser steps")
    batch_size: int = Field(default=16, ge=1, description="windows per step")
    window: int = Field(default=256, ge=16, description="notes per window")
    lr: float = Field(default=1e-3, gt=0, description="peak learning rate")
    weight_decay: float = Field(default=0.01, ge=0)
    warmup_steps: int = Field(default=300, ge=0)
    grad_clip_norm: float = Field(default=1.0, gt=0)
    ema: float = Field(default=0.999, ge=0, lt=1, description="decay of the averaged weights that are kept")
    precision: str = Field(default="bf16", pattern="^(bf16|32)$")
    threads: int = Field(default=1, ge=1, description="CPU threads")
    seed: int = 42


class Loss(_Strict):
    """What the model is taught by; the parts are weighed against the velocity's cross-entropy."""

    velocity: str = Field(default="categorical", pattern="^(categorical|squared)$", description="kind of velocity loss")
    duration: float = Field(default=0.7, ge=0, description="weight of the durations")
    crps: float = Field(default=0.1, ge=0, description="weight of the velocities' ranked probability score")
    mean: float = Field(default=0.0, ge=0, description="weight of the squared error of the expected velocity")
    contrast: float = Field(
        default=0.0, ge=0, description="weight of the difference between top note and rest of chords"
    )


class Curriculum(_Strict):
    """Shares of the degradation modes, of the families and of the corpora within them."""

    plain_share: float = Field(
        0.2, ge=0, le=1, description="share of the steps, at first, with flat notated input only"
    )
    velocity: dict[str, float]
    duration: dict[str, float]
    families: dict[str, float]
    most_epochs: dict[str, float] = Field(
        default={}, description="times that a small family's notes are drawn before its share falls to a tenth"
    )
    corpora: dict[str, float] = Field(default={}, description="how much more than others a corpus is drawn from")
    level: str = Field(
        "relative", pattern="^(relative|absolute)$", description="what a velocity is predicted relative to"
    )
    style_share: float = Field(0.5, ge=0, le=1, description="share of the windows that are told each part of the style")
    context_share: float = Field(0.0, ge=0, le=1, description="share of the windows that hold the song's other tracks")
    steady_share: float = Field(0.4, ge=0, le=1, description="share of the windows whose tempo map does not follow")


class BaseConfig(_Strict):
    """Everything that decides what a base model becomes, apart from the code."""

    name: str = Field(description="folder of the model under resources/models")
    title: str = ""
    sets: list[str] = Field(description="data sets to learn from")
    model: ModelShape = ModelShape()
    optimiser: Optimiser = Optimiser()
    loss: Loss = Loss()
    curriculum: Curriculum
    start_from: str | None = Field(default=None, description="model whose weights are the start; null: random ones")


def load_config(path: Path) -> BaseConfig:
    """Read a recipe; raises DuvError that names every key that is wrong.

    With `based_on: FILE`, beside the recipe, only the keys that differ from that other recipe need to be there. A
    mapping whose shares must be replaced as a whole is written with an empty key first: `families: {"": 0, piano: 1}`.
    """
    try:
        return BaseConfig.model_validate(_read(path, ()))
    except ValidationError as e:
        wrong = "; ".join(f"{'.'.join(map(str, x['loc']))}: {x['msg']}" for x in e.errors())
        raise DuvError(wrong, file=path) from e


def _read(path: Path, before: tuple[Path, ...]) -> dict[str, Any]:
    if path.resolve() in before:
        raise DuvError("is based on itself", file=path)
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise DuvError(f"cannot be read: {e.strerror}", file=path) from e
    except (yaml.YAMLError, UnicodeDecodeError) as e:
        raise DuvError(f"is not valid YAML: {e}", file=path) from e
    if not isinstance(raw, dict):
        raise DuvError("holds no keys and values", file=path)
    other = raw.pop("based_on", None)
    return _merged(_read(path.parent / other, (*before, path.resolve())), raw) if isinstance(other, str) else raw


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    if "" in over:
        return {k: v for k, v in over.items() if k}
    both = {k: _merged(under[k], v) for k, v in over.items() if isinstance(v, dict) and isinstance(under.get(k), dict)}
    return {**under, **over, **both}
