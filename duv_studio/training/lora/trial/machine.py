"""What this machine can train on: devices, free memory, and the peak memory of a piece of work. Imports torch late."""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from duv_studio.engine.model.device import CPU, CUDA, DeviceInfo, gpu, has_gpu

__all__ = ["CPU", "CUDA", "MPS", "DeviceInfo", "cpu_here", "devices_here", "memory_here"]

MPS = "mps"
_EVERY_S = 0.005
_STATM = Path("/proc/self/statm")


def devices_here() -> list[DeviceInfo]:
    """Everything that one process can train on, the fastest first. Several GPUs at once are the command line's."""
    return [*_cuda(), *_mps(), cpu_here()]


def cpu_here() -> DeviceInfo:
    """The processor, by its model, with the memory of the machine."""
    free, total = memory_here()
    return DeviceInfo(CPU, _cpu_name(), free, total)


def _cuda() -> list[DeviceInfo]:
    return [gpu()] if has_gpu() else []


def _mps() -> list[DeviceInfo]:
    import torch

    if not torch.backends.mps.is_available():
        return []
    total = int(torch.mps.recommended_max_memory())
    return [DeviceInfo(MPS, f"GPU of the {_cpu_name()}", total - int(torch.mps.driver_allocated_memory()), total)]


def _cpu_name() -> str:
    """The model where the system tells it, else the architecture."""
    if platform.system() == "Linux":
        for line in read_lines("/proc/cpuinfo"):
            if line.lower().startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    return platform.processor() or platform.machine() or "CPU"


def memory_here() -> tuple[int | None, int | None]:
    """Free and whole memory of the machine in bytes, as far as the system tells."""
    if platform.system() == "Linux":
        return _linux_memory()
    if platform.system() == "Windows":
        return _windows_memory()
    try:
        return None, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None, None


def _linux_memory() -> tuple[int | None, int | None]:
    found = {}
    for line in read_lines("/proc/meminfo"):
        name, _, rest = line.partition(":")
        words = rest.split()
        if words and words[0].isdigit():
            found[name] = int(words[0]) * 1024
    return found.get("MemAvailable"), found.get("MemTotal")


def read_lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


class _MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX of the Windows API."""

    _fields_ = (
        ("dwLength", ctypes.c_uint32),
        ("dwMemoryLoad", ctypes.c_uint32),
        *((name, ctypes.c_uint64) for name in ("total", "free", "page", "page_free", "virtual", "virtual_free", "ext")),
    )


def _windows_memory() -> tuple[int | None, int | None]:
    status = _MemoryStatus()
    status.dwLength = ctypes.sizeof(status)
    library = getattr(ctypes, "windll", None)
    if library is None or not library.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None, None
    return int(status.free), int(status.total)


@dataclass
class Growth:
    """The most that was in use at once above what was before; 0 where the system does not tell."""

    bytes: int = 0


@contextmanager
def growth() -> Iterator[Growth]:
    """Watch the memory of this process while the statement runs; what other threads take is counted, too."""
    found, over = Growth(), threading.Event()
    give_back()
    before = resident()

    def watch() -> None:
        while not over.wait(_EVERY_S):
            found.bytes = max(found.bytes, resident() - before)

    watcher = threading.Thread(target=watch, name="memory", daemon=True)
    if before:
        watcher.start()
    try:
        yield found
    finally:
        over.set()
        if before:
            watcher.join()


def resident() -> int:
    """Bytes of this process that lie in memory; 0 where only a library could tell."""
    try:
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def give_back() -> None:
    """Return what is free to the system: what is taken from an old stock would not be seen to grow."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
