"""What was found: which fault it is, the smallest input that shows it, and where that is kept."""

from __future__ import annotations

import hashlib
import re
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests import ROOT
from tests.fuzz.guards import TooSlow
from tests.fuzz.hunt import Broken, Hunt

OURS = ROOT / "duv_studio"


@dataclass(frozen=True)
class Find:
    """One fault; what has the same `fault` is found once."""

    hunt: str
    fault: str
    reason: str  # a line
    data: bytes
    number: int = -1  # of the input; -1: it was given
    trace: str = ""


def find_of(error: BaseException, hunt: str, data: bytes, number: int = -1) -> Find:
    """What an exception tells."""
    if isinstance(error, Broken):
        law = str(error)
        return Find(hunt, re.sub(r"\d+", "N", law.partition(":")[0]), law[:500], data, number)
    place = _place(error)
    fault = f"{type(error).__name__} in {place}"
    text = " ".join(str(error).split())[:300]
    return Find(hunt, fault, f"{fault}: {text}", data, number, "".join(traceback.format_exception(error))[-4000:])


def _place(error: BaseException) -> str:
    """The innermost function of the program that was running."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(OURS)]
    if not frames:
        return "the hunt itself"
    return f"{Path(frames[-1].filename).relative_to(OURS.parent)} {frames[-1].name}"


def caught(hunt: Hunt, data: bytes, number: int = -1) -> Find | None:
    """Try one input; what is wrong with it, None where nothing is."""
    try:
        hunt.try_input(data)
    except (KeyboardInterrupt, SystemExit):
        raise
    except (Exception, TooSlow) as error:
        return find_of(error, hunt.name, data, number)
    return None


def smaller(hunt: Hunt, find: Find, trying: Callable[[bytes], Find | None], seconds: float) -> Find:
    """The same fault with fewer pieces, as far as the time reaches: halves, quarters and so on are left out."""
    until = time.monotonic() + seconds
    pieces, size = hunt.pieces(find.data), 0
    size = max(1, len(pieces) // 2)
    while size and time.monotonic() < until:
        at, progress = 0, False
        while at < len(pieces) and time.monotonic() < until:
            rest = pieces[:at] + pieces[at + size :]
            found = trying(hunt.joined(rest)) if rest else None
            if found is not None and found.fault == find.fault:
                pieces, find, progress = rest, found, True
            else:
                at += size
        size = size // 2 if not progress or size > 1 else size
    return find


def save(find: Find, folder: Path, suffix: str) -> Path:
    """Keep the input and, beside it, why; a smaller one of the same fault takes its place."""
    folder = folder / find.hunt
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(find.fault.encode()).hexdigest()[:10]}{suffix}"
    if path.exists() and path.stat().st_size <= len(find.data):
        return path
    path.write_bytes(find.data)
    reason_of(path).write_text(
        f"{find.reason}\nagain: {again(find.hunt, path)}\n\n{find.trace}", "utf-8", errors="backslashreplace"
    )
    return path


def reason_of(path: Path) -> Path:
    """Where the reason of a saved input stands."""
    return path.with_name(f"{path.name}.why")


def again(hunt: str, path: Path) -> str:
    """The command that tries a saved input."""
    shown = path.resolve()
    shown = shown.relative_to(ROOT) if shown.is_relative_to(ROOT) else shown
    return f".venv/bin/python -m tests.fuzz --only {hunt} --again {shown}"
