"""How tests drive a pool: all chunks in, all results out, each once."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from duv_studio.engine.batch.pool import FileJob, FileOutput, Pool
from tests.engine.batch.library import Library

LONGEST_S = 120  # for what takes seconds


def work_off(
    pool: Pool, chunks: Sequence[Sequence[FileJob]], at: Callable[[Any], None] = lambda said: None
) -> list[Any]:
    """Give all chunks, and gather the news until every file is done; `at` is called with each."""
    waiting, events = list(chunks), []
    left = sum(map(len, chunks))
    deadline = time.monotonic() + LONGEST_S
    while left:
        assert time.monotonic() < deadline, "this takes too long"
        while waiting and pool.wants():
            pool.give(waiting.pop(0))
        for said in pool.events(1.0):
            events.append(said)
            left -= isinstance(said, FileOutput)
            at(said)
    return events


def results(events: Sequence[Any]) -> list[FileOutput]:
    """The results by index; each must be there once."""
    done = sorted((said for said in events if isinstance(said, FileOutput)), key=lambda one: one.index)
    assert [one.index for one in done] == sorted({one.index for one in done}), "nothing is done twice"
    return done


def renamed(library: Library, folder: Path, **names: int) -> list[list[FileJob]]:
    """The chunks of three files, where some files have telling names."""
    jobs = [FileJob(k, str(path)) for k, path in enumerate(library.paths)]
    for name, index in names.items():
        jobs[index] = FileJob(index, str(shutil.copy(library.paths[index], folder / f"{name}.mid")))
    return [jobs[k : k + 3] for k in range(0, len(jobs), 3)]
