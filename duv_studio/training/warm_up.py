"""Imports what training needs, so that whoever paints in another thread hardly notices."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Iterator
from contextlib import contextmanager

from duv_studio.engine.model.torch_preload import map_libraries

_NEEDED = ("torch", "lightning", "peft", "duv_studio.training.lora.fit.run")
_done: list[bool] = []


def warm_up() -> None:
    """Import torch, Lightning, peft and the trainer, and let them do what they put off until their first use."""
    if _done:
        return
    with _no_collections():
        map_libraries()
        for name in _NEEDED:
            importlib.import_module(name)
        _first_use()
    _done.append(True)


def _first_use() -> None:
    import torch

    torch.optim.AdamW([torch.zeros(1, requires_grad=True)])  # imports torch._dynamo


@contextmanager
def _no_collections() -> Iterator[None]:
    """Collect no garbage within, and never again look for it among what was made within.

    Hundreds of thousands of functions and classes are made, and every full collection walks through all of them while
    every other thread waits: up to half a second each time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
