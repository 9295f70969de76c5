"""Whether a script may start processes: each runs the script again, and without a main guard would start more."""

from __future__ import annotations

import ast
import sys
import threading
from multiprocessing import spawn
from pathlib import Path

from duv_studio.errors import DuvError

GUARD = 'if __name__ == "__main__":'


def require_main_guard() -> None:
    """To be called before the first process is spawned.

    DuvError where the running script calls from its top level: a spawned process imports the script, would come to the
    same call, and fail or wait there for ever. That the call is made in a thread of the script changes nothing.
    """
    script, line = _script_that_is_imported_again(), _line_at_top_level()
    if script is not None and line is not None and not _is_guarded(script, line):
        raise DuvError(
            f"line {line} starts processes, each of which runs this script again and would come to the same line",
            hint=f"put what the script does below {GUARD}",
            file=script,
        )


def _script_that_is_imported_again() -> Path | None:
    """The main script or module (python -m NAME); not a package's __main__, a console or a program without Python."""
    begins_with = spawn.get_preparation_data("")
    name = begins_with.get("init_main_from_name", "")
    path = begins_with.get("init_main_from_path")
    if name and not name.endswith("__main__"):
        path = getattr(sys.modules["__main__"], "__file__", None)
    return Path(path) if path and not hasattr(sys, "frozen") else None


def _line_at_top_level() -> int | None:
    """The line of the script at which the main thread stands; None where it has come to the script's end."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    names = vars(sys.modules["__main__"])
    found = None
    while frame is not None:
        if frame.f_globals is names and frame.f_code.co_name == "<module>":
            found = frame.f_lineno
        frame = frame.f_back
    return found


def _is_guarded(script: Path, line: int) -> bool:
    """Whether a line lies in an `if` that asks for __name__; also where that cannot be told."""
    try:
        tree = ast.parse(script.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return True
    return any(
        isinstance(node, ast.If)
        and any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test))
        and node.lineno <= line <= (node.end_lineno or line)
        for node in ast.walk(tree)
    )
