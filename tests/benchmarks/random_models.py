"""Models of the sizes that ship, with random weights: as fast as trained ones, and always at hand."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import torch

from duv_studio.engine.checkpoint import ModelHeader, pack
from duv_studio.engine.model import DuvTransformer, ModelConfig

SHAPES = {
    "full": ModelConfig(width=256, layers=6, heads=8, ff=1024),
    "lite": ModelConfig(width=192, layers=4, heads=6, ff=768),
}


def random_model(name: str) -> DuvTransformer:
    """The network of that size."""
    torch.manual_seed(0)
    return DuvTransformer(SHAPES[name]).eval().requires_grad_(False)


def write_model(name: str, folder: Path) -> Path:
    """A model file of that size."""
    path = folder / name / "model.safetensors"
    path.parent.mkdir(parents=True)
    header = ModelHeader(name, name.title(), "MIT", asdict(SHAPES[name]), {})
    path.write_bytes(pack(random_model(name), header))
    return path
