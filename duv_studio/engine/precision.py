"""In which number format a model computes: the fastest one on this machine, measured once and kept."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duv_studio import paths
from duv_studio.errors import DuvError

if TYPE_CHECKING:
    import torch

    from duv_studio.engine.model import DuvTransformer

VARIABLE = "DUV_STUDIO_PRECISION"
AUTO = "auto"
WORTH_IT = 1.2  # how much faster a coarser format must be: a draw is no reason to differ from other machines
_CPU_LINES = ("vendor_id", "model name", "cpu family", "model", "flags", "Features", "CPU part")


class Precision(StrEnum):
    """Number formats of the matrix products, the most exact first."""

    FP32 = "fp32"
    BF16 = "bf16"
    INT8 = "int8"


def chosen_precision(model: DuvTransformer, device: torch.device, asked: str | None = None) -> Precision:
    """What `asked` says, or else the environment's DUV_STUDIO_PRECISION, or else what suits the device.

    On a CPU that is the format which a short measurement found to be the fastest, the first time that a model of this
    shape was used with this processor and this torch. It is kept in the user's folder, because results in another
    format differ a little, and the same seed must give the same bytes. What cannot be kept is not chosen: then it is
    fp32. DuvError for an unknown format.
    """
    wanted = asked or os.environ.get(VARIABLE) or AUTO
    if wanted == AUTO:
        return _kept_choice(model) if device.type == "cpu" else Precision.FP32
    if wanted not in list(Precision):
        allowed = ", ".join([AUTO, *Precision])
        raise DuvError(f'there is no precision "{wanted}"', hint=f"use one of: {allowed} (argument, or {VARIABLE})")
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
    import torch

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
    from duv_studio.engine.low_precision import measure

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
