"""Processes that tests start: each leads a group, and the whole group is killed when its test is through."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

_LONGEST_S = 60.0


@contextmanager
def child(command: Sequence[object], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """Start a process with the options of `subprocess.Popen`; at the end it and what it started are killed."""
    process = subprocess.Popen([str(word) for word in command], start_new_session=True, **options)
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[Any]) -> None:
    """Kill a process that leads a group, and the group; that it has ended already is fine."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    process.wait(_LONGEST_S)


def interrupt(process: subprocess.Popen[Any]) -> None:
    """Do as a terminal does on Ctrl-C: every process of the group gets the signal."""
    os.killpg(process.pid, signal.SIGINT)
