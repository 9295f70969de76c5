"""On what a model computes, the CPU or a GPU, and why; torch is imported when someone asks."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from duv_studio.errors import DuvError

if TYPE_CHECKING:
    import torch

AUTO, CPU, CUDA = "auto", "cpu", "cuda"
CHOICES = (AUTO, CPU, CUDA)
# Although a GPU is faster: there the last digits depend on how many notes share a call, here the same seed gives the
# same bytes in the window, on the command line, in a batch and in Python.
DEFAULT = CPU
GB = 1e9
_NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")  # where torch has no class of its own
_FAILED = ("cuda error", "cuda failure", "device-side assert", "cudnn_status", "cublas_status", "nccl error")
_USE_THE_CPU = "let the CPU compute: with --device cpu, or by the window's menu of models"


class DeviceError(DuvError):
    """A device that is not there, or that failed."""


class DeviceLost(DeviceError):
    """A GPU that failed: nothing more can be computed on it within this process."""


@dataclass(frozen=True)
class DeviceInfo:
    """A processor or a GPU; sizes are None where the system does not tell."""

    kind: str  # cpu, cuda or mps
    name: str
    free_bytes: int | None
    total_bytes: int | None


@dataclass(frozen=True)
class DeviceUse:
    """What a model computes on, of what was asked for; `str` is both in one line."""

    asked: str  # auto, cpu, cuda, cuda:1 …
    kind: str  # cpu or cuda
    name: str  # "CPU", or the model of the GPU with its memory
    why: str
    no_gpu: str = ""  # why there is no GPU to be asked for, "" when there is one

    def __str__(self) -> str:
        return f"CPU: {self.why}" if self.kind == CPU else f"{self.kind.upper()}: {self.name}, {self.why}"


@dataclass(frozen=True)
class Here:
    """What this machine and this torch have."""

    gpu: str  # the first one, "" where there is none
    no_gpu: str  # why there is none
    torch: str
    threads: int  # that torch uses on the CPU


def here() -> Here:
    """Look at this machine; a GPU is woken to be asked for its name."""
    import torch

    missing = no_gpu_reason()
    return Here("" if missing else gpu_description(gpu()), missing, torch.__version__, torch.get_num_threads())


def chosen_device(name: str) -> torch.device:
    """The device "cpu", "cuda", "cuda:1" …, or for "auto" CUDA where it is there; DeviceError when it is not."""
    import torch

    if name == AUTO:
        return torch.device(CUDA if has_gpu() else CPU)
    try:
        device = torch.device(name)
    except RuntimeError as e:
        raise DeviceError(f'there is no device called "{name}"', hint="use cpu, cuda or auto") from e
    if device.type not in (CPU, CUDA):
        raise DeviceError(f"models do not run on {name}", hint="use cpu, cuda or auto")
    if device.type == CUDA and (device.index or 0) >= torch.cuda.device_count():
        why = no_gpu_reason() or f"torch sees {torch.cuda.device_count()} of them"
        raise DeviceError(f"there is no device {name} on this machine: {why}", hint="use cpu or auto")
    return device


def device_use(asked: str = DEFAULT) -> DeviceUse:
    """What "auto", "cpu", "cuda" or "cuda:1" means on this machine, and why; DeviceError when it is not there."""
    device = chosen_device(asked)
    if device.type == CUDA:
        why = "found by itself" if asked == AUTO else "as chosen"
        return DeviceUse(asked, CUDA, gpu_description(gpu(device.index or 0)), why)
    # Without its name: to ask for that would take some of the GPU's memory.
    missing = no_gpu_reason()
    why = missing if asked == AUTO else f"the default; {missing or 'there is also a GPU, which can be chosen'}"
    return DeviceUse(asked, CPU, "CPU", why, missing)


def has_gpu() -> bool:
    """Whether torch can use a GPU."""
    import torch

    # Where the driver is too old it also warns; `no_gpu_reason` says it in a sentence.
    warnings.filterwarnings("ignore", "CUDA initialization", UserWarning)
    return torch.cuda.is_available()


def gpu(index: int = 0) -> DeviceInfo:
    """One of the GPUs that are there, by name."""
    import torch

    name = torch.cuda.get_device_name(index)
    try:
        free, total = torch.cuda.mem_get_info(index)
    except RuntimeError:  # it is there, but someone else has all of it
        return DeviceInfo(CUDA, name, None, None)
    return DeviceInfo(CUDA, name, free, total)


def gpu_description(info: DeviceInfo) -> str:
    """Name and memory: "NVIDIA H100 (85 GB)"."""
    return info.name if info.total_bytes is None else f"{info.name} ({info.total_bytes / GB:.0f} GB)"


def no_gpu_reason() -> str:
    """Why torch can use no GPU here; "" when it can."""
    import torch

    if has_gpu():
        return ""
    # ROCm's torch calls AMD's GPUs cuda, too.
    versions = {"CUDA": torch.version.cuda, "ROCm": getattr(torch.version, "hip", None)}
    built_for = next((f"{name} {version}" for name, version in versions.items() if version), None)
    if built_for is None:
        return "this torch was built without CUDA"
    return f"this torch was built for {built_for}, but {_missing()}"


def _missing() -> str:
    """What a torch that was built for GPUs misses; it says so where it is made to start."""
    import torch

    try:
        torch.cuda.init()  # type: ignore[no-untyped-call]
    except (RuntimeError, AssertionError) as e:
        said = str(e).lower()
        if "no nvidia driver" in said:
            return "there is no NVIDIA driver"
        if "too old" in said:
            return "the NVIDIA driver is too old for it"
    return "no GPU was found"


@contextmanager
def device_errors(device: torch.device | str) -> Iterator[None]:
    """Raise DeviceError where a GPU had too little memory, or failed; what happens on a CPU stays as it is."""
    try:
        yield
    except RuntimeError as e:
        if str(device).startswith(CPU):
            raise
        if out_of_memory(e):
            raise DeviceError("the GPU has too little free memory", hint=_USE_THE_CPU) from e
        if gpu_failed(e):
            raise DeviceLost(f"the GPU failed: {str(e).strip().splitlines()[0]}", hint=_USE_THE_CPU) from e
        raise


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that a device, the CPU included, had not enough memory."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(words in said for words in _NO_MEMORY)


def gpu_failed(error: BaseException) -> bool:
    """Whether an error says that the GPU no longer answers, or cannot do what was asked."""
    said = str(error).lower()
    return isinstance(error, RuntimeError) and any(words in said for words in _FAILED)
