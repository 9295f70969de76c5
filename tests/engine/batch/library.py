"""Songs of all sizes on disk, a tiny model, and what `Humanizer` makes of each alone: the judge of all workers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from duv_studio.engine import Humanizer, Settings
from duv_studio.engine.adapters.library import known_hash
from duv_studio.engine.batch.pool import FileJob, Setup
from duv_studio.engine.midi import midi_file
from tests.adapters_made import make_base
from tests.midi_builder import TrackSpec, build_song

SETTINGS = Settings(intensity=1.1, variation=0.7, seed=5, exclude="Strings")


@dataclass(frozen=True)
class Library:
    """Files and the bytes that they are to become."""

    setup: Setup
    paths: tuple[Path, ...]
    played: tuple[bytes, ...]

    def chunks(self, size: int) -> list[list[FileJob]]:
        """All files, so many at a time."""
        jobs = [FileJob(index, str(path)) for index, path in enumerate(self.paths)]
        return [jobs[k : k + size] for k in range(0, len(jobs), size)]


def make_library(folder: Path, songs: int = 7) -> Library:
    """Write the songs and the model, and play each song alone."""
    model = make_base(folder=folder / "models")
    setup = Setup(SETTINGS, (), str(model), "none", "fp32", "cpu", known_hash(model))
    paths = [write_song(folder, k) for k in range(songs)]
    alone = Humanizer(model, adapter="none", precision="fp32")
    return Library(setup, tuple(paths), tuple(played(alone, path) for path in paths))


def played(humanizer: Humanizer, path: Path, settings: Settings = SETTINGS) -> bytes:
    song = midi_file.read(path)
    return midi_file.encode(song, humanizer.humanize(song, settings))


def write_song(folder: Path, seed: int) -> Path:
    path = folder / f"song {seed}.mid"
    path.write_bytes(make_song(seed))
    return path


def make_song(seed: int) -> bytes:
    """Two to four tracks; some songs are longer than a window of the network, some tracks of equal length."""
    rng = np.random.default_rng(seed)
    lengths = [(300, 60), (40, 40), (1, 1), (256, 520), (60, 40)][seed % 5]
    specs = [
        TrackSpec(_notes(rng, lengths[0]), name="Piano", program=0),
        TrackSpec(_notes(rng, lengths[1]), channel=1, name="Bass", program=33),
        TrackSpec(_notes(rng, 30), channel=2, name="Strings", program=48),
    ]
    drums = [TrackSpec(_notes(rng, 64), channel=9, name="Drums")] if seed % 2 else []
    return build_song(specs + drums)


def _notes(rng: np.random.Generator, count: int) -> list[tuple[int, int, int, int]]:
    pitches, velocities = rng.integers(40, 80, count), rng.integers(60, 100, count)
    return [(k * 240, 200, int(p), int(v)) for k, (p, v) in enumerate(zip(pitches, velocities, strict=True))]
