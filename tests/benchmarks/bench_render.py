"""Prints the processor time that drawing and blending take: python -m tests.benchmarks.bench_render, from the root."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from duv_studio.engine.midi.song import Family, Song, Track
from duv_studio.engine.music.selection import select
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.blend import blend
from duv_studio.engine.performance.limits import limits_of
from duv_studio.engine.performance.sampling import draw
from tests.songs import PPQ, make_song, make_track, predict

SIZES = (2_000, 10_000, 20_000)
ROUNDS = 30


def main() -> None:
    """Measure a piano track, and a band of sixteen tracks, at each size."""
    print(f"{'notes':>7} {'tracks':>6} {'draw ms':>9} {'blend ms':>9} {'select ms':>9} {'limits ms':>9}")
    for size in SIZES:
        for tracks in (1, 16):
            print(f"{size:7d} {tracks:6d} " + " ".join(f"{ms:9.2f}" for ms in measure(size, tracks)))


def measure(size: int, tracks: int) -> tuple[float, float, float, float]:
    """Return milliseconds of draw, blend, select and of the limits, which are worked out once per song."""
    song = band(size, tracks)
    prediction = predict(song)
    settings = Settings(include="(?i)piano|track")
    selection = select(song, settings)
    drawn = draw(song, prediction, seed=0, variation=0.5)
    return (
        median_ms(lambda: draw(song, prediction, seed=0, variation=0.5)),
        median_ms(lambda: blend(song, drawn, settings, selection)),
        median_ms(lambda: select(song, settings)),
        median_ms(lambda: limits_of(replace(song))),  # a copy, whose limits are not known yet
    )


def median_ms(job: Callable[[], object]) -> float:
    job()
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return float(np.median(times)) * 1e3


def band(size: int, tracks: int) -> Song:
    """A song of `size` notes on as many tracks, two notes to a chord."""
    return make_song(*(part(size // tracks, index) for index in range(tracks)))


def part(size: int, index: int) -> Track:
    rng = np.random.default_rng(index)
    steps = np.arange(size) // 2 * (PPQ // 4)
    rows = [(int(t), PPQ // 4, int(p), 80) for t, p in zip(steps, rng.integers(40, 88, size), strict=True)]
    family = Family.PIANO if index % 2 == 0 else Family.GUITAR
    return make_track(rows, index=index, channel=index % 9, name=f"Track {index}", family=family)


if __name__ == "__main__":
    main()
