"""What makes a file or a folder the same one under all its names."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

Identity = tuple[int, int]  # device and number on it


def identity(path: str | Path) -> Identity | None:
    """The file or folder behind a name, links followed; None where there is none."""
    try:
        state = os.stat(path)
    except (OSError, ValueError):
        return None
    return state.st_dev, state.st_ino


def real(path: str | Path) -> Path:
    """The path without links; of what does not exist yet, as far as it does."""
    return Path(os.path.realpath(path))


def folded(name: str) -> str:
    """The same for names that some file systems cannot tell apart: by case, or by how accents are written."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
