"""Folders of files for tests of batches, written from and read into dictionaries."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from duv_studio.engine.batch.journal import JOURNAL

LONG_AGO = 1_000_000_000_000_000_000  # ns


def fill(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write the files below `folder`, each a second younger than the one before it."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, data) in enumerate(files.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, ns=(LONG_AGO, LONG_AGO + number * 10**9))
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """All files below `folder` but the journal."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != JOURNAL)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
