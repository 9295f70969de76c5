"""Writes played tracks as the CSV and statistics files that `train-base` reads."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.features.note_features import FLOAT_FEATURES
from duv_studio.errors import DuvError
from duv_studio.paths import resource
from duv_studio.training.base.csv_config import SIZES
from duv_studio.training.base.csv_rows import FEATURES, columns, feature_rows, rows_of, source_of
from duv_studio.training.base.csv_stats import Count, Moments, Stats, summary, write_stats
from duv_studio.training.config import Curriculum, load_config
from duv_studio.training.data.manifest.lines import read_manifest
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.splits import song_name, song_place

WINDOW = 256  # notes


def write_csvs(tracks: Iterable[PlayedTrack], train: Path, valid: Path, stats: Path) -> Stats:
    """Write every track, one in memory at a time: those of the split "dev" to `valid`, the others to `train`.

    All three files get their names at the end. `features` of the statistics are the columns of `train`; `inputs` are
    what the model reads of it when its playing is hidden as in training.
    """
    own, read = Moments(len(FEATURES)), Moments(len(FLOAT_FEATURES))
    curriculum = load_config(resource("configs", SIZES["base"])).curriculum
    counts = {"train": Count(0, 0), "dev": Count(0, 0)}
    with _table(train) as train_rows, _table(valid) as valid_rows:
        writers = {"train": train_rows, "dev": valid_rows}
        for number, track in enumerate(tracks, start=1):
            writers[track.split].writerows(rows_of(track, str(number)))
            counts[track.split] = _more(counts[track.split], track)
            if track.split == "train":
                own.add(feature_rows(track))
                read.add(degraded_inputs(track, curriculum, number))
    made = Stats(counts["train"], counts["dev"], summary(FEATURES, own), summary(FLOAT_FEATURES, read))
    write_stats(stats, made)
    return made


def degraded_inputs(track: PlayedTrack, curriculum: Curriculum, number: int) -> NDArray[np.float32]:
    """What the model would read in training, (n, F), of about as many notes as the track has.

    `number` decides what chance does.
    """
    alone = curriculum.model_copy(update={"families": {str(track.family): 1.0}, "most_epochs": {}})
    windows = max(1, round(len(track) / WINDOW))
    batch = source_of([track], alone, WINDOW, number).batch(0, windows, curriculum.velocity, curriculum.duration)
    return np.asarray(batch.examples.floats[batch.valid])


def _more(count: Count, track: PlayedTrack) -> Count:
    return Count(count.tracks + 1, count.notes + len(track))


@contextmanager
def _table(path: Path) -> Iterator[Any]:
    """A writer of rows below the head; the file gets its name when all went well, and leaves nothing otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="") as f:
            writer = csv.writer(f, lineterminator="\n")
            writer.writerow(columns())
            yield writer
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_tables(manifest: Path, train: Path, valid: Path, stats: Path) -> None:
    """Write the manifest's tracks, those of held-out songs to `valid`, and what is usual in them to `stats`.

    Where chance held out none of a few songs, one of them is, for a base is judged by some. DuvError when there is one
    song alone.
    """
    splits = {song_name(track): track.split for track in read_manifest(manifest)}
    if len(splits) < 2:
        raise DuvError("tables to train from need two songs: one to judge by", file=manifest)
    held = "" if "dev" in splits.values() else min(splits, key=lambda name: song_place(name, 0))
    for table in (train, valid, stats):
        table.parent.mkdir(parents=True, exist_ok=True)
    write_csvs(_parted(manifest, held), train, valid, stats)


def _parted(manifest: Path, held: str) -> Iterator[PlayedTrack]:
    return (replace(t, split="dev") if song_name(t) == held else t for t in read_manifest(manifest))
