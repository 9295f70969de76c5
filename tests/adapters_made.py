"""Tiny models and adapters for tests: real files with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from duv_studio import paths
from duv_studio.engine.adapters.header import (
    IMPROVES,
    STATISTICS,
    AdapterHeader,
    PlayerStatistics,
    pack_adapter,
    weights_hash,
)
from duv_studio.engine.adapters.library import ADAPTER_FILE
from duv_studio.engine.features.feature_groups import INPUTS
from duv_studio.engine.features.hints import hint_columns
from duv_studio.engine.model.checkpoint import ModelHeader, Rendering, pack, read_header
from duv_studio.engine.model.prediction import Kernel
from duv_studio.engine.model.transformer import DuvTransformer, ModelConfig

SHAPE = {"width": 32, "layers": 2, "heads": 2, "ff": 48, "dropout": 0.1}
MODULES = tuple(
    f"blocks.{k}.{part}"
    for k in range(2)
    for part in ("attn.q_proj", "attn.v_proj", "attn.out_proj", "ff.in", "ff.out")
)
KERNEL = Kernel(0.1, 0.1, 0.1, 0.1, 0.1, 0.5)
OTHER_RENDERING = Rendering(1.3, 0.7, KERNEL, KERNEL, 0.8, 1.2)


def make_base(name: str = "tiny", folder: Path | None = None, seed: int = 1) -> Path:
    """A model of 2 layers, among the user's models unless another folder is given; returns its file."""
    torch.manual_seed(seed)
    network = DuvTransformer(ModelConfig(**SHAPE))
    for parameter in network.parameters():
        parameter.data *= 3  # as it starts, a network says nearly the same of every note
    path = (folder or paths.user_models_dir()) / name / "model.safetensors"
    path.parent.mkdir(parents=True)
    path.write_bytes(pack(network, ModelHeader(name, name.title(), "MIT", SHAPE, {})))
    return path


def hide_shipped(monkeypatch: pytest.MonkeyPatch, nowhere: Path) -> None:
    """Let there be no adapters but the user's own; `nowhere` does not exist."""
    real = paths.resource
    monkeypatch.setattr(paths, "resource", lambda *parts: nowhere if parts[:1] == ("adapters",) else real(*parts))


def adapter_weights(
    r: int = 4, seed: int = 0, modules: tuple[str, ...] = MODULES, hints: int = 0, size: float = 0.2
) -> dict[str, torch.Tensor]:
    """Random factors for a model of SHAPE; `size` 0 leaves the second ones 0, as training finds them."""
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for module in modules:
        out = 48 if module.endswith("ff.in") else 32
        read = 48 if module.endswith("ff.out") else 32
        weights[f"{module}.lora_A.weight"] = torch.randn(r, read, generator=generator)
        weights[f"{module}.lora_B.weight"] = size * torch.randn(out, r, generator=generator)
    if hints:
        weights["hints.weight"] = size * torch.randn(32, hints, generator=generator)
    return weights


def header_for(base: Path, family: str = "guitar", **said: Any) -> AdapterHeader:
    """The header of an adapter that was made for this base and improves it."""
    known: dict[str, Any] = {
        "name": f"my-{family}",
        "title": f"My {family}",
        "base": read_header(base).name,
        "base_hash": weights_hash(base),
        "r": 4,
        "alpha": 8.0,
        "modules": MODULES,
        "verdict": IMPROVES,
        "created": "2026-01-01T00:00:00+00:00",
    }
    return AdapterHeader(family=family, **(known | said))


def make_adapter(
    base: Path, family: str = "guitar", *, path: Path | None = None, seed: int = 0, size: float = 0.2, **said: Any
) -> Path:
    """An adapter file, among the user's adapters unless another path is given."""
    header = header_for(base, family, **said)
    path = path or paths.user_adapters_dir() / header.name / ADAPTER_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = hint_columns(header.hints)
    weights = adapter_weights(header.r, seed, header.modules, columns, size) if header.kind != STATISTICS else {}
    path.write_bytes(pack_adapter(weights, header))
    return path


def make_statistics(base: Path, family: str = "guitar", **player: Any) -> Path:
    """An adapter without weights, that only knows how a player plays."""
    known = {"notes": 300, "files": 2, "level": 70.0, "spread": 9.0, "articulation": -0.1}
    statistics = PlayerStatistics(**(known | player))
    return make_adapter(base, family, kind=STATISTICS, r=0, alpha=0.0, modules=(), player=statistics)


def inputs_without(*names: str) -> tuple[str, ...]:
    """All features but these."""
    return tuple(name for name in INPUTS if name not in names)
