"""Whether a run can go on from its checkpoint: weights only, whole, and numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from duv_studio.engine.regular_file import open_regular
from duv_studio.errors import DuvError
from duv_studio.training.errors import UnfinishedRun

_HINT = "begin anew with --restart"
_PARTS = {"state_dict": dict, "optimizer_states": list, "lr_schedulers": list, "callbacks": dict, "loops": dict}


def check_checkpoint(path: Path) -> None:
    """UnfinishedRun where nothing can go on from the checkpoint `path`, as it is damaged or holds code."""
    try:
        with open_regular(path, "checkpoint") as file:
            held: Any = torch.load(file, map_location="cpu", weights_only=True)
    except DuvError as e:
        raise UnfinishedRun(e.message, hint=_HINT, file=path) from e
    except Exception as e:  # damaged files fail in every way
        raise UnfinishedRun("is damaged, so the run cannot go on from it", hint=_HINT, file=path) from e
    if not isinstance(held, dict) or not all(isinstance(held.get(name), kind) for name, kind in _PARTS.items()):
        raise UnfinishedRun("is no checkpoint of this program, so the run cannot go on from it", hint=_HINT, file=path)
    weights = held["state_dict"].values()
    if not all(isinstance(w, torch.Tensor) and bool(w.isfinite().all()) for w in weights):
        raise UnfinishedRun("holds weights that are no numbers, so the run cannot go on from it", hint=_HINT, file=path)
