"""Which number format a model computes in: what is asked for, or else what suits the processor."""

from __future__ import annotations

import os

import torch

from duv_studio.engine.model.precision import AUTO, PRECISION_VARIABLE, Precision, cpu_has_bf16
from duv_studio.errors import DuvError


def chosen_precision(device: torch.device, asked: str | None = None) -> Precision:
    """What `asked` says, or else the environment's DUV_STUDIO_PRECISION, or else what suits the device.

    The choice depends on the device alone, since results in another format differ a little and the same seed must give
    the same bytes: on a CPU on the instructions it has, never on a measurement, which would depend on what else the
    machine was doing. DuvError for an unknown format.
    """
    wanted = asked or os.environ.get(PRECISION_VARIABLE) or AUTO
    if wanted == AUTO:
        return suits_processor() if device.type == "cpu" else Precision.FP32
    if wanted not in list(Precision):
        allowed = ", ".join([AUTO, *Precision])
        raise DuvError(
            f'there is no precision "{wanted}"', hint=f"use one of: {allowed} (argument, or {PRECISION_VARIABLE})"
        )
    if device.type != "cpu" and wanted != Precision.FP32:
        raise DuvError(f"the precision {wanted} is for the CPU only", hint=f"use fp32 or auto on the device {device}")
    return Precision(wanted)


def suits_processor() -> Precision:
    """bf16 where the processor multiplies it itself (Intel's servers since 2023, AMD since Zen 4), else fp32.

    There bf16 is 1.3 to 1.9 times as fast; without these instructions torch emulates it and takes 3 to 4 times as long.
    int8 gains less than a fifth over fp32 on processors that have no bf16, which does not outweigh its differences.
    """
    return Precision.BF16 if cpu_has_bf16() else Precision.FP32
