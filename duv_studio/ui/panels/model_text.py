"""Texts about models and adapters: licence, size, device, and which of them play."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from duv_studio.engine.adapters.header import HARMS, IMPROVES, NO_CLEAR_CHANGE, AdapterHeader
from duv_studio.engine.adapters.library import find_adapter, read_adapter_header
from duv_studio.engine.adapters.resolve import adapter_instead_of_model, base_model_of
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import ModelHeader, read_header
from duv_studio.engine.model.device import CPU
from duv_studio.engine.model.installed_files import BrokenFile
from duv_studio.engine.model.library import find_model, list_models
from duv_studio.engine.model.precision import PRECISION_VARIABLE, Precision
from duv_studio.errors import DuvError
from duv_studio.ui.i18n import plain_tip, tr
from duv_studio.ui.panels.track_model import family_label

Header = ModelHeader | AdapterHeader
_MOST_FAMILIES = 2  # more are counted in the status bar


def licence_text(licence: str, commercial: bool) -> str:
    """Return a licence, and what it does not allow."""
    return licence if commercial else tr("{licence} · not for commercial use", licence=licence)


def broken_action(broken: BrokenFile, parent: QObject) -> QAction:
    """Return the entry of a menu for an installed file that cannot be used; its tip says why."""
    name = plain_name(broken.path.parent.name)
    action = QAction(name.replace("&", "&&") + "\t" + tr("cannot be used"), parent)
    action.setToolTip(plain_tip(f"{sentence_of(broken)}\n{plain_name(str(broken.path))}"))
    action.setEnabled(False)
    return action


def sentence_of(broken: BrokenFile) -> str:
    """Return why an installed file cannot be used, as a sentence."""
    return f"{broken.why[:1].upper()}{broken.why[1:]}."


def plain_name(name: str) -> str:
    """Return a file's name as it can be shown, also where some of its bytes are no characters."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def size_text(parameters: int) -> str:
    """Return the size of a model, "" when its file does not say."""
    return tr("{n} million parameters", n=f"{parameters / 1e6:.1f}") if parameters else ""


def computing(precision: str, device: str = CPU) -> str:
    """Return in which number format the model computes, where, and why."""
    if device != CPU:
        return tr("Computes in {format} on the GPU", format=precision)
    return tr("Computes in {format} on the CPU: {why}", format=precision, why=_why(precision))


def _why(precision: str) -> str:
    asked = os.environ.get(PRECISION_VARIABLE, "")
    if asked == precision:
        return tr("as {variable} says", variable=PRECISION_VARIABLE)
    if precision == Precision.FP32:
        return tr("this processor has no instructions for bf16, which would be faster")
    return tr("this processor has instructions for it, which make it the fastest")


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
        adapter = adapter_instead_of_model(model)
        base = None if adapter is None else base_model_of(adapter)
    except DuvError:
        return model, None
    if base is None:
        return model, None
    return next((info.name for info in list_models() if info.path == base), base), adapter


def adapters_of(model: Any) -> Mapping[Family, AdapterHeader]:
    """Return the adapters that play with a model (a `duv_studio.engine.Humanizer`), by family."""
    adapters: Mapping[Family, AdapterHeader] = getattr(model, "adapters", {})
    return adapters


def adapter_lines(adapters: Mapping[Family, AdapterHeader]) -> list[str]:
    """Return a line for each adapter: what it plays, how it is called, and doubts about it."""
    return [
        tr("{family}: {title}", family=family_label(family).capitalize(), title=with_doubts(adapter))
        for family, adapter in adapters.items()
    ]


def with_doubts(adapter: AdapterHeader) -> str:
    """Return the title, and what one should know before using it."""
    doubts = doubts_about(adapter)
    return f"{adapter.title} ({doubts})" if doubts else adapter.title


def doubts_about(adapter: AdapterHeader) -> str:
    """Return its verdict, unless that it improves the model, and whom its licence keeps out; "" when all is well."""
    words = [_verdict(adapter.verdict)]
    if not adapter.commercial:
        words.append(tr("not for commercial use"))
    return ", ".join(word for word in words if word)


def playing(title: str, adapters: Mapping[Family, AdapterHeader], families: Collection[Family]) -> str:
    """Return the model and the adapters that play these families, "" when none does: "Base · guitar adapter"."""
    names = [family_label(family) for family in adapters if family in families]
    if not names:
        return ""
    if len(names) > _MOST_FAMILIES:
        return tr("{title} · {n} adapters", title=title, n=len(names))
    if len(names) == 1:
        return tr("{title} · {family} adapter", title=title, family=names[0])
    return tr("{title} · {one} and {other} adapters", title=title, one=names[0], other=names[1])


def _verdict(verdict: str) -> str:
    said = {IMPROVES: "", NO_CLEAR_CHANGE: tr("no clear change"), HARMS: tr("harms")}
    return said.get(verdict, tr("never judged"))
