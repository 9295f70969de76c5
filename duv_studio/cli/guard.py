"""The frame of every command: streams, interrupts, and one sentence and an exit status for every exception."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import TextIO

from duv_studio.cli import output
from duv_studio.cli.text import printable
from duv_studio.errors import Cancelled, DuvError

DONE, SOME_FAILED, COULD_NOT_RUN, INTERRUPTED = 0, 1, 2, 130


def run_guarded(task: Callable[[], int]) -> int:
    """Run `task` and return its exit status, or the one its exception stands for.

    With DUV_DEBUG=1 unexpected exceptions come through with their traceback.
    """
    output.begin()
    return _told(_status(task))


def _told(status: int) -> int:
    """The status, worse where standard output could not be written; quiet where its reader went away."""
    output.flush()
    if not (lost := output.what_was_lost()):
        return status
    note(lost)
    return status or (SOME_FAILED if output.anything_written() else COULD_NOT_RUN)


def _status(task: Callable[[], int]) -> int:
    try:
        return task()
    except SystemExit as exit_:  # argparse, after --help and --version
        return exit_.code if isinstance(exit_.code, int) else COULD_NOT_RUN
    except DuvError as error:
        return _fail(*error.lines)
    except (KeyboardInterrupt, Cancelled):
        return INTERRUPTED
    except output.ReaderGone:
        return DONE
    except OSError as error:
        return _fail(f"{error.filename or 'a file'}: {error.strerror or error}")
    except MemoryError:
        return _fail("there is not enough memory for this (close other programs, or choose smaller files)")
    except Exception as error:
        if os.environ.get("DUV_DEBUG") == "1":
            raise
        return _fail(_unexpected(error))


def note(sentence: str) -> None:
    """Say something on standard error that does not stop the command."""
    output.tell(f"duv-studio: {printable(' '.join(sentence.split()))}")


def open_streams() -> None:
    """Let there be both streams, also where a shell closed them, or a program without a terminal has none.

    Their numbers must be taken, here and in processes to come: else the next file or connection that is opened gets
    one of them, and with it whatever a library prints, or is cut where that stream is silenced.
    """
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(handle, True)
    os.close(handle)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


def tolerate_any_name(stream: TextIO) -> None:
    """Let file and track names that the terminal's encoding cannot show be printed escaped instead of failing."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def _fail(*sentences: str) -> int:
    for sentence in sentences:
        note(sentence)
    return COULD_NOT_RUN


def _unexpected(error: Exception) -> str:
    summary = f"something went wrong inside the program: {type(error).__name__}: {error}"
    try:
        from duv_studio.paths import log_dir

        log = log_dir() / time.strftime("crash-%Y%m%d-%H%M%S.log")
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8", errors="backslashreplace")
    except OSError:
        return f"{summary} (DUV_DEBUG=1 shows where)"
    return f"{summary} (the details are in {log})"


class interrupt:  # noqa: N801 - reads as a statement: with interrupt() as stopped
    """Turns the first Ctrl-C (or a polite kill) into a request that is answered after the running step.

    Signals reach the main thread alone: elsewhere nothing is ever asked. What a shell lets be ignored stays ignored.
    """

    def __enter__(self) -> Callable[[], bool]:
        self.requested = False
        here = threading.current_thread() is threading.main_thread()
        wanted = (signal.SIGINT, signal.SIGTERM) if here else ()
        heard = [s for s in wanted if signal.getsignal(s) is not signal.SIG_IGN]
        self.before = {s: signal.signal(s, self._ask) for s in heard}
        return lambda: self.requested

    def _ask(self, *_: object) -> None:
        self.requested = True

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
