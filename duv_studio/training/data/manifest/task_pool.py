"""Work in several processes: a bounded number of tasks under way, results in the order of the tasks."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TypeVar

from duv_studio.engine.main_guard import require_main_guard
from duv_studio.engine.processes import init_child_process
from duv_studio.errors import DuvError

T = TypeVar("T")
R = TypeVar("R")
CHUNK = 16  # files per task: sending one takes about as long as reading it
AHEAD = 3  # tasks per process that wait or are done before their turn


def in_order(
    work: Callable[[tuple[T, ...]], tuple[R, ...]], items: Iterable[T], processes: int, chunk: int = CHUNK
) -> Iterator[R]:
    """`work` of all items, in chunks, in their order whatever the number of processes; 1 works in this process.

    `work` must be picklable. DuvError when a process is ended from outside, or in a script without a main guard.
    """
    chunks = _chunked(items, chunk if processes > 1 else 1)
    if processes <= 1:
        for some in chunks:
            yield from work(some)
        return
    require_main_guard()
    # Spawned: forking a process that has threads may lock up.
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=spawn, initializer=init_child_process)
    try:
        yield from _drain(pool, work, chunks, processes * AHEAD)
    except BrokenProcessPool as error:
        raise DuvError(
            "One of the processes was ended, perhaps because memory ran out",
            hint="the same command goes on from there; fewer --jobs need less memory",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _drain(
    pool: ProcessPoolExecutor,
    work: Callable[[tuple[T, ...]], tuple[R, ...]],
    chunks: Iterator[tuple[T, ...]],
    most: int,
) -> Iterator[R]:
    under_way: deque[Future[tuple[R, ...]]] = deque(pool.submit(work, some) for some in islice(chunks, most))
    while under_way:
        done = under_way.popleft().result()
        under_way.extend(pool.submit(work, some) for some in islice(chunks, 1))
        yield from done


def _chunked(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    rest = iter(items)
    while some := tuple(islice(rest, size)):
        yield some
