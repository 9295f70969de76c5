"""What is said of a model: its licence, its size, and how this machine computes it."""

from __future__ import annotations

import os
from pathlib import Path

from duv_studio.engine.checkpoint import ModelHeader, read_header
from duv_studio.engine.models import find_model
from duv_studio.engine.precision import VARIABLE, Precision
from duv_studio.errors import DuvError
from duv_studio.ui.words import tr


def licence_words(licence: str, commercial: bool) -> str:
    """Return a licence, and what it does not allow."""
    return licence if commercial else tr("{licence} · not for commercial use", licence=licence)


def size_words(parameters: int) -> str:
    """Return the size of a model, "" when its file does not say."""
    return tr("{n} million parameters", n=f"{parameters / 1e6:.1f}") if parameters else ""


def computing(precision: str) -> str:
    """Return in which number format the model computes, where, and why."""
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
