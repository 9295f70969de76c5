"""Which number format is the fastest on this computer: measured once for a processor and a shape, and kept."""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from duv_studio import paths
from duv_studio.engine.features.note_features import FLOAT_FEATURES, INDEX_SIZES
from duv_studio.engine.model.inference import WINDOW
from duv_studio.engine.model.precision import AUTO, PRECISION_VARIABLE, Precision
from duv_studio.engine.model.quantized_linear import in_precision
from duv_studio.engine.model.transformer import DuvTransformer
from duv_studio.errors import DuvError

WORTH_IT = 1.2  # how much faster a coarser format must be: a draw is no reason to differ from other machines
_CPU_LINES = ("vendor_id", "model name", "cpu family", "model", "flags", "Features", "CPU part")
BUDGET_S = 0.6  # for the measurement
_TURNS = 7
# The thread's own time, since other programs may be busy; on Windows it is counted in steps that are too long.
_clock = time.perf_counter if sys.platform == "win32" else time.thread_time
Window = tuple[Tensor, Tensor, Tensor]


def measure(model: DuvTransformer) -> dict[Precision, float]:
    """Least seconds that a window takes in each format that this machine has; about 0.7 s of work.

    To be called where predictions are made, in one of `worker_threads`. Formats take turns, so that a busy moment
    meets all of them.
    """
    deadline = time.perf_counter() + BUDGET_S
    coarser = (p for p in Precision if p is not Precision.FP32)
    networks = {Precision.FP32: model} | {p: made for p in coarser if _is_usable(made := in_precision(model, p))}
    window = sample_window(WINDOW)
    least = dict.fromkeys(networks, math.inf)
    for turn in range(_TURNS):
        for precision, network in networks.items():
            if turn == 0 or time.perf_counter() < deadline:
                _seconds(network, window)  # fills the caches, which the others have used in their turns
                least[precision] = min(least[precision], _seconds(network, window))
    return least


def _is_usable(network: DuvTransformer) -> bool:
    """Whether this build of torch multiplies in this format, and not by a plain loop: tried on a few notes."""
    try:
        return _seconds(network, sample_window(32)) < BUDGET_S / 2
    except (RuntimeError, NotImplementedError):
        return False


@torch.inference_mode()
def _seconds(network: DuvTransformer, window: Window) -> float:
    started = _clock()
    network(*window)
    return _clock() - started


def sample_window(notes: int) -> Window:
    """Made-up input of one window: floats, indices and onsets."""
    floats = torch.linspace(-2, 2, notes * len(FLOAT_FEATURES)).view(1, notes, -1)
    indices = torch.zeros(1, notes, len(INDEX_SIZES), dtype=torch.int64)
    return floats, indices, torch.arange(notes)[None] / 4


def chosen_precision(model: DuvTransformer, device: torch.device, asked: str | None = None) -> Precision:
    """What `asked` says, or else the environment's DUV_STUDIO_PRECISION, or else what suits the device.

    On a CPU that is the format which a short measurement found to be the fastest, the first time that a model of this
    shape was used with this processor and this torch. It is kept in the user's folder, because results in another
    format differ a little, and the same seed must give the same bytes. What cannot be kept is not chosen: then it is
    fp32. DuvError for an unknown format.
    """
    wanted = asked or os.environ.get(PRECISION_VARIABLE) or AUTO
    if wanted == AUTO:
        return _kept_choice(model) if device.type == "cpu" else Precision.FP32
    if wanted not in list(Precision):
        allowed = ", ".join([AUTO, *Precision])
        raise DuvError(
            f'there is no precision "{wanted}"', hint=f"use one of: {allowed} (argument, or {PRECISION_VARIABLE})"
        )
    if device.type != "cpu" and wanted != Precision.FP32:
        raise DuvError(f"the precision {wanted} is for the CPU only", hint=f"use fp32 or auto on the device {device}")
    return Precision(wanted)


def fastest(seconds: Mapping[Precision, float]) -> Precision:
    """The format to choose by these times: each step down in exactness must be worth it."""
    best = Precision.FP32
    for precision in Precision:
        if precision in seconds and seconds[precision] * WORTH_IT < seconds[best]:
            best = precision
    return best


def fingerprint(model: DuvTransformer) -> dict[str, Any]:
    """What the choice depends on: processor, torch, and the shape of the model."""
    return {
        "processor": _processor(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "torch": torch.__version__,
        "shape": asdict(model.config),
    }


def _kept_choice(model: DuvTransformer) -> Precision:
    machine = fingerprint(model)
    name = hashlib.sha256(json.dumps(machine, sort_keys=True).encode()).hexdigest()[:16]
    try:
        file = paths.user_data_dir() / "precision" / f"{name}.json"
        return _read(file) or _measure_and_keep(file, model, machine)
    except OSError:
        return Precision.FP32


def _measure_and_keep(file: Path, model: DuvTransformer, machine: dict[str, Any]) -> Precision:
    """Measure and keep the choice, unless another process was first: then its choice counts."""
    file.parent.mkdir(exist_ok=True)
    temporary = file.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        temporary.touch()  # a folder that keeps nothing is found before time is spent
        seconds = measure(model)
        choice = fastest(seconds)
        times = {precision.value: round(s * 1e3, 2) for precision, s in seconds.items()}
        what = {"precision": choice.value, "milliseconds": times, **machine}
        temporary.write_text(json.dumps(what, indent=1), encoding="utf-8")
        return choice if _put(temporary, file) else _read(file) or Precision.FP32
    finally:
        temporary.unlink(missing_ok=True)


def _put(temporary: Path, file: Path) -> bool:
    """Give a finished file its name; False when the name is taken."""
    try:
        os.link(temporary, file)  # unlike a replacement, fails when there is one
    except FileExistsError:
        return False
    except OSError:  # a file system without links
        os.replace(temporary, file)
    return True


def _read(file: Path) -> Precision | None:
    """The choice that a file keeps, None when there is none to be read."""
    try:
        return Precision(json.loads(file.read_text(encoding="utf-8"))["precision"])
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        file.unlink(missing_ok=True)  # damaged
        return None


def _processor() -> str:
    """The processor's name and, where the system tells, its abilities: in a virtual machine the name says little."""
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n\n")[0]
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    lines = (line.partition(":") for line in first.splitlines())
    return "; ".join(f"{key.strip()}: {value.strip()}" for key, _, value in lines if key.strip() in _CPU_LINES)
