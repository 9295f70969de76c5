"""`duv-studio device`, and --device: what computes, why, and what is said when it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from duv_studio.cli import main
from duv_studio.engine import Humanizer
from duv_studio.engine.humanizer import loaded_model as runtime
from duv_studio.engine.model import inference as predictor
from duv_studio.engine.model.device import DEFAULT, DeviceError, device_errors
from duv_studio.engine.model.precision import Precision
from duv_studio.engine.model.transformer import DuvTransformer, ModelConfig
from tests.midi_builder import TrackSpec, build_song

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch


@pytest.fixture
def midi(tmp_path: Path) -> Path:
    path = tmp_path / "song.mid"
    path.write_bytes(build_song([TrackSpec([(240 * i, 240, 60 + i % 5, 80) for i in range(16)])]))
    return path


@pytest.fixture
def one_gpu(monkeypatch: Patch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: "Some GPU")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda index: (10**9, 24 * 10**9))


@pytest.fixture
def no_gpu(monkeypatch: Patch) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)


def said(capsys: Capture, *arguments: object) -> str:
    assert main([str(a) for a in arguments]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


def test_a_machine_without_a_gpu(capsys: Capture, no_gpu: None) -> None:
    first, last = said(capsys, "device").splitlines()
    assert first == "CPU: the default; this torch was built without CUDA"
    assert last.startswith(f"torch {torch.__version__}, ")
    assert said(capsys, "device", "--device", "auto").startswith("CPU: this torch was built without CUDA\n")


def test_a_machine_with_a_gpu(capsys: Capture, one_gpu: None) -> None:
    first, second, _ = said(capsys, "device").splitlines()
    assert first == "CPU: the default; there is also a GPU, which can be chosen"
    assert second == "GPU: Some GPU (24 GB); --device cuda or auto takes it"
    first, _ = said(capsys, "device", "--device", "auto").splitlines()
    assert first == "CUDA: Some GPU (24 GB), found by itself"


def test_the_same_for_programs(capsys: Capture, one_gpu: None) -> None:
    facts = json.loads(said(capsys, "device", "--device", "cuda", "--json"))
    assert facts["device"] == {"asked": "cuda", "kind": "cuda", "name": "Some GPU (24 GB)", "why": "as chosen"}
    assert (facts["gpu"], facts["no_gpu"], facts["torch"]) == ("Some GPU (24 GB)", "", torch.__version__)


@pytest.mark.parametrize("command", [["device"], ["humanize", "IN", "-o", "OUT"]])
def test_a_device_that_is_not_there(
    capsys: Capture, midi: Path, tmp_path: Path, no_gpu: None, command: list[str]
) -> None:
    files = {"IN": str(midi), "OUT": str(tmp_path / "out.mid")}
    assert main([*(files.get(word, word) for word in command), "--device", "cuda"]) == 2
    err = capsys.readouterr().err
    assert "there is no device cuda on this machine: this torch was built without CUDA (use cpu or auto)" in err
    assert len(err.splitlines()) == 1 and not (tmp_path / "out.mid").exists()


def test_the_report_of_humanize_says_what_computed(capsys: Capture, midi: Path, tmp_path: Path, no_gpu: None) -> None:
    report = json.loads(said(capsys, "humanize", midi, "-o", tmp_path / "out.mid", "--device", "auto", "--json"))
    why = "this torch was built without CUDA"
    assert report["device"] == {"asked": "auto", "kind": "cpu", "name": "CPU", "why": why}


def test_python_and_the_command_line_have_one_default(capsys: Capture, midi: Path, tmp_path: Path) -> None:
    report = json.loads(said(capsys, "humanize", midi, "-o", tmp_path / "out.mid", "--json"))
    assert report["device"]["asked"] == Humanizer(adapter="none").device.asked == DEFAULT


def test_a_gpu_that_is_too_small_is_one_sentence(
    capsys: Capture, midi: Path, tmp_path: Path, monkeypatch: Patch
) -> None:
    def too_much(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nGPU 0 has …")

    monkeypatch.setattr(DuvTransformer, "forward", too_much)
    monkeypatch.setattr(predictor, "device_errors", lambda device: device_errors("cuda"))
    assert main(["humanize", str(midi), "-o", str(tmp_path / "out.mid")]) == 2
    err = capsys.readouterr().err
    assert err.startswith("duv-studio: the GPU has too little free memory (let the CPU compute: with --device cpu")
    assert len(err.splitlines()) == 1 and not (tmp_path / "out.mid").exists()


def test_and_so_it_is_when_the_model_does_not_fit(monkeypatch: Patch) -> None:
    def too_much(_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    network = DuvTransformer(ModelConfig(width=16, layers=1, heads=2, ff=16))
    monkeypatch.setattr(runtime.copy, "deepcopy", too_much)
    with pytest.raises(DeviceError, match="too little free memory"):
        runtime.placed(network, Precision.FP32, torch.device("meta"))
