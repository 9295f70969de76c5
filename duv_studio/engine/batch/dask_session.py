"""A connection to a Dask scheduler within one asyncio loop; files that may kill their worker run alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import CancelledError  # of Dask's futures; that of asyncio's tasks is another
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
from distributed import Client, KilledWorker

from duv_studio import __version__
from duv_studio.engine.batch.dask_worker import play
from duv_studio.engine.batch.pool import FileJob, FileOutput
from duv_studio.engine.batch.results import PROCESS_ENDED, sentence
from duv_studio.engine.midi.midi_file import read_bytes
from duv_studio.errors import DuvError

CHUNK_ENDED = None
OnEvent = Callable[[FileOutput | DuvError | None], None]
CONNECT_TIMEOUT_S, CLOSE_TIMEOUT_S = 10.0, 3.0
_COUNT_EVERY_S = 1.0  # workers come and go
_INSTALL = "the scheduler and every worker need this version of duv-studio[cluster]"


class Session:
    """Lives in one thread, but `threads` may be read from any."""

    def __init__(self, address: str, setup: bytes, on_event: OnEvent) -> None:
        self.threads = 0  # of all workers together
        self._address, self._setup, self._tell = address, setup, on_event
        self._over, self._isolation = asyncio.Event(), SuspectIsolation()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._client: Client | None = None

    async def live(self, connected: Callable[[], None]) -> None:
        """Connect, and serve until `end` is called; DuvError when the scheduler cannot be reached or goes away."""
        try:
            await self._connect()
            connected()
            over, counting = self._task(self._over.wait()), self._task(self._keep_counting())
            for done in (await asyncio.wait({over, counting}, return_when=asyncio.FIRST_COMPLETED))[0]:
                done.result()
        finally:
            await self._leave()

    def begin(self, chunk: Sequence[FileJob]) -> None:
        """Send a chunk; its results are reported, and then CHUNK_ENDED."""
        self._task(self._play(chunk))

    def end(self) -> None:
        """Let `live` return; what is under way is dropped."""
        self._over.set()

    async def _connect(self) -> None:
        try:
            self._client = Client(self._address, asynchronous=True, set_as_default=False, timeout=CONNECT_TIMEOUT_S)
            await self._client
        except (OSError, ValueError) as error:
            raise DuvError(
                f'no Dask scheduler answers at "{self._address}": {error}',
                hint="give the address that it says when it starts, such as tcp://host:8786",
            ) from error
        await self._count_threads()

    def _task(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            with suppress(Exception):  # nobody can mend it, and all results are told
                await asyncio.wait_for(self._client.close(), CLOSE_TIMEOUT_S)

    async def _keep_counting(self) -> None:
        while True:
            await asyncio.sleep(_COUNT_EVERY_S)
            await self._count_threads()

    async def _count_threads(self) -> None:
        assert self._client is not None
        try:
            self.threads = sum((await self._client.nthreads()).values())
        except OSError as error:
            raise self._lost() from error

    def _lost(self) -> DuvError:
        return DuvError(
            f"the connection to the Dask scheduler at {self._address} was lost", hint="resume when it is there again"
        )

    async def _play(self, chunk: Sequence[FileJob]) -> None:
        """Every end of a chunk is reported, or it would be waited for."""
        try:
            jobs = await asyncio.to_thread(self._with_bytes, chunk)
            await self._tell_results(jobs)
        except DuvError as error:
            self._tell(error)
        except (OSError, CancelledError):
            self._tell(self._lost())
        except Exception as error:
            self._tell(DuvError(f"the cluster could not work: {type(error).__name__}: {error}", hint=_INSTALL))
        self._tell(CHUNK_ENDED)

    def _with_bytes(self, chunk: Sequence[FileJob]) -> list[FileJob]:
        """The files with their bytes, for other machines have not our disks; those that cannot be read fail here."""
        read = []
        for job in chunk:
            try:
                read.append(replace(job, data=read_bytes(Path(job.path)) if job.data is None else job.data))
            except Exception as error:
                self._tell(FileOutput(job.index, None, sentence(error)))
        return read

    async def _tell_results(self, jobs: Sequence[FileJob]) -> None:
        """Play the files together; where workers died over that, each alone, to find the one that they died of."""
        try:
            async with self._isolation.in_company():
                results = await self._results(jobs)
        except KilledWorker:
            async with self._isolation.alone():
                for job in jobs:
                    self._tell(await self._result_alone(job))
            return
        for done in results:
            self._tell(done)

    async def _result_alone(self, job: FileJob) -> FileOutput:
        try:
            return (await self._results([job]))[0]
        except KilledWorker:
            return FileOutput(job.index, None, PROCESS_ENDED)

    async def _results(self, jobs: Sequence[FileJob]) -> list[FileOutput]:
        assert self._client is not None
        if not jobs:
            return []
        # Files may be large, and must be sent again where a worker dies: so they travel in the task itself.
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
            future = self._client.submit(play, __version__, self._setup, list(jobs), pure=False)
        results: list[FileOutput] = await future
        return results


class SuspectIsolation:
    """Within one asyncio loop. Who dies in company may be charged with what another did; who dies alone did it."""

    def __init__(self) -> None:
        self._company, self._suspects = 0, 0
        self._changed, self._one = asyncio.Condition(), asyncio.Lock()

    @asynccontextmanager
    async def in_company(self) -> AsyncIterator[None]:
        """Wait until no suspect is left."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._suspects)
            self._company += 1
        try:
            yield
        finally:
            self._company -= 1
            await self._tell()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Wait until no one else is under way; meanwhile no one begins."""
        self._suspects += 1
        try:
            async with self._one:
                async with self._changed:
                    await self._changed.wait_for(lambda: not self._company)
                yield
        finally:
            self._suspects -= 1
            await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
