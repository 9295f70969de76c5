"""Worker processes of a batch to which things happen, by the names of the files that they are given."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from duv_studio.engine.batch import dask_worker as on_cluster
from duv_studio.engine.batch.pool import FileJob, Setup
from duv_studio.engine.batch.worker import OnEvent, PendingFile, Worker
from duv_studio.engine.batch.worker_main import serve
from duv_studio.engine.model.device import DeviceLost
from duv_studio.errors import DuvError


class _Unlucky(Worker):
    def read_file(self, job: FileJob, on_event: OnEvent) -> PendingFile | None:
        asked = super().read_file(job, on_event)
        path = Path(job.path)
        if "deadly" in path.name or ("unlucky" in path.name and _first_time(path)):
            os.kill(os.getpid(), signal.SIGKILL)
        if "endless" in path.name:
            time.sleep(600)
        return asked


def _first_time(path: Path) -> bool:
    mark = path.with_suffix(".was here")
    known = mark.exists()
    mark.touch()
    return not known


def serve_unluckily(connection: Any, setup: Setup, threads: int) -> None:
    """Die over a deadly file, die once over an unlucky one, never finish an endless one."""
    serve(connection, setup, threads, _Unlucky)


def dask_setup(worker: Any) -> None:
    """The same on a Dask worker that is started with `--preload` of this file."""
    on_cluster.Worker = _Unlucky


def serve_but_one(connection: Any, setup: Setup, threads: int) -> None:
    """Serve in the first process; the others say that they cannot begin."""
    if _first_time(Path(setup.model)):
        serve(connection, setup, threads)
    else:
        Path(setup.model).with_name("refused").touch()
        connection.send(DuvError("there is no room"))


def serve_by_a_gpu(connection: Any, setup: Setup, threads: int) -> None:
    """Lose the GPU for good, once."""
    serve(connection, setup, threads, _OnGpu)


class _OnGpu(Worker):
    _lost = False

    def work(self, chunks: Any, on_event: OnEvent) -> None:
        from duv_studio.engine.model import inference as predictor

        computed = predictor.run_networks

        def run_networks(inputs: Any, **other: Any) -> Any:
            self._lost = self._lost or _first_time(Path(self.setup.model))
            if self._lost:
                raise DeviceLost("the GPU failed")
            return computed(inputs, **other)

        predictor.run_networks = run_networks
        super().work(chunks, on_event)


def die_at_once(connection: Any, setup: Setup, threads: int) -> None:
    """Never come to work."""
    os.kill(os.getpid(), signal.SIGKILL)


def tell_threads(connection: Any, setup: Setup, threads: int) -> None:
    """Serve, and leave word of how many threads torch may use, and in which precision it computes."""
    serve(connection, setup, threads, _Telling)


class _Telling(Worker):
    def __init__(self, setup: Setup) -> None:
        import torch

        super().__init__(setup)
        word = f"{torch.get_num_threads()} {os.environ['OMP_NUM_THREADS']} {setup.precision}"
        Path(setup.model).with_name(f"{os.getpid()}.txt").write_text(word)
