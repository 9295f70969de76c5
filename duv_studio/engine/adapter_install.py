"""The user's own adapters: put into their folder, from where they play by themselves, and taken out again."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from duv_studio import paths
from duv_studio.engine.adapters import ADAPTER_FILE, find_adapter, read_adapter_header
from duv_studio.engine.atomic import write_atomically
from duv_studio.errors import DuvError

_NAME = re.compile(r"[\w][\w.\- ]*")
_LONGEST = 255  # bytes of a folder's name, on most systems


def install_adapter(name_or_path: str | Path, name: str | None = None) -> Path:
    """Copy an adapter into the user's folder under `name`, by default its own; returns the new file.

    DuvError when it is no adapter, or its name cannot be a folder's. One of that name is replaced.
    """
    source = find_adapter(name_or_path)
    chosen = read_adapter_header(source).name if name is None else name
    if not _may_be_a_folder(chosen) or chosen.endswith((".", " ")):
        raise DuvError(f'"{chosen}" cannot be the name of an adapter', hint="use letters, digits and . _ -")
    target = paths.user_adapters_dir() / chosen / ADAPTER_FILE
    if target.exists() and target.samefile(source):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, source.read_bytes())
    return target


def remove_adapter(name: str) -> Path:
    """Delete one of the user's own adapters; returns the folder that is gone. DuvError when there is none."""
    folder = paths.user_adapters_dir() / name
    if not _may_be_a_folder(name) or not (folder / ADAPTER_FILE).is_file():
        raise DuvError(f'there is no adapter of your own called "{name}"', hint="'duv-studio adapters' lists them")
    shutil.rmtree(folder)
    return folder


def _may_be_a_folder(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and len(name.encode()) <= _LONGEST
