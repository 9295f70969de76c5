"""A Dask cluster on this machine for tests: a scheduler and workers in processes that may be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.children import kill

_LONGEST_S = 60


@dataclass
class DaskHere:
    """A scheduler at `address` and what was started beside it."""

    folder: Path
    address: str = ""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        """Start a scheduler or a worker in a process group of its own."""
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--scheduler-file", str(self._file), *options]
        environment = {
            "PYTHONPATH": os.pathsep.join(sys.path),
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
            "DASK_TEMPORARY_DIRECTORY": str(self.folder),
        }
        with (self.folder / f"{kind}.log").open("ab") as log:
            process = subprocess.Popen(
                [*command, "--no-dashboard"],
                env=os.environ | environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def start_worker(self, *options: str, threads: int = 1) -> subprocess.Popen[bytes]:
        """Start a worker; without a nanny no one starts it again."""
        mine = str(self.folder / f"worker {len(self.processes)}")
        return self.start("worker", "--nthreads", str(threads), "--local-directory", mine, *options)

    def start_scheduler(self) -> None:
        """Start the scheduler and wait for its address."""
        self.start("scheduler", "--host", "127.0.0.1", "--port", "0")
        deadline = time.monotonic() + _LONGEST_S
        while not self.address:
            assert time.monotonic() < deadline, (self.folder / "scheduler.log").read_text()
            time.sleep(0.05)
            with suppress(OSError, ValueError):
                self.address = json.loads(self._file.read_text())["address"]

    def stop(self) -> None:
        """End everything, with what nannies look after."""
        for process in self.processes:
            kill(process)

    @property
    def _file(self) -> Path:
        return self.folder / "scheduler.json"


@contextmanager
def dask_here(folder: Path, *workers: dict[str, Any]) -> Iterator[DaskHere]:
    """A cluster with these workers; each is given by its options and its `threads`."""
    here = DaskHere(folder)
    try:
        here.start_scheduler()
        for worker in workers:
            here.start_worker(*worker.get("options", ("--no-nanny",)), threads=worker.get("threads", 1))
        yield here
    finally:
        here.stop()
