"""The workers of a batch on a Dask cluster: files go there as bytes, and only what comes back is written, here."""

from __future__ import annotations

import asyncio
import logging
import pickle
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from threading import Event, Thread

from duv_studio.engine.batch.events import Started
from duv_studio.engine.batch.pool import FileJob, FileOutput, Pool, Ready, Setup, WorkerEvent
from duv_studio.engine.model.precision import AUTO, Precision
from duv_studio.errors import DuvError

_IN_FLIGHT = 2  # chunks per thread of the cluster


def open_cluster(address: str, setup: Setup) -> Pool:
    """The cluster of the Dask scheduler at `address`; DuvError when it cannot be reached or Dask is not installed.

    Machines of a cluster may differ, and another precision would suit each: unless one is asked for, all
    compute in fp32.
    """
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise DuvError("Dask is not installed", hint="pip install duv-studio[cluster]") from error
    for name in ("distributed", "distributed.client"):  # what matters is said here, not on standard error
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if setup.precision in (None, AUTO):
        setup = replace(setup, precision=Precision.FP32.value)
    return _Cluster(address, setup)


class _Cluster:
    """Dask lives in a thread of its own, which puts what it has to tell into a queue."""

    def __init__(self, address: str, setup: Setup) -> None:
        from duv_studio.engine.batch.dask_session import Session

        self._told: SimpleQueue[WorkerEvent | DuvError | None] = SimpleQueue()
        self._told.put(Ready(str(setup.precision)))
        self._session = Session(address, pickle.dumps(setup), self._told.put)
        self._under_way: set[int] = set()  # files
        self._chunks = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._trouble: DuvError | None = None
        self._settled = Event()  # connected, or not
        self._thread = Thread(target=self._live, name="cluster", daemon=True)
        self._thread.start()
        self._wait_for_connection()

    def wants(self) -> int:
        return max(_IN_FLIGHT * max(self._session.threads, 1) - self._chunks, 0)

    def give(self, chunk: Sequence[FileJob]) -> None:
        self._chunks += 1
        self._under_way |= {job.index for job in chunk}
        for job in chunk:
            self._told.put(Started(job.index))
        assert self._loop is not None
        with suppress(RuntimeError):  # the thread has ended and queued the reason
            self._loop.call_soon_threadsafe(self._session.begin, list(chunk))

    def events(self, seconds: float) -> list[WorkerEvent]:
        events: list[WorkerEvent] = []
        with suppress(Empty):
            events += self._received(self._told.get(timeout=seconds))
            while True:
                events += self._received(self._told.get_nowait())
        return events

    def close(self) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended already
                self._loop.call_soon_threadsafe(self._session.end)
        self._thread.join()

    def _wait_for_connection(self) -> None:
        self._settled.wait()
        if self._trouble is not None:
            self._thread.join()
            raise self._trouble

    def _received(self, said: WorkerEvent | DuvError | None) -> list[WorkerEvent]:
        if isinstance(said, DuvError):
            raise said
        if said is None:
            self._chunks -= 1
            return []
        if isinstance(said, FileOutput):
            if said.index not in self._under_way:
                return []
            self._under_way.discard(said.index)
        return [said]

    def _live(self) -> None:
        try:
            asyncio.run(self._session_from_here())
        except DuvError as error:
            self._trouble = error
        except Exception as error:
            self._trouble = DuvError(f"the cluster could not be used: {type(error).__name__}: {error}")
        if self._trouble is not None:
            self._told.put(self._trouble)
        self._settled.set()

    async def _session_from_here(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._session.live(self._settled.set)
