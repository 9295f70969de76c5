"""What every process that helps another one needs: how many there may be, and how they begin and end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading


def processes_here() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def init_child_process() -> None:
    """To be called first: Ctrl-C is the parent's affair; and when that is killed, this process must not stay behind."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
