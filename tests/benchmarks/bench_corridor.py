"""Prints what a file costs from bytes to bytes: python -m tests.benchmarks.bench_corridor, from the root."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from duv_studio.engine import Humanizer, Settings
from duv_studio.engine.midi import midi_file
from duv_studio.engine.performance.blend import render
from tests.midi_builder import build_song

SIZES = (200, 2_000, 20_000, 100_000)
ROUNDS = 3
Result = TypeVar("Result")


def main() -> None:
    """Measure one piano track of each size: least wall-clock time of a few rounds."""
    ready, humanizer = clocked(Humanizer, rounds=1)
    print(f"importing torch and loading the model: {ready:.1f} s")
    print(f"{'notes':>7} {'read s':>9} {'predict s':>9} {'render s':>9} {'write s':>9}")
    for size in SIZES:
        print(f"{size:7d} " + " ".join(f"{seconds:9.3f}" for seconds in measure(humanizer, piano(size))))


def measure(humanizer: Humanizer, data: bytes) -> tuple[float, float, float, float]:
    """Seconds of reading, predicting, rendering and writing."""
    read, song = clocked(lambda: midi_file.parse(data))
    predict, prediction = clocked(lambda: humanizer.predict(song, Settings()))
    played, performance = clocked(lambda: render(song, prediction, Settings()))
    write, _ = clocked(lambda: midi_file.encode(song, performance))
    return read, predict, played, write


def clocked(job: Callable[[], Result], rounds: int = ROUNDS) -> tuple[float, Result]:
    """Least seconds of some rounds, and what the job returned."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        result = job()
        times.append(time.perf_counter() - start)
    return min(times), result


def piano(size: int) -> bytes:
    """A file of `size` sixteenth notes in two voices."""
    rng = np.random.default_rng(0)
    pitches = rng.integers(40, 60, size) + 24 * (np.arange(size) % 2)
    return build_song([[(k // 2 * 120, 110, int(p), 80) for k, p in enumerate(pitches)]])


if __name__ == "__main__":
    main()
