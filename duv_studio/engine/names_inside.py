"""Names that a file gives for other files: what is written to stays inside its folder, on any system."""

from __future__ import annotations

import os
import re

from duv_studio.engine.json_text import shown

LONGEST = 2**15  # characters of a name with its folders
_DRIVE = re.compile(r"[A-Za-z]:")
# Windows keeps these names for devices, whatever ending they have.
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?")


def problem_of_name(name: object, windows: bool = os.name == "nt") -> str:
    """Why `name` is no name of a file below a folder, with slashes; "" where it is one.

    `windows`: by the rules of that system, where more characters part folders, and some names are devices.
    """
    if not isinstance(name, str):
        return f"{shown(name)} is no name"
    if not name or len(name) > LONGEST:
        return "a name is too long" if name else "a name is empty"
    if "\0" in name:
        return f"{shown(name)} holds a null character"
    if name.startswith("/") or (windows and (name.startswith("\\") or _DRIVE.match(name))):
        return f"{shown(name)} does not begin in this folder"
    parts = re.split(r"[/\\]", name) if windows else name.split("/")
    if ".." in parts:
        return f"{shown(name)} leads out of this folder"
    if "" in parts or "." in parts:
        return f"{shown(name)} holds an empty part"
    if windows and any(_is_odd_on_windows(part) for part in parts):
        return f"{shown(name)} is no name of a file on Windows"
    return ""


def is_device(name: str) -> bool:
    """Whether Windows would take this name of a file or folder for a device, such as a printer."""
    return _DEVICE.fullmatch(name) is not None


def _is_odd_on_windows(part: str) -> bool:
    return ":" in part or part.endswith((".", " ")) or is_device(part)


def is_inside(path: str | os.PathLike[str], folder: str | os.PathLike[str]) -> bool:
    """Whether `path`, which need not exist, lies below `folder` when all links are followed."""
    real, around = os.path.realpath(path), os.path.realpath(folder)
    try:
        return real != around and os.path.commonpath([real, around]) == around
    except ValueError:  # on two drives
        return False
