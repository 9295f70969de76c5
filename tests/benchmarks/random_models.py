"""Models of the sizes that ship, with random weights: as fast as trained ones, and always at hand."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import torch

from duv_studio import paths
from duv_studio.engine.model.checkpoint import ModelHeader, pack
from duv_studio.engine.model.transformer import DuvTransformer, ModelConfig
from duv_studio.training.config import load_config

RECIPES = {"full": "base.yaml", "lite": "lite.yaml"}


def shape(name: str) -> ModelConfig:
    """The shape that the recipe of that model asks for."""
    return ModelConfig(**load_config(paths.resource("configs", RECIPES[name])).model.model_dump())


def random_model(name: str) -> DuvTransformer:
    """The network of that size."""
    torch.manual_seed(0)
    return DuvTransformer(shape(name)).eval().requires_grad_(False)


def write_model(name: str, folder: Path) -> Path:
    """A model file of that size."""
    path = folder / name / "model.safetensors"
    path.parent.mkdir(parents=True)
    header = ModelHeader(name, name.title(), "MIT", asdict(shape(name)), {})
    path.write_bytes(pack(random_model(name), header))
    return path
