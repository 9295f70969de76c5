"""What the words of --devices stand for, on machines with and without GPUs."""

from __future__ import annotations

import pytest
import torch

from duv_studio.errors import DuvError
from duv_studio.training.devices import Devices, devices


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> int:
    number: int = request.param
    monkeypatch.setattr(torch.cuda, "device_count", lambda: number)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: "Some GPU")
    return number


@pytest.mark.parametrize(
    ("gpus", "asked", "accelerator", "count", "name"),
    [
        (0, "auto", "cpu", 1, "CPU"),
        (2, "auto", "gpu", 1, "Some GPU"),
        (0, "cpu", "cpu", 1, "CPU"),
        (2, "cpu", "cpu", 1, "CPU"),
        (2, "cuda", "gpu", 1, "Some GPU"),
        (0, "1", "cpu", 1, "CPU"),
        (0, "3", "cpu", 3, "3 × CPU"),
        (2, "2", "gpu", 2, "2 × Some GPU"),
    ],
    indirect=["gpus"],
)
def test_what_is_asked_for(gpus: int, asked: str, accelerator: str, count: int, name: str) -> None:
    found = devices(asked)
    assert (found.accelerator, found.count, found.name) == (accelerator, count, name)
    assert found.kind == {"cpu": "cpu", "gpu": "cuda"}[accelerator]


@pytest.mark.parametrize(
    ("gpus", "asked", "said"),
    [
        (0, "cuda", "no CUDA device"),
        (2, "3", "2 CUDA devices on this machine, not 3"),
        *((0, asked, f'no devices called "{asked}"') for asked in ("0", "-1", "tpu", "", "1.5", "9999999")),
    ],
    indirect=["gpus"],
)
def test_what_the_machine_has_not_is_said(gpus: int, asked: str, said: str) -> None:
    with pytest.raises(DuvError, match=said) as caught:
        devices(asked)
    assert caught.value.hint


def test_machines_multiply() -> None:
    on = devices("cpu", 3, "ddp")
    assert on == Devices("cpu", 1, 3, "ddp") and on.processes == 3 and on.name == "3 × CPU"
    with pytest.raises(DuvError, match="--num-nodes must be at least 1"):
        devices("cpu", 0)
