"""One hunt with its process: begun again where an input ends it, ended where it does not come back from one."""

from __future__ import annotations

import multiprocessing
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.fuzz.child import Orders, hunt, longest_wait
from tests.fuzz.current import Current
from tests.fuzz.finds import Find
from tests.fuzz.hunts.registry import hunt_named

_CONTEXT = multiprocessing.get_context("spawn")
_STARTING_S = 120.0  # a process imports torch, makes its seeds and models
_ENDING_S = 5.0


class Watched:
    """A hunt that runs; `step` is to be called now and then."""

    def __init__(self, orders: Orders, tell: Callable[[Find], None]) -> None:
        self.name, self._orders, self._tell = orders.hunt, orders, tell
        self._longest = longest_wait(hunt_named(orders.hunt))
        self.inputs, self.seconds = 0, 0.0
        self.is_done = False
        self._ready_at = 0.0
        self._start(orders)

    def step(self) -> None:
        """Hear what the process has to say, and look whether it lives."""
        self._hear()
        if self.is_done:
            return
        if self._ready_at:
            self.seconds = self._spent + time.monotonic() - self._ready_at
        if not self._process.is_alive():
            self._hear()
            if not self.is_done:
                self._died()
        elif self._ready_at and self._current.seconds > self._longest:
            self._lost(f"it did not come back: ended after {self._longest:.0f} s")
        elif not self._ready_at and time.monotonic() - self._started > _STARTING_S:
            self._lost("the hunt did not begin")

    def close(self) -> None:
        """End the process."""
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(_ENDING_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._conn.close()
        shutil.rmtree(self._orders.folder, ignore_errors=True)

    def _start(self, orders: Orders) -> None:
        shutil.rmtree(orders.folder, ignore_errors=True)
        orders.folder.mkdir(parents=True)
        self._current = Current(orders.folder / "current")
        self._conn, there = _CONTEXT.Pipe(duplex=False)
        self._process: BaseProcess = _CONTEXT.Process(target=hunt, args=(orders, there), daemon=True)
        self._process.start()
        there.close()
        self._first, self._spent, self._started, self._ready_at = orders.first, self.seconds, time.monotonic(), 0.0

    def _hear(self) -> None:
        try:
            while self._conn.poll():
                self._heard(self._conn.recv())
        except (EOFError, OSError):
            pass
        if self._ready_at:
            self.inputs = max(self.inputs, self._current.number)

    def _heard(self, news: object) -> None:
        if isinstance(news, Find):
            self._tell(news)
        elif news == "ready":
            self._ready_at = time.monotonic()
        elif news == "done":
            self._ended_well()

    def _ended_well(self) -> None:
        """It did what it was to do, or an input left it in a state that calls for another process."""
        self.inputs = self._current.number + 1
        left = self._orders.seconds - self.seconds if self._orders.seconds else 0.0
        last = self._current.number
        more = (self._orders.seconds and left > 1) or (self._orders.inputs and last + 1 < self._orders.inputs)
        if more:
            self._again(last + 1)
        else:
            self.is_done = True

    def _died(self) -> None:
        code = self._process.exitcode
        if not self._ready_at:
            self._tell(Find(self.name, "the hunt did not begin", f"the hunt did not begin: status {code}", b""))
            self.is_done = True
            return
        how = f"signal {-code}" if code is not None and code < 0 else f"status {code}"
        self._lost(f"it ended the process: {how}")

    def _lost(self, reason: str) -> None:
        data, number = (self._current.data, self._current.number) if self._ready_at else (b"", -1)
        self._tell(Find(self.name, reason.partition(":")[0], reason, data, number))
        if self._ready_at:
            self._again(number + 1)
        else:
            self.is_done = True

    def _again(self, first: int) -> None:
        self._process.kill()
        self._process.join()
        self._conn.close()
        seconds = max(0.1, self._orders.seconds - self.seconds) if self._orders.seconds else 0.0
        if self._orders.seconds and self.seconds >= self._orders.seconds:
            self.is_done = True
            return
        self._start(replace(self._orders, first=first, seconds=seconds))


def connections(running: list[Watched]) -> list[Connection]:
    """What to wait for."""
    return [watched._conn for watched in running if not watched.is_done]


def given_files(folder: Path | None, name: str) -> tuple[Path, ...]:
    """The files of a folder that are inputs of a hunt, in the order of their names."""
    if folder is None:
        return ()
    suffixes = hunt_named(name).suffixes
    return tuple(sorted(p for p in folder.rglob("*") if p.suffix.lower() in suffixes and p.is_file()))
