"""What a Dask worker does for a batch: play a chunk of files that came as bytes."""

from __future__ import annotations

import pickle
import platform
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock

from duv_studio import __version__
from duv_studio.engine.batch.pool import FileJob, FileOutput, Setup
from duv_studio.engine.batch.worker import FileEvent, Worker
from duv_studio.errors import DuvError

_loading = Lock()


def play(version: str, setup: bytes, chunk: Sequence[FileJob]) -> list[FileOutput]:
    """The result of each file; `setup` is a pickled Setup. DuvError when this process cannot play as it is meant."""
    import torch

    if version != __version__:
        raise DuvError(
            f"this worker has version {__version__} of the program, the batch began with {version}",
            hint="install the same version everywhere",
        )
    torch.set_num_threads(1)  # Dask runs as many of these side by side as it was configured to
    worker = _loaded(setup)
    events: list[FileEvent] = []
    worker.work([chunk], events.append)
    return [said for said in events if isinstance(said, FileOutput)]


def _loaded(setup: bytes) -> Worker:
    """The worker of this process; DuvError says on which machine it cannot be."""
    with _loading:
        try:
            return _worker(setup)
        except DuvError as error:
            told = f"on the machine {platform.node()}: {error.message}"
            raise DuvError(told, hint=error.hint, file=error.file) from error


@lru_cache(maxsize=2)
def _worker(setup: bytes) -> Worker:
    meant = pickle.loads(setup)
    assert isinstance(meant, Setup)
    return Worker(meant)
