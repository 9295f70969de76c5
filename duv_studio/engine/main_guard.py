"""Whether a script may start processes: each runs the script again, and without a main guard would start more."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import FrameType

from duv_studio.errors import DuvError

GUARD = 'if __name__ == "__main__":'


def require_main_guard() -> None:
    """To be called before the first process is spawned.

    DuvError where the running script calls from its top level: a spawned process imports the script, would come to the
    same call, and fail or wait there for ever. Modules started by -m and consoles are not imported again.
    """
    main = sys.modules.get("__main__")
    file = getattr(main, "__file__", None)
    if main is None or file is None or getattr(main, "__spec__", None) is not None or hasattr(sys, "frozen"):
        return
    line = _line_at_top_level(vars(main))
    if line is not None and not _is_guarded(Path(file), line):
        raise DuvError(
            f"line {line} starts processes, each of which runs this script again and would come to the same line",
            hint=f"put what the script does below {GUARD}",
            file=file,
        )


def _line_at_top_level(names: dict[str, object]) -> int | None:
    """The line of a script that is being run, by the global names of its module; None where it is not run now."""
    frame: FrameType | None = sys._getframe()
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
        for node in tree.body
    )
