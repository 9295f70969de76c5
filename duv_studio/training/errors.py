"""Errors of a training run as kinds of DuvError that a window can offer help with. Needs no torch."""

from __future__ import annotations

import errno
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from duv_studio.engine.model.device import gpu_failed, out_of_memory
from duv_studio.errors import DuvError

if TYPE_CHECKING:
    from torch import Tensor

_FULL = (errno.ENOSPC, errno.EDQUOT)
_SAID_BY_TORCH = "PytorchStreamWriter failed writing"  # of a full disk


class OutOfMemory(DuvError):
    """A step needed more memory than there is."""


class NotANumber(DuvError):
    """The loss or the weights went beyond all numbers."""


class DiskFull(DuvError):
    """There is no room for what a run writes."""


class UnfinishedRun(DuvError):
    """The output folder holds an interrupted run of something else."""


class DeviceLost(DuvError):
    """The GPU stopped answering, as after a sleep of the computer."""


@contextmanager
def training_errors(folder: Path) -> Iterator[None]:
    """Raise DiskFull where there was no room for a file of the run in `folder`, DeviceLost where its GPU went away."""
    try:
        yield
    except Exception as e:
        if _disk_full(e):
            raise DiskFull(
                "The disk is full", hint="make room on it; the run then goes on from its last checkpoint", file=folder
            ) from e
        if gpu_failed(e):
            raise DeviceLost(
                f"the GPU stopped answering: {str(e).strip().splitlines()[0]}",
                hint="it may have slept with the computer; the run goes on from its last checkpoint, on the CPU now or"
                " on the GPU after a new start of the program",
            ) from e
        raise


def _disk_full(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if isinstance(error, RuntimeError) and _SAID_BY_TORCH in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def memory_errors(batch_size: int, notes: int, hint: str) -> Iterator[None]:
    """Raise OutOfMemory with `hint` where a step of `batch_size` windows of so many notes needs too much."""
    try:
        yield
    except (MemoryError, RuntimeError) as e:
        if not out_of_memory(e):
            raise
        raise OutOfMemory(f"out of memory with {batch_size} windows of {notes} notes in a step", hint=hint) from e


def check_finite_loss(loss: Tensor | float, step: int, section: str) -> None:
    """NotANumber where a loss is not finite; its hint names keys in `section` of the recipe."""
    if not math.isfinite(float(loss)):
        raise NotANumber(f"the loss is no longer a number at step {step}", hint=_calmer(section))


def check_finite_weights(weights: Iterable[Tensor], step: int, section: str) -> None:
    """NotANumber before weights are saved from which no training can go on."""
    if not all(bool(p.isfinite().all()) for p in weights):
        raise NotANumber(f"weights are no longer numbers at step {step}", hint=_calmer(section))


def _calmer(section: str) -> str:
    return f"lower {section}.lr, or set {section}.precision to 32"
