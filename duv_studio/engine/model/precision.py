"""Number formats in which a model can compute, and what the processor can multiply itself."""

from __future__ import annotations

import platform
from enum import StrEnum
from pathlib import Path

PRECISION_VARIABLE = "DUV_STUDIO_PRECISION"
AUTO = "auto"


class Precision(StrEnum):
    """Number formats of the matrix products, the most exact first."""

    FP32 = "fp32"
    BF16 = "bf16"
    INT8 = "int8"


def cpu_has_bf16() -> bool:
    """Whether the processor multiplies bfloat16 by itself; by emulation it would be slower than in 32 bits."""
    import torch

    if platform.machine().lower() in ("x86_64", "amd64"):
        # torch has no public name for these.
        asked = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(getattr(torch.cpu, name, lambda: False)() for name in asked)
    return "bf16" in _arm_features()


def _arm_features() -> set[str]:
    """The abilities of an ARM processor, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    return {word for line in lines if line.startswith("Features") for word in line.split()}
