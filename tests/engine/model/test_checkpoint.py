"""Model files: what is written is what is read, and everything else is refused with a sentence."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from duv_studio import paths
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import ModelHeader, Rendering, load, pack, read_header
from duv_studio.engine.model.library import find_model, list_models
from duv_studio.engine.model.prediction import Kernel
from duv_studio.engine.model.transformer import DuvTransformer, ModelConfig
from duv_studio.errors import DuvError

SHAPE = {"width": 32, "layers": 1, "heads": 2, "ff": 32, "dropout": 0.1}
KERNEL = Kernel(0.1, 0.1, 0.1, 0.1, 0.1, 0.5)


def made(folder: Path, name: str = "tiny", licence: str = "MIT", note: str = "") -> Path:
    torch.manual_seed(1)
    rendering = {"piano": Rendering(1.1, 0.9, KERNEL, KERNEL)}
    header = ModelHeader(name, "Tiny", licence, SHAPE, rendering, ("made",), steps=3, seed=7, licence_note=note)
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
        json.dumps(asdict(ModelHeader("x", "X", "MIT", SHAPE, {})) | {"licence": 7}),
    ],
)
def test_a_header_that_makes_no_sense_is_refused_and_left_out_of_the_list(user_dirs: Path, packed: str) -> None:
    path = made(user_dirs / "duv-studio" / "models", "odd")
    save_file({"w": np.zeros(2, np.float32)}, path, metadata={"duv": packed})
    assert "odd" not in [m.name for m in list_models()]
    with pytest.raises(DuvError, match="makes no sense"):
        load(find_model("odd"))


def test_a_family_that_was_never_heard_is_read_as_the_other_instruments() -> None:
    heard = {"piano": Rendering(1.1), "other": Rendering(1.3)}
    header = ModelHeader("x", "X", "MIT", SHAPE, heard)
    found = [header.rendering_of(family) for family in (Family.PIANO, Family.PERCUSSION, Family.OTHER)]
    assert found == [heard["piano"], heard["other"], heard["other"]]
    assert replace(header, rendering={}).rendering_of(Family.PIANO) == Rendering()


def test_models_that_ship_are_found_where_nothing_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DUV_STUDIO_HOME", str(tmp_path / "file" / "home"))  # no one can make that folder
    assert find_model() == paths.resource("models", "base-open", "model.safetensors")
    assert list_models()[0].name == "base-open"


def test_looking_for_models_makes_no_folder(user_dirs: Path) -> None:
    list_models()
    assert not (user_dirs / "duv-studio").exists()


def test_models_are_found_by_name_folder_and_file(user_dirs: Path) -> None:
    path = made(user_dirs / "duv-studio" / "models")
    assert find_model("tiny") == path
    assert find_model(path) == path and find_model(path.parent) == path
    assert [m.title for m in list_models() if m.name == "tiny"] == ["Tiny"]


def test_a_missing_model_is_told_with_those_that_are_there(user_dirs: Path) -> None:
    made(user_dirs / "duv-studio" / "models")
    for missing in ("missing", "some/where", user_dirs):
        with pytest.raises(DuvError, match=f'no model "{missing}"') as caught:
            find_model(missing)
        assert {"base-open", "tiny"} <= set(re.findall(r"[\w-]+", str(caught.value.hint)))


def test_a_name_is_one_of_a_folder_and_leads_nowhere_else(user_dirs: Path) -> None:
    models = user_dirs / "duv-studio" / "models"
    made(models / "group", "inner")
    with pytest.raises(DuvError, match="no model"):
        find_model("group/inner")


@pytest.mark.parametrize(
    ("licence", "commercial"),
    [
        ("MIT", True),
        ("CC BY 4.0", True),
        ("CC BY-SA 4.0", True),
        ("CC BY-NC-SA 4.0", False),
        ("cc-by-nc-4.0", False),
        ("Creative Commons Attribution Non-Commercial", False),
        ("not for distribution", False),
    ],
)
def test_the_list_tells_what_a_licence_allows(user_dirs: Path, licence: str, commercial: bool) -> None:
    path = made(user_dirs / "duv-studio" / "models", "jazz", licence, "Learned from lessons.")
    info = next(m for m in list_models() if m.name == "jazz")
    assert (info.licence, info.commercial, info.licence_note) == (licence, commercial, "Learned from lessons.")
    assert info.licence_file is None
    (path.parent / "LICENSE").write_text("All of it.")
    assert next(m.licence_file for m in list_models() if m.name == "jazz") == path.parent / "LICENSE"


def test_the_list_tells_how_many_parameters_were_trained(user_dirs: Path) -> None:
    path = made(user_dirs / "duv-studio" / "models")
    trained = sum(p.numel() for p in load(path)[0].parameters())
    assert next(m.parameters for m in list_models() if m.name == "tiny") == trained > 1000


def test_files_from_before_parameters_were_counted_are_read(tmp_path: Path) -> None:
    header = asdict(ModelHeader("x", "X", "MIT", SHAPE, {}))
    for late in ("parameters", "licence_note"):
        del header[late]
    save_file(load_file(made(tmp_path)), tmp_path / "x.safetensors", metadata={"duv": json.dumps(header)})
    read = read_header(tmp_path / "x.safetensors")
    assert (read.parameters, read.licence_note, read.commercial) == (0, "", True)


def test_a_broken_model_is_left_out_of_the_list(user_dirs: Path) -> None:
    path = made(user_dirs / "duv-studio" / "models", "broken")
    path.write_bytes(path.read_bytes()[:100])
    assert "broken" not in [m.name for m in list_models()]
    with pytest.raises(DuvError):
        load(find_model("broken"))
