"""Files that hold weights, but say nothing of themselves: what they are taken for, without running any code in them."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from duv_studio.errors import DuvError

_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"


def trouble_with(path: Path) -> DuvError:
    """Why a file that is no safetensors file cannot be used. Never runs code that it may hold."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError:
        return DuvError("cannot be read", file=path)
    if start != _ZIP and not start.startswith(_PICKLE):
        return DuvError("is not a model or adapter file (safetensors)", file=path, hint="choose another one")
    return _trouble_with_pickle(path)


def what_is_missing(keys: Iterable[str], path: Path) -> DuvError:
    """What weights of these names lack to be used."""
    names = list(keys)
    if any("lora_" in name for name in names):
        return DuvError(
            "holds LoRA weights, but does not say which base model, instrument and features they are for",
            file=path,
            hint="train it again: what duv-studio train-lora writes says so",
        )
    if any(name.endswith((".weight", ".bias")) for name in names):
        return DuvError(
            "holds the weights of a network, but not its shape, features and rendering",
            file=path,
            hint="train it again: what duv-studio train-base writes says so",
        )
    return DuvError("holds no weights of a model or adapter", file=path, hint="choose another file")


def _trouble_with_pickle(path: Path) -> DuvError:
    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the pickle's age
            held = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        return DuvError(
            "holds code, not only weights: it is not opened",
            file=path,
            hint="use safetensors files, which duv-studio train-lora and train-base write",
        )
    except Exception:  # damaged files fail in every way
        return DuvError("is damaged", file=path, hint="choose another file")
    return what_is_missing(_names(held), path)


def _names(held: Any) -> list[str]:
    """Names of the weights in a state dict, or in the one that a training's checkpoint holds."""
    inner = held.get("state_dict", held) if isinstance(held, dict) else {}
    return [name for name in inner if isinstance(name, str)] if isinstance(inner, dict) else []
