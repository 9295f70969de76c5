"""Prints the memory that a song takes for each of its notes: python -m tests.benchmarks.bench_memory [NOTES]

Songs of 200,000 and of NOTES notes (by default 400,000) are read, humanized and written, each in a process of its own;
what one note more takes is the difference. The network is a tiny one: its size is nothing to its answers. Of each stage
it is the most that was resident while it ran.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import numpy as np
import psutil

from tests.midi_builder import chunk, header, meta, varlen

FEW, MANY = 200_000, 400_000
KINDS = {"one piano": (1, 0, 0), "20 tracks": (20, 0, 0), "one drum kit": (1, 9, 0)}
STAGES = ("read", "humanize", "write")
Result = TypeVar("Result")


def main() -> None:
    """Print one row for each kind of song."""
    many = int(sys.argv[1]) if sys.argv[1:] else MANY
    print(f"bytes a note, from {FEW:,} to {many:,} notes, and GB at {many:,} with the program itself")
    print(f"{'song':>12} " + " ".join(f"{stage:>9}" for stage in STAGES) + f" {'most':>9} {'GB':>9}")
    with tempfile.TemporaryDirectory() as folder:
        model = write_tiny_model(Path(folder))
        for kind in KINDS:
            small, large = (in_process(model, song_of(kind, notes)) for notes in (FEW, many))
            rows = [(large[stage] - small[stage]) / (many - FEW) for stage in STAGES]
            most = (max(large.values()) - max(small.values())) / (many - FEW)
            print(
                f"{kind:>12} " + " ".join(f"{row:9.0f}" for row in [*rows, most]) + f" {max(large.values()) / 1e9:9.2f}"
            )


def song_of(kind: str, notes: int) -> bytes:
    """Sixteenths in two voices, in as few bytes as they can be told."""
    tracks, channel, program = KINDS[kind]
    rng, pairs, data = np.random.default_rng(1), notes // tracks // 2, header(1, tracks, 480)
    for index in range(tracks):
        pitch = rng.integers(36, 60, (pairs, 2)) + np.array([0, 12])
        zero = np.zeros(pairs)
        columns = [zero, pitch[:, 0], zero + 80, zero, pitch[:, 1], zero + 80]
        columns += [zero + 110, pitch[:, 0], zero, zero + 10, pitch[:, 1], zero]
        events = np.stack(columns, axis=1).astype(np.uint8).tobytes()
        here = channel or index % 9
        start = varlen(0) + bytes([0xC0 | here, program + index]) + events[:1] + bytes([0x90 | here]) + events[1:]
        data += chunk(b"MTrk", start + varlen(0) + meta(0x2F))
    return data


def write_tiny_model(folder: Path) -> Path:
    """A model file with next to no weights."""
    from duv_studio.engine.model.checkpoint import ModelHeader, pack
    from duv_studio.engine.model.transformer import DuvTransformer, ModelConfig

    config = ModelConfig(width=16, layers=1, heads=2, ff=32, dropout=0.0, feature_bins=0)
    path = folder / "model.safetensors"
    path.write_bytes(pack(DuvTransformer(config).eval(), ModelHeader("tiny", "Tiny", "MIT", asdict(config), {})))
    return path


def in_process(model: Path, data: bytes) -> dict[str, int]:
    """The most bytes that each stage had resident, measured in a new process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, (model, data))


def measure(model: Path, data: bytes) -> dict[str, int]:
    """The most bytes that each stage has resident in this process."""
    from duv_studio.engine import Humanizer, Settings
    from duv_studio.engine.midi import midi_file

    humanizer = Humanizer(model, precision="fp32")
    humanizer.humanize(midi_file.parse(song_of("one piano", 600)), Settings())  # what is loaded late is loaded
    most: dict[str, int] = {}
    song = _watched(most, "read", lambda: midi_file.parse(data))
    played = _watched(most, "humanize", lambda: humanizer.humanize(song, Settings()))
    _watched(most, "write", lambda: midi_file.encode(song, played))
    return most


def _watched(most: dict[str, int], stage: str, job: Callable[[], Result]) -> Result:
    process, over = psutil.Process(os.getpid()), threading.Event()

    def watch() -> None:
        while not over.wait(0.005):
            most[stage] = max(most.get(stage, 0), process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        return job()
    finally:
        over.set()
        watcher.join()
        most[stage] = max(most.get(stage, 0), process.memory_info().rss)


if __name__ == "__main__":
    main()
