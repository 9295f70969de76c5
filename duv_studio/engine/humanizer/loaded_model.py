"""A model made ready to run: loaded, in its number format, on its device; and others made of it by adapters."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from duv_studio.engine.adapters.header import AdapterHeader
from duv_studio.engine.adapters.lora_merge import merged
from duv_studio.engine.model.checkpoint import ModelHeader, load
from duv_studio.engine.model.device import DEFAULT, chosen_device, device_errors
from duv_studio.engine.model.inference import worker_threads
from duv_studio.engine.model.precision import Precision
from duv_studio.engine.model.precision_choice import chosen_precision
from duv_studio.engine.model.quantized_linear import in_precision
from duv_studio.engine.model.transformer import DuvTransformer


@dataclass(frozen=True)
class LoadedModel:
    """A network that predicts, and what its file says of it."""

    network: DuvTransformer
    header: ModelHeader
    device: torch.device
    precision: Precision
    read: DuvTransformer  # as the file holds it, in float32 on the CPU; shared and never changed

    def adapted(self, weights: Mapping[str, Tensor], header: AdapterHeader) -> DuvTransformer:
        """The network with an adapter merged into it, in the same number format on the same device."""
        with worker_threads(1) as pool:
            return pool.submit(self._adapted, weights, header).result()

    def _adapted(self, weights: Mapping[str, Tensor], header: AdapterHeader) -> DuvTransformer:
        return placed(merged(self.read, weights, header), self.precision, self.device)


def load_model(path: Path, device: str = DEFAULT, precision: str | None = None) -> LoadedModel:
    """Load a model file; DuvError when it, the device ("cpu", "cuda", "auto") or the precision cannot be had.

    The last files are remembered: with other adapters, the same base is there at once.
    """
    # Alone in a thread: on a busy machine, torch's threads wait for each other over every little copy, for seconds.
    with worker_threads(1) as pool:
        return pool.submit(_load_model, path, chosen_device(device), precision).result()


def _load_model(path: Path, device: torch.device, asked: str | None) -> LoadedModel:
    model, header = _read(path)
    precision = chosen_precision(device, asked)
    return LoadedModel(placed(model, precision, device), header, device, precision, model)


def placed(model: DuvTransformer, precision: Precision, device: torch.device) -> DuvTransformer:
    """The model in a number format on a device: a copy, unless it is already so."""
    ready = in_precision(model, precision)
    if device.type == "cpu":
        return ready
    with device_errors(device):
        return copy.deepcopy(ready).to(device)  # a module that is moved leaves nothing behind


def _read(path: Path) -> tuple[DuvTransformer, ModelHeader]:
    try:
        state = path.stat()
    except OSError:
        return load(path)  # which says what is wrong
    return _read_once(path.absolute(), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=2)
def _read_once(path: Path, mtime_ns: int, size: int) -> tuple[DuvTransformer, ModelHeader]:
    return load(path)
