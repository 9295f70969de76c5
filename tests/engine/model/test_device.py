"""Which device computes and why, on machines with and without GPUs; and what is said when a GPU fails."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable

import pytest
import torch

from duv_studio.engine.model import device
from duv_studio.engine.model.device import DEFAULT, DeviceError, DeviceUse, device_errors, device_use
from duv_studio.errors import DuvError

GiB = 2**30
Machine = Callable[..., None]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Makes torch believe in other hardware."""

    def make(gpus: int = 0, cuda: str | None = None, hip: str | None = None, init: str | None = None) -> None:
        def start() -> None:
            if init is not None:
                raise RuntimeError(init)

        monkeypatch.setattr(torch.version, "cuda", cuda)
        monkeypatch.setattr(torch.version, "hip", hip, raising=False)
        monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
        monkeypatch.setattr(torch.cuda, "init", start)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: f"Some GPU {index}")
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda index: (3 * GiB, 80 * GiB))

    return make


def test_cuda_is_told_by_name_and_memory(machine: Machine) -> None:
    machine(gpus=2, cuda="12.8")
    assert str(device_use("auto")) == "CUDA: Some GPU 0 (86 GB), found by itself"
    assert str(device_use("cuda:1")) == "CUDA: Some GPU 1 (86 GB), as chosen"
    assert device_use("cuda") == DeviceUse("cuda", "cuda", "Some GPU 0 (86 GB)", "as chosen")


@pytest.mark.parametrize(
    ("built", "said", "why"),
    [
        ({}, None, "this torch was built without CUDA"),
        (
            {"cuda": "12.8"},
            "Found no NVIDIA driver on your system.",
            "this torch was built for CUDA 12.8, but there is no NVIDIA driver",
        ),
        (
            {"cuda": "12.8"},
            "The NVIDIA driver on your system is too old (found version 11040).",
            "this torch was built for CUDA 12.8, but the NVIDIA driver is too old for it",
        ),
        (
            {"cuda": "13.0"},
            "No CUDA GPUs are available",
            "this torch was built for CUDA 13.0, but no GPU was found",
        ),
        ({"hip": "6.4"}, "No HIP GPUs are available", "this torch was built for ROCm 6.4, but no GPU was found"),
    ],
)
def test_why_it_is_the_cpu(machine: Machine, built: dict[str, str], said: str | None, why: str) -> None:
    machine(**built, init=said)
    assert str(device_use("auto")) == f"CPU: {why}"
    assert str(device_use("cpu")) == f"CPU: the default; {why}"
    assert device_use().no_gpu == why
    with pytest.raises(DeviceError, match=why) as caught:
        device_use("cuda")
    assert caught.value.hint == "use cpu or auto"


def test_an_old_driver_is_a_reason_and_no_warning(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def available() -> bool:
        warnings.warn("CUDA initialization: The NVIDIA driver on your system is too old", UserWarning, stacklevel=2)
        return False

    machine(cuda="12.8", init="The NVIDIA driver on your system is too old")
    monkeypatch.setattr(torch.cuda, "is_available", available)
    assert device_use("auto").why.endswith("the NVIDIA driver is too old for it")


def test_the_default_is_the_cpu_and_says_that_there_is_a_gpu(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine(gpus=1, cuda="12.8")

    def wake(index: int) -> str:
        raise AssertionError("asking for the name of a GPU takes some of its memory")

    monkeypatch.setattr(torch.cuda, "get_device_name", wake)
    assert DEFAULT == "cpu"
    assert str(device_use()) == "CPU: the default; there is also a GPU, which can be chosen"
    assert device_use().no_gpu == ""


def test_a_gpu_that_somebody_else_fills_is_still_called_by_its_name(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(index: int) -> tuple[int, int]:
        raise torch.OutOfMemoryError("CUDA out of memory")

    machine(gpus=1, cuda="12.8")
    monkeypatch.setattr(torch.cuda, "mem_get_info", full)
    assert str(device_use("cuda")) == "CUDA: Some GPU 0, as chosen"


def test_the_module_loads_without_torch() -> None:
    code = "import sys, duv_studio.engine.model.device; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# ---- failing while it computes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB\nGPU 0 …"), "too little free memory"),
        (RuntimeError("CUDA error: out of memory\nCompile with …"), "too little free memory"),
        (
            RuntimeError("CUDA error: no kernel image is available for execution on the device\nCUDA kernel errors …"),
            "the GPU failed: CUDA error: no kernel image is available for execution on the device",
        ),
        (RuntimeError("cuDNN error: CUDNN_STATUS_NOT_INITIALIZED"), "the GPU failed: cuDNN error"),
    ],
)
@pytest.mark.parametrize("where", ["cuda", torch.device("cuda", 1)])
def test_a_failing_gpu_is_one_sentence_with_a_hint(error: Exception, said: str, where: torch.device | str) -> None:
    with pytest.raises(DuvError, match=said) as caught, device_errors(where):
        raise error
    assert "--device cpu" in caught.value.hint
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    ("error", "where"),
    [
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), "cuda"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "cpu"),
        (ValueError("CUDA error"), "cuda"),
    ],
)
def test_other_errors_stay_as_they_are(error: Exception, where: str) -> None:
    with pytest.raises(type(error)) as caught, device_errors(where):
        raise error
    assert caught.value is error


def test_out_of_memory_and_failure_are_told_apart() -> None:
    assert device.out_of_memory(MemoryError())
    assert not device.out_of_memory(RuntimeError("CUDA error: unspecified launch failure"))
    assert device.gpu_failed(RuntimeError("CUDA error: unspecified launch failure"))
    assert not device.gpu_failed(RuntimeError("shapes differ"))
