"""What is said of a model: its licence, its size, and how this machine computes it."""

from __future__ import annotations

import os
from pathlib import Path

from duv_studio.engine.adapters.header import AdapterHeader
from duv_studio.engine.adapters.library import find_adapter, read_adapter_header
from duv_studio.engine.adapters.resolve import adapter_in_place_of, base_of
from duv_studio.engine.model.checkpoint import ModelHeader, read_header
from duv_studio.engine.model.device import CPU
from duv_studio.engine.model.library import find_model, list_models
from duv_studio.engine.model.precision import VARIABLE, Precision
from duv_studio.errors import DuvError
from duv_studio.ui.words import tr

Header = ModelHeader | AdapterHeader


def licence_words(licence: str, commercial: bool) -> str:
    """Return a licence, and what it does not allow."""
    return licence if commercial else tr("{licence} · not for commercial use", licence=licence)


def size_words(parameters: int) -> str:
    """Return the size of a model, "" when its file does not say."""
    return tr("{n} million parameters", n=f"{parameters / 1e6:.1f}") if parameters else ""


def computing(precision: str, device: str = CPU) -> str:
    """Return in which number format the model computes, where, and why."""
    if device != CPU:
        return tr("Computes in {format} on the GPU", format=precision)
    return tr("Computes in {format} on the CPU: {why}", format=precision, why=_why(precision))


def _why(precision: str) -> str:
    asked = os.environ.get(VARIABLE, "")
    if asked == precision:
        return tr("as {variable} says", variable=VARIABLE)
    if precision == Precision.FP32:
        return tr("no coarser format was clearly faster when this machine was measured")
    return tr("clearly the fastest when this machine was measured at the first start")


def header_of(model: str | Path | None) -> ModelHeader | None:
    """Return what a model's file says of itself, None when it cannot be read: loading it will say why."""
    try:
        return read_header(find_model(model))
    except DuvError:
        return None


def adapter_header_of(adapter: str | Path) -> AdapterHeader | None:
    """Return what an adapter's file says of itself, likewise."""
    try:
        return read_adapter_header(find_adapter(adapter))
    except DuvError:
        return None


def base_and_adapter(model: str | Path | None) -> tuple[str | Path | None, Path | None]:
    """Return the model, by its name where it is installed, and the adapter that is meant by an adapter's file.

    Of a model, that model and None; likewise of what cannot be read.
    """
    try:
        adapter = adapter_in_place_of(model)
        base = None if adapter is None else base_of(adapter)
    except DuvError:
        return model, None
    if base is None:
        return model, None
    return next((info.name for info in list_models() if info.path == base), base), adapter
