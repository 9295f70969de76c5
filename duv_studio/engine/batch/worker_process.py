"""One worker process as its parent sees it: what it has in hand, what it says, how it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from duv_studio.engine.batch.events import Started
from duv_studio.engine.batch.pool import FileJob, FileOutput, Ready, Setup, WorkerEvent
from duv_studio.engine.processes import no_ctrl_c
from duv_studio.errors import DuvError

Serve = Callable[[Any, Setup, int], None]  # connection, setup, threads
_PATIENCE_S = 3.0  # for a process that was asked to end


class WorkerProcess:
    """A spawned process that serves; forking one that has threads may lock up. OSError when it cannot be started."""

    def __init__(self, serve: Serve, setup: Setup, threads: int) -> None:
        spawn = get_context("spawn")
        self.connection: Connection[Any, Any]
        self.connection, theirs = spawn.Pipe()
        self._process = spawn.Process(target=serve, args=(theirs, setup, threads), daemon=True)
        with closing(theirs), no_ctrl_c():  # closed here, or its end would never be noticed
            self._process.start()
        self.ready = False
        self.alone = False  # whether a file that may have killed another process is tried here, and nothing else
        self.over = False  # whether it will say no more
        self._hand: list[list[FileJob]] = []
        self._started: set[int] = set()

    @property
    def sentinel(self) -> int:
        """For `multiprocessing.connection.wait`: ready when the process has ended."""
        return self._process.sentinel

    @property
    def chunks(self) -> int:
        """How many it has in hand."""
        return len(self._hand)

    @property
    def fruitful(self) -> bool:
        """Whether it ever came to work."""
        return self.ready and (not self._hand or bool(self._started))

    def give(self, chunk: Sequence[FileJob], *, alone: bool = False) -> None:
        """Send a chunk. Where the process has ended meanwhile, the chunk is among `left`."""
        self._hand.append(list(chunk))
        self.alone = alone
        with suppress(OSError):
            self.connection.send(list(chunk))

    def events(self) -> list[WorkerEvent]:
        """All that it has said since; DuvError when it cannot begin."""
        said: list[WorkerEvent] = []
        try:
            while self.connection.poll():
                said += self._received(self.connection.recv())
        except (EOFError, OSError):
            self.over = True
        return said

    def left(self) -> tuple[list[FileJob], list[list[FileJob]]]:
        """What it did not get done: the files that it was at, and chunks of those that it had not begun."""
        jobs = [job for chunk in self._hand for job in chunk]
        rest = [[job for job in chunk if job.index not in self._started] for chunk in self._hand]
        return [job for job in jobs if job.index in self._started], [chunk for chunk in rest if chunk]

    def how_it_ended(self) -> str:
        """Its exit status in words."""
        self._process.join(_PATIENCE_S)
        code = self._process.exitcode
        return f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"

    def ask_to_end(self) -> None:
        """Begin to end it."""
        self._process.terminate()

    def end(self) -> None:
        """End it for good."""
        self._process.terminate()
        self._process.join(_PATIENCE_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(_PATIENCE_S)
        self.connection.close()
        with suppress(ValueError):  # it cannot even be killed; nothing is left to be done
            self._process.close()

    def _received(self, said: WorkerEvent | DuvError) -> list[WorkerEvent]:
        if isinstance(said, DuvError):
            raise said
        if isinstance(said, Ready):
            self.ready = True
        elif isinstance(said, Started):
            self._started.add(said.index)
        elif isinstance(said, FileOutput):
            self._put_down(said.index)
        return [said]

    def _put_down(self, index: int) -> None:
        rest = [[job for job in chunk if job.index != index] for chunk in self._hand]
        self._hand = [chunk for chunk in rest if chunk]
        self.alone = self.alone and bool(self._hand)
