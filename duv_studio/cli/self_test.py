"""`duv-studio --self-test`: does with the demo song what a user would, and says whether all of it works here."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from duv_studio.cli import guard
from duv_studio.cli.output import ReaderGone, say_or_stop
from duv_studio.cli.text import printable
from duv_studio.cli.window import has_screen, missing_library
from duv_studio.errors import DuvError

_COPIES = 4  # of the demo song in the batch
_JOBS = 2
_LOADED = time.monotonic()


def run(arguments: Sequence[str]) -> int:
    """Run every step in a temporary folder, or in the one named, where what was written stays; returns 0 or 1."""
    if len(arguments) > 1:
        raise DuvError("--self-test takes one folder", hint="or none, and then nothing is kept")
    try:
        with _folder(arguments) as folder:
            _print_result(_steps(folder))
    except ReaderGone:
        raise  # the guard ends quietly
    except Exception as error:
        if os.environ.get("DUV_DEBUG") == "1":
            raise
        what = str(error) if isinstance(error, DuvError) else f"{type(error).__name__}: {error}"
        guard.note(f"the self-test failed: {what}")
        return guard.SOME_FAILED
    say_or_stop("The self-test passed.")
    return guard.DONE


def _print_result(steps: Iterator[str]) -> None:
    """Print each step when it is done, with the seconds since the program was started."""
    for step in steps:
        say_or_stop(f"{_age():7.2f} s  {printable(step)}")


def _steps(folder: Path) -> Iterator[str]:
    if not has_screen():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        from duv_studio.ui.app.self_test import EXPORTED, try_window
    except ImportError as error:
        raise missing_library(error) from error
    from duv_studio.cli.sound_test import try_sound

    yield from try_window(folder)
    yield from try_sound(folder)
    yield _try_batch(folder, (folder / EXPORTED).read_bytes())


def _try_batch(folder: Path, expected: bytes) -> str:
    """Let worker processes play copies of the demo song; DuvError unless they do it as the window did."""
    from duv_studio.engine.batch.events import Status
    from duv_studio.engine.batch.request import Control, Request
    from duv_studio.engine.batch.runner import run as run_batch
    from duv_studio.paths import resource

    source, target = folder / "songs", folder / "played"
    source.mkdir()
    for number in range(_COPIES):
        shutil.copyfile(resource("demo", "demo.mid"), source / f"demo {number + 1}.mid")
    summary = run_batch(Request((source,), target, jobs=_JOBS), lambda news: None, Control())
    for row in summary.rows:
        if row.status is not Status.OK or row.target is None:
            raise DuvError(f"the batch {row.status} at {row.name}", hint=row.why)
        if row.target.read_bytes() != expected:
            raise DuvError("a worker process played other notes than the window", file=row.target)
    if len(summary.rows) != _COPIES:
        raise DuvError(f"the batch found {len(summary.rows)} of {_COPIES} files")
    return f"{_JOBS} worker processes play {_COPIES} copies to the same bytes"


@contextmanager
def _folder(arguments: Sequence[str]) -> Iterator[Path]:
    """The folder that was named, which must be empty or missing, or one that is there for now."""
    if arguments:
        folder = Path(arguments[0])
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):  # no one's songs are written over
            raise DuvError("This folder is not empty", hint="name another, or one that is not there yet", file=folder)
        yield folder
    else:
        with tempfile.TemporaryDirectory(prefix="duv-studio-", ignore_cleanup_errors=True) as name:
            yield Path(name)


def _age() -> float:
    """Seconds since the process was started; where the system does not tell, since this file was loaded."""
    try:
        fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        started = int(fields[19]) / os.sysconf("SC_CLK_TCK")  # field 22, counted from after the name
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started
    except (OSError, AttributeError, ValueError, IndexError):
        return time.monotonic() - _LOADED
