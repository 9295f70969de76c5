"""What a worker process of a batch does: take chunks of files from a connection, send back the result of them."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

from duv_studio.engine.batch.pool import FileJob, Ready, Setup
from duv_studio.engine.batch.worker import Worker
from duv_studio.engine.processes import init_child_process
from duv_studio.errors import DuvError

Chunk = Sequence[FileJob]
_COUNTS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def serve(
    connection: Connection[Any, Any], setup: Setup, threads: int, make: Callable[[Setup], Worker] = Worker
) -> None:
    """Be a worker until the connection ends. What it cannot begin without is sent as a DuvError."""
    init_child_process()
    _be_quiet()
    send = _sender(connection)
    chunks: SimpleQueue[Chunk | None] = SimpleQueue()
    # Taken at once, however long the model takes: a parent that waits to send could not read, and both would wait.
    Thread(target=_receive, args=(connection, chunks), daemon=True).start()
    worker = _make_worker(setup, threads, make, send)
    if worker is None:
        return
    try:
        worker.work(_until_none(chunks), send)
    except BaseException:
        if os.environ.get("DUV_DEBUG") == "1":
            traceback.print_exc()
        os._exit(1)  # at once: the thread that waits for the next chunk would be waited for


def _make_worker(
    setup: Setup, threads: int, make: Callable[[Setup], Worker], send: Callable[[Any], None]
) -> Worker | None:
    try:
        _use_threads(threads)
        worker = make(setup)
    except DuvError as error:
        send(error)
    except Exception as error:
        send(DuvError(f"a worker process cannot begin: {type(error).__name__}: {error}"))
    else:
        send(Ready(worker.precision))
        return worker
    return None


def _be_quiet() -> None:
    """Say nothing beside the parent's own lines: what matters is sent."""
    if os.environ.get("DUV_DEBUG") != "1":
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _use_threads(threads: int) -> None:
    for name in _COUNTS:  # read when torch and its libraries are loaded
        os.environ[name] = str(threads)
    import torch

    torch.set_num_threads(threads)


def _sender(connection: Connection[Any, Any]) -> Callable[[Any], None]:
    """Send from any thread. What cannot be sent would be waited for forever, so then this process ends."""
    lock = Lock()

    def send(what: Any) -> None:
        try:
            with lock:
                connection.send(what)
        except Exception:  # the parent went away, or there is no memory
            os._exit(1)

    return send


def _receive(connection: Connection[Any, Any], chunks: SimpleQueue[Chunk | None]) -> None:
    with suppress(EOFError, OSError):
        while True:
            chunks.put(connection.recv())
    chunks.put(None)


def _until_none(chunks: SimpleQueue[Chunk | None]) -> Iterator[Chunk]:
    while (chunk := chunks.get()) is not None:
        yield chunk
