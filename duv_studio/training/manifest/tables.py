"""From a manifest to the tables of notes that `train-base --csv-train` takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from duv_studio.errors import DuvError
from duv_studio.training.csv_base.write import write_csvs
from duv_studio.training.data.manifest.lines import read_manifest
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.lora.dataset.splits import song_name, song_place


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
