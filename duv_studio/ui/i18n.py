"""The one door for text that a user reads: translation, numbers and plurals."""

from __future__ import annotations

import math
from html import escape
from pathlib import Path

from PySide6.QtCore import QCoreApplication

UNKNOWN = "–"


def tr(text: str, **values: object) -> str:
    """Translate `text`, then fill its {names}."""
    translated = QCoreApplication.translate("DUV Studio", text)
    return translated.format(**values) if values else translated


def plain_tip(text: str) -> str:
    """Return a tool tip that shows `text` as it is: Qt would take names such as "<b>Lead" for markup."""
    return escape(text).replace("\n", "<br>").join(("<qt>", "</qt>")) if "<" in text else text


def count(n: int, one: str, many: str) -> str:
    """Return "1 note" or "2,000 notes"."""
    return f"{n:,} {tr(one if n == 1 else many)}"


def place(path: Path) -> str:
    """Return a path as people know it: "~" stands for their home folder."""
    try:
        return str(Path("~", path.relative_to(Path.home())))
    except (ValueError, RuntimeError):  # it lies elsewhere, or there is no home
        return str(path)


def percent(share: float) -> str:
    """Return a share of 1 as "90 %"."""
    return f"{round(share * 100)} %"


def clock(seconds: float) -> str:
    """Return seconds as "1:05" or "2:01:05"; a dash where they are unknown."""
    if not math.isfinite(seconds):
        return UNKNOWN
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
