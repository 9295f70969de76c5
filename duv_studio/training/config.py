"""The recipe of a base model: one typed schema, read from YAML."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from duv_studio.engine.model.header_rules import Misfit
from duv_studio.engine.model.shape import check_shape
from duv_studio.errors import DuvError
from duv_studio.training.schema.document import RecipeError, parse_document, read_text
from duv_studio.training.schema.fields import Strict, key
from duv_studio.training.schema.problems import problems_of


class ModelShape(Strict):
    """The transformer's size."""

    width: int = key(192, "channels per note", ge=16)
    layers: int = key(4, "transformer blocks", ge=1)
    heads: int = key(6, "attention heads; half by note index, half by beat", ge=2, multiple_of=2)
    ff: int = key(768, "feed-forward channels", ge=16)
    dropout: float = key(0.1, "dropout rate", ge=0, lt=1)
    feature_dropout: float = key(0.0, "share of features a window goes without", ge=0, lt=1)
    feature_bins: int = key(12, "pieces that the range of a feature is cut into; 0: none", ge=0)
    stem: int = key(0, "channels of a layer between the features and the notes; 0: none", ge=0)
    clocks: Literal["both", "index", "beat"] = key("both", "what attention is rotated by")


class Optimiser(Strict):
    """AdamW under a cosine."""

    steps: int = key(8000, "optimiser steps", unit="steps", ge=1)
    batch_size: int = key(16, "windows per step", unit="windows", ge=1)
    window: int = key(256, "notes per window", unit="notes", ge=16)
    lr: float = key(1e-3, "peak learning rate", gt=0)
    weight_decay: float = key(0.01, "pull of the weights towards 0", ge=0)
    warmup_steps: int = key(300, "steps until the peak of the learning rate", unit="steps", ge=0)
    grad_clip_norm: float = key(1.0, "longest gradient; longer ones are shortened", gt=0)
    ema: float = key(0.999, "decay of the averaged weights that are kept", ge=0, lt=1)
    precision: Literal["bf16", "32"] = key("bf16", "number format of the matrix products")
    threads: int = key(1, "CPU threads", unit="threads", ge=1)
    seed: int = key(42, "what chance depends on: the same seed gives the same model")


class Loss(Strict):
    """What the model learns from; the parts are weighed against the velocity's cross-entropy."""

    velocity: Literal["categorical", "squared"] = key("categorical", "kind of velocity loss")
    duration: float = key(0.7, "weight of the durations", ge=0)
    crps: float = key(0.1, "weight of the velocities' ranked probability score", ge=0)
    mean: float = key(0.0, "weight of the squared error of the expected velocity", ge=0)
    contrast: float = key(0.0, "weight of the difference between top note and rest of chords", ge=0)


class Curriculum(Strict):
    """Shares of the degradation modes, of the families and of the corpora within them."""

    plain_share: float = key(0.2, "share of the steps, at first, with flat notated input only", ge=0, le=1)
    velocity: dict[str, float] = key(..., "shares of the ways in which velocities are degraded")
    duration: dict[str, float] = key(..., "shares of the ways in which durations are degraded")
    families: dict[str, float] = key(..., "shares of the instrument families")
    most_epochs: dict[str, float] = key({}, "passes over a small family's notes before its share falls to a tenth")
    corpora: dict[str, float] = key({}, "how much more than others a corpus is drawn from")
    level: Literal["relative", "absolute"] = key("relative", "what a velocity is predicted relative to")
    style_share: float = key(0.5, "share of the windows that are given each part of the style", ge=0, le=1)
    context_share: float = key(0.0, "share of the windows that hold the song's other tracks", ge=0, le=1)
    steady_share: float = key(0.4, "share of the windows whose tempo map does not follow", ge=0, le=1)


class Keep(Strict):
    """What an earlier model knows, and this one is not to forget."""

    model: str | None = key(None, "the earlier model, of the same shape; null: none")
    families: list[str] = key([], "families of which its answers are learned, not the players'", allowed="of names")


class BaseConfig(Strict):
    """Everything that decides what a base model becomes, apart from the code."""

    name: str = key(..., "folder of the model under resources/models")
    title: str = key("", "what people see as its name")
    sets: list[str] = key(..., "data sets to learn from", allowed="of names")
    model: ModelShape = ModelShape()
    optimiser: Optimiser = Optimiser()
    loss: Loss = Loss()
    curriculum: Curriculum
    keep: Keep = Keep()
    start_from: str | None = key(None, "model whose weights are the start; null: random ones")


def load_config(path: Path) -> BaseConfig:
    """Read a recipe; DuvError when a file cannot be read, RecipeError with all mistakes of one at once.

    With `based_on: FILE`, beside the recipe, only the keys that differ from that other recipe need to be there. A
    mapping whose shares must be replaced as a whole is written with an empty key first: `families: {"": 0, piano: 1}`.
    """
    return BaseConfig.model_validate(_read(path, ()))


def _read(path: Path, before: tuple[Path, ...]) -> dict[str, Any]:
    """The values of a recipe; `before` are those that are based on it, in which the keys may be that it lacks."""
    real = Path(os.path.realpath(path))
    if real in before:
        raise DuvError("is based on itself", file=path)
    document = parse_document(read_text(path), path)
    values = {k: v for k, v in document.values.items() if k != "based_on"}
    other = document.values.get("based_on")
    if isinstance(other, str):
        values = _merged(_read(path.parent / other, (*before, real)), values)
    problems = problems_of(BaseConfig, document, values, partial=bool(before))
    if problems:
        raise RecipeError(problems, path)
    if not before:  # what a recipe is based on need not be whole
        try:
            check_shape(ModelShape.model_validate(values.get("model", {})).model_dump(), "model")
        except Misfit as e:
            raise RecipeError([document.problem(("model", "heads"), f"{e}.")], path) from e
    return values


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    if "" in over:
        return {k: v for k, v in over.items() if k}
    both = {k: _merged(under[k], v) for k, v in over.items() if isinstance(v, dict) and isinstance(under.get(k), dict)}
    return {**under, **over, **both}
