"""Prints how fast a batch is: python -m tests.benchmarks.bench_batch [FOLDER], from the root.

FOLDER is searched for MIDI files, of which `--files` are played, evenly spread. Without one it plays made songs.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from duv_studio.engine.adapters.library import known_hash
from duv_studio.engine.adapters.resolve import choose
from duv_studio.engine.batch.discovery import list_files
from duv_studio.engine.batch.events import Status, Summary
from duv_studio.engine.batch.pool import FileJob, FileOutput, Setup
from duv_studio.engine.batch.request import Control, Request
from duv_studio.engine.batch.runner import MOST_FILES, run
from duv_studio.engine.batch.worker import FileEvent, Worker
from duv_studio.engine.model import inference as predictor
from duv_studio.engine.music.settings import Settings
from tests.midi_builder import build_song

MADE = 40  # songs, where no folder is given
RIVAL_CPU_S = 9.9  # midihum, processor seconds for 1,000 notes


def main() -> None:
    """Play the files with one process and with two, and once more here to see where the time goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    args = parser.parse_args()
    with TemporaryDirectory() as name:
        home, songs = Path(name), Path(name, "songs")
        songs.mkdir()
        count = fill(songs, args.folder, args.files)
        print(f"{count} files")
        for jobs in args.jobs:
            on_event(jobs, *played(songs, home / f"jobs-{jobs}", jobs))
        tell_shares(songs)


def fill(songs: Path, folder: Path | None, most: int) -> int:
    """Copy files of a folder, or write made ones; how many."""
    if folder is None:
        for index in range(MADE):
            (songs / f"{index:03d}.mid").write_bytes(made_song(index))
        return MADE
    found = [file.path for file in list_files([folder], songs, into_input=False) if not file.why]
    chosen = [found[int(k)] for k in np.linspace(0, len(found) - 1, min(most, len(found)))]
    for index, path in enumerate(chosen):
        shutil.copyfile(path, songs / f"{index:04d}{path.suffix}")
    return len(chosen)


def made_song(seed: int) -> bytes:
    """A few tracks of different lengths."""
    rng = random.Random(seed)
    tracks = [[(k * 120, 110, rng.randrange(40, 80), 80) for k in range(rng.choice((20, 90, 400)))] for _ in range(5)]
    return build_song(tracks)


def played(songs: Path, target: Path, jobs: int) -> tuple[Summary, float, float]:
    """What a batch ended with, its seconds by the clock, and those of the processors."""
    before, started = os.times(), time.perf_counter()
    summary = run(Request((songs,), target, jobs=jobs), lambda events: None, Control())
    seconds, after = time.perf_counter() - started, os.times()
    own = after.user + after.system - before.user - before.system
    children = after.children_user + after.children_system - before.children_user - before.children_system
    return summary, seconds, own + children


def on_event(jobs: int, summary: Summary, seconds: float, processor: float) -> None:
    """One line of the table."""
    notes = sum(row.notes for row in summary.rows)
    done = summary.count(Status.OK)
    print(
        f"{jobs} processes: {done} files, {notes} notes in {seconds:.1f} s, starts included ({summary.precision}): "
        f"{done / seconds:.2f} files/s, {notes / seconds:.0f} notes/s, "
        f"{processor / notes * 1000:.3f} processor seconds for 1,000 notes (midihum {RIVAL_CPU_S})"
    )


def tell_shares(songs: Path) -> None:
    """Where the processor's time goes in a worker with one thread, and how many windows share a call."""
    base = choose().base.path
    worker = Worker(Setup(Settings(), (), str(base), "auto", None, "cpu", known_hash(base)))
    jobs = [FileJob(index, str(path)) for index, path in enumerate(sorted(songs.iterdir()))]
    chunks = [jobs[k : k + MOST_FILES] for k in range(0, len(jobs), MOST_FILES)]
    torch.set_num_threads(1)
    calls: list[tuple[int, float]] = []
    arithmetic = predictor.run_windows

    def timed(inputs: Sequence[Any], windows: Sequence[Any]) -> Any:
        started = time.thread_time()
        found = arithmetic(inputs, windows)
        calls.append((len(windows), time.thread_time() - started))
        return found

    predictor.run_windows = timed
    done: list[FileEvent] = []
    started = time.process_time()
    try:
        worker.work(chunks, done.append)
    finally:
        predictor.run_windows = arithmetic
    total = time.process_time() - started
    notes = sum(one.notes for one in done if isinstance(one, FileOutput))
    network, windows = sum(seconds for _, seconds in calls), sum(size for size, _ in calls)
    print(f"a worker's processor time, one thread: {network / total:.1%} in the network, {notes / total:.0f} notes/s")
    print(f"{windows} windows in {len(calls)} calls of the network")


if __name__ == "__main__":
    main()
