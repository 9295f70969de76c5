"""The INI file of the window before Qt reads it: what could block, fill the memory or end the process is set aside."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from duv_studio.engine.regular_file import NoSuchFile, read_regular
from duv_studio.errors import DuvError

LARGEST = 2**20  # bytes; what the window remembers takes some thousand
BROKEN = ".broken"  # behind the name of a file that was set aside
# Qt builds objects of any kind and size from these, which the window never writes: a wrong length ends the process.
_OBJECT = re.compile(rb"@(Variant|DateTime)\s*\(")
_ESCAPED = re.compile(rb"\\(?:x([0-9a-fA-F]+)|([0-7]{1,6})|\r?\n|(.))", re.DOTALL)


def sound_file(path: Path) -> tuple[Path, str]:
    """The file that Qt may read, and what happened to the one that it may not, a sentence; "" where it may.

    One that may not is renamed; where even that cannot be done, a temporary name takes its place for this time.
    """
    try:
        problem = _problem(read_regular(path, LARGEST, "file of settings"))
    except NoSuchFile:
        problem = "is a link that leads nowhere" if path.is_symlink() else ""
    except DuvError as error:
        problem = error.message
    return (path, "") if not problem else _set_aside(path, problem)


def _problem(data: bytes) -> str:
    plain = _ESCAPED.sub(_unescaped, data).replace(b'"', b"")
    if b"\0" in data:
        return "holds null characters"
    return "holds what the window never writes" if _OBJECT.search(plain) else ""


def _unescaped(found: re.Match[bytes]) -> bytes:
    """What stands for a character, as Qt reads it; other escapes hide nothing."""
    digits, base = (found[1], 16) if found[1] else (found[2], 8)
    if not digits:
        return found[3] or b""
    number = int(digits[-8:], base)
    return bytes([number]) if number < 0x80 else b"?"


def _set_aside(path: Path, problem: str) -> tuple[Path, str]:
    aside = path.with_name(path.name + BROKEN)
    try:
        os.replace(path, aside)
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="duv-studio-"))
        return folder / path.name, f"{path} {problem}; the window begins as at first, and remembers nothing this time"
    return path, f"{path} {problem}; it is kept as {aside.name}, and the window begins as at first"
