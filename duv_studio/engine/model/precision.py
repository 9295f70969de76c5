"""Number formats in which a model can compute."""

from __future__ import annotations

from enum import StrEnum

PRECISION_VARIABLE = "DUV_STUDIO_PRECISION"
AUTO = "auto"


class Precision(StrEnum):
    """Number formats of the matrix products, the most exact first."""

    FP32 = "fp32"
    BF16 = "bf16"
    INT8 = "int8"
