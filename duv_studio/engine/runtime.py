"""A model made ready to run: loaded, in its number format, on its device."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from duv_studio.engine.checkpoint import ModelHeader, load
from duv_studio.engine.low_precision import in_precision
from duv_studio.engine.model import DuvTransformer
from duv_studio.engine.precision import Precision, chosen_precision
from duv_studio.engine.predictor import threads_of_their_own
from duv_studio.errors import DuvError


@dataclass(frozen=True)
class ReadyModel:
    """A network that predicts, and what its file says of it."""

    network: DuvTransformer
    header: ModelHeader
    device: torch.device
    precision: Precision


def ready_model(path: Path, device: str = "cpu", precision: str | None = None) -> ReadyModel:
    """Load a model file; DuvError when it, the device ("cpu", "cuda", "auto") or the precision cannot be had."""
    # Alone in a thread: on a busy machine, torch's threads wait for each other over every little copy, for seconds.
    with threads_of_their_own(1) as pool:
        return pool.submit(_ready_model, path, chosen_device(device), precision).result()


def _ready_model(path: Path, device: torch.device, asked: str | None) -> ReadyModel:
    model, header = load(path)
    precision = chosen_precision(model, device, asked)
    return ReadyModel(in_precision(model, precision).to(device), header, device, precision)


def chosen_device(name: str) -> torch.device:
    """The device "cpu", "cuda", "cuda:1" …, or for "auto" CUDA where it is there; DuvError when it is not."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as e:
        raise DuvError(f'there is no device called "{name}"', hint="use cpu, cuda or auto") from e
    if device.type not in ("cpu", "cuda"):
        raise DuvError(f"models do not run on {name}", hint="use cpu, cuda or auto")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise DuvError(f"there is no device {name} on this machine", hint="use cpu or auto")
    return device
