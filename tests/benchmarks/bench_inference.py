"""Prints what the network costs in each number format, and what a format changes.

python -m tests.benchmarks.bench_inference [FILE.mid …], from the root of the repository. Speed is that of networks of
the sizes that ship, with random weights; differences are those of the model that ships, on the demo song and the FILEs.
On a busy machine believe the processor's time, which is that of all threads together.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from duv_studio import paths
from duv_studio.engine import Humanizer, Settings
from duv_studio.engine.features.note_features import FLOAT_FEATURES, INDEX_SIZES, features, note_table
from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Performance, Song
from duv_studio.engine.model.inference import predict_track
from duv_studio.engine.model.precision import Precision
from duv_studio.engine.model.precision_choice import suits_processor
from duv_studio.engine.model.prediction import Prediction
from duv_studio.engine.model.quantized_linear import in_precision
from duv_studio.engine.model.transformer import DuvTransformer
from duv_studio.engine.performance.blend import render
from tests.benchmarks.bench_corridor import piano
from tests.benchmarks.random_models import RECIPES, random_model

NOTES = 2_000
ROUNDS = 20
THREADS = (1, 2)
LENGTHS, SHARED = (8, 33, 100, 256), (1, 4, 16)  # notes of a window, windows of a call
STRONG = Settings(intensity=1.0)


def main() -> None:
    """Print all tables."""
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, torch {torch.__version__}")
    print_speed()
    print_sharing()
    print_differences([paths.resource("demo", "demo.mid"), *map(Path, sys.argv[1:])])


def print_speed() -> None:
    """One prediction of 2,000 notes, in each format, and what would be chosen here."""
    print(f"{NOTES:,} notes, least milliseconds of {ROUNDS}, by the clock and (of the processor):")
    print(f"{'model':>7} {'parameters':>11} {'threads':>8} " + " ".join(f"{p:>14}" for p in Precision))
    song = midi_file.parse(piano(NOTES))
    read = features(note_table(song, song.tracks[0], np.ones(NOTES, bool)))
    for name in RECIPES:
        model = random_model(name)
        size = sum(p.numel() for p in model.parameters())
        jobs = [partial(predict_track, in_precision(model, p), read) for p in Precision]
        for threads in THREADS:
            torch.set_num_threads(threads)
            told = " ".join(f"{wall:7.0f} ({cpu:4.0f})" for wall, cpu in least_ms(jobs))
            print(f"{name:>7} {size:11,} {threads:8d} {told}")
    print(f"chosen on this processor: {suits_processor()}")


def print_sharing() -> None:
    """What a window costs that shares its call of the network with others of its length."""
    torch.set_num_threads(1)
    network = in_precision(random_model("full"), Precision.BF16)
    print(f"full, bf16, one thread, least milliseconds a window of {ROUNDS}, by the number of windows in a call:")
    print(f"{'notes':>7} " + " ".join(f"{size:>7}" for size in SHARED))
    for notes in LENGTHS:
        jobs = [partial(run_windows, network, notes, size) for size in SHARED]
        times = zip(least_ms(jobs), SHARED, strict=True)
        print(f"{notes:7} " + " ".join(f"{wall / size:7.2f}" for (wall, _), size in times))


def sample_window(notes: int) -> tuple[Tensor, Tensor, Tensor]:
    """Made-up input of one window: floats, indices and onsets."""
    floats = torch.linspace(-2, 2, notes * len(FLOAT_FEATURES)).view(1, notes, -1)
    indices = torch.zeros(1, notes, len(INDEX_SIZES), dtype=torch.int64)
    return floats, indices, torch.arange(notes)[None] / 4


@torch.inference_mode()
def run_windows(network: DuvTransformer, notes: int, size: int) -> None:
    """One call."""
    floats, indices, onset = sample_window(notes)
    network(floats.repeat(size, 1, 1), indices.repeat(size, 1, 1), onset.repeat(size, 1))


def least_ms(jobs: list[Callable[[], object]]) -> list[tuple[float, float]]:
    """Least milliseconds of each job, wall and processor, in turns, so that a busy moment meets all of them."""
    least = np.full((len(jobs), 2), np.inf)
    for _ in range(ROUNDS):
        for row, job in enumerate(jobs):
            wall, cpu = time.perf_counter(), time.process_time()
            job()
            spent = time.perf_counter() - wall, time.process_time() - cpu
            least[row] = np.minimum(least[row], spent)
    return [(wall * 1e3, cpu * 1e3) for wall, cpu in least]


def print_differences(files: list[Path]) -> None:
    """What a coarser format changes of the probabilities, and of the notes at intensity 1."""
    exact, *coarse = (Humanizer(precision=p, adapter="none") for p in Precision)
    for name, settings in (("variation 0.5", STRONG), ("variation 0", replace(STRONG, variation=0.0))):
        for humanizer in coarse:
            found = [difference(exact, humanizer, midi_file.read(file), settings) for file in files]
            most, mean, velocity, ratio = (np.concatenate(column) for column in zip(*found, strict=True))
            print(f"{humanizer.precision} against fp32, {name}, {len(velocity):,} notes")
            print(f"  probabilities differ by {mean.mean():.6f} on average, {most.max():.4f} at most")
            print(f"  velocities: {np.mean(velocity > 0):.2%} by 1 or more, {np.mean(velocity > 1):.2%} by more than 1")
            print(f"  durations: {np.mean(ratio > np.log2(1.05)):.2%} by more than 5 %")


def difference(exact: Humanizer, coarse: Humanizer, song: Song, settings: Settings) -> tuple[np.ndarray, ...]:
    """Largest and mean change of each note's velocity probabilities; of each note velocity and log2 duration."""
    (a, played), (b, changed) = (predicted(h, song, settings) for h in (exact, coarse))
    apart = np.concatenate([np.abs(np.diff(a[t].velocity_cdf - b[t].velocity_cdf, prepend=0, axis=1)) for t in a])
    velocity = [np.abs(played[t].velocity - changed[t].velocity) for t in a]
    long = {t: song.tracks[t].notes.duration > 0 for t in a}
    ratio = [np.abs(np.log2(played[t].duration[long[t]] / changed[t].duration[long[t]])) for t in a]
    return apart.max(axis=1), apart.mean(axis=1), np.concatenate(velocity), np.concatenate(ratio)


def predicted(humanizer: Humanizer, song: Song, settings: Settings) -> tuple[Prediction, Performance]:
    prediction = humanizer.predict(song, settings)
    return prediction, render(song, prediction, settings)


if __name__ == "__main__":
    main()
