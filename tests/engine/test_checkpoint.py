"""Model files: what is written is what is read, and everything else is refused with a sentence."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from duv_studio import paths
from duv_studio.engine.checkpoint import ModelHeader, Rendering, load, pack, read_header
from duv_studio.engine.model import DuvTransformer, ModelConfig
from duv_studio.engine.models import find_model, list_models
from duv_studio.engine.prediction import Kernel
from duv_studio.errors import DuvError

SHAPE = {"width": 32, "layers": 1, "heads": 2, "ff": 32, "dropout": 0.1}
KERNEL = Kernel(0.1, 0.1, 0.1, 0.1, 0.1, 0.5)


def made(folder: Path, name: str = "tiny") -> Path:
    torch.manual_seed(1)
    rendering = {"piano": Rendering(1.1, 0.9, KERNEL, KERNEL)}
    header = ModelHeader(name, "Tiny", "MIT", SHAPE, rendering, sets=("made",), steps=3, seed=7)
    path = folder / name / "model.safetensors"
    path.parent.mkdir(parents=True)
    path.write_bytes(pack(DuvTransformer(ModelConfig(**SHAPE)), header))
    return path


def test_round_trip(tmp_path: Path) -> None:
    path = made(tmp_path)
    model, header = load(path)
    torch.manual_seed(1)
    fresh = DuvTransformer(ModelConfig(**SHAPE))
    for name, value in fresh.state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], value, atol=1e-3, rtol=1e-3)
    assert header.rendering["piano"] == Rendering(1.1, 0.9, KERNEL, KERNEL)
    assert (header.name, header.sets, header.steps, header.seed) == ("tiny", ("made",), 3, 7)
    assert not any(p.requires_grad for p in model.parameters()) and not model.training


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x00" * 64])
def test_other_files_are_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(DuvError, match=r"x\.safetensors"):
        read_header(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"schema": 99}, "another version"), ({"floats": ["register"]}, "other note features"), (None, "not of a DUV")],
)
def test_models_that_do_not_fit_are_refused(tmp_path: Path, change: dict[str, object] | None, words: str) -> None:
    header = json.loads(json.dumps(asdict(ModelHeader("x", "X", "MIT", SHAPE, {}))))
    metadata = {"other": "x"} if change is None else {"duv": json.dumps(header | change)}
    save_file({"w": np.zeros(2, np.float32)}, tmp_path / "x.safetensors", metadata=metadata)
    with pytest.raises(DuvError, match=words):
        read_header(tmp_path / "x.safetensors")


@pytest.mark.parametrize(
    "packed",
    [
        "{not json",
        "[]",
        "7",
        json.dumps({"schema": 1}),
        json.dumps(asdict(ModelHeader("x", "X", "MIT", SHAPE, {})) | {"odd": 1}),
    ],
)
def test_a_header_that_makes_no_sense_is_refused_and_left_out_of_the_list(user_dirs: Path, packed: str) -> None:
    path = made(user_dirs / "duv-studio" / "models", "odd")
    save_file({"w": np.zeros(2, np.float32)}, path, metadata={"duv": packed})
    assert "odd" not in [m.name for m in list_models()]
    with pytest.raises(DuvError, match="makes no sense"):
        load(find_model("odd"))


@pytest.mark.parametrize("shape", [{"width": 64}, {"heads": 0}, {"width": "wide"}, {"depth": 3}])
def test_a_shape_that_does_not_fit_the_weights_is_refused(tmp_path: Path, shape: dict[str, object]) -> None:
    header = ModelHeader("x", "X", "MIT", SHAPE, {})
    path = tmp_path / "x.safetensors"
    path.write_bytes(pack(DuvTransformer(ModelConfig(**SHAPE)), replace(header, shape=SHAPE | shape)))
    with pytest.raises(DuvError, match="do not fit"):
        load(path)


def test_models_that_ship_are_found_where_nothing_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DUV_STUDIO_HOME", str(tmp_path / "file" / "home"))  # nobody can make that folder
    assert find_model() == paths.resource("models", "base-open", "model.safetensors")
    assert [m.name for m in list_models()] == ["base-open"]


def test_looking_for_models_makes_no_folder(user_dirs: Path) -> None:
    list_models()
    assert not (user_dirs / "duv-studio").exists()


def test_models_are_found_by_name_folder_and_file(user_dirs: Path) -> None:
    path = made(user_dirs / "duv-studio" / "models")
    assert find_model("tiny") == path
    assert find_model(path) == path and find_model(path.parent) == path
    assert [m.title for m in list_models() if m.name == "tiny"] == ["Tiny"]
    with pytest.raises(DuvError, match='no model "missing"'):
        find_model("missing")


def test_a_broken_model_is_left_out_of_the_list(user_dirs: Path) -> None:
    path = made(user_dirs / "duv-studio" / "models", "broken")
    path.write_bytes(path.read_bytes()[:100])
    assert "broken" not in [m.name for m in list_models()]
    with pytest.raises(DuvError):
        load(find_model("broken"))
