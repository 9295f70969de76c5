"""RWC Music Database: transcriptions of commissioned recordings, all families (Goto et al., ISMIR 2002 and 2003)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Family, IntArray
from duv_studio.training.data.corpora.beat_grid import played_on_beats
from duv_studio.training.data.corpora.common import without_lengths
from duv_studio.training.data.played_track import PlayedTrack, drop_doubles

CORPUS = "rwc_NC"
MIN_NOTES, MIN_SPREAD, MIN_LEVELS = 50, 5.0, 12  # a track below any of these was not shaped by a player
ON_GRID = 0.35  # concentration of a file's onsets on sixteenths below which they are too far from any grid to be moved


def read(folder: Path) -> Iterator[PlayedTrack]:
    """The tracks with shaped dynamics of every file that keeps to its annotated beats."""
    with (folder / "manifest.csv").open(newline="") as f:
        rows = [r for r in csv.DictReader(f) if float(r["grid_concentration_16th"]) >= ON_GRID]
    for row in rows:
        path = folder / row["file"]
        song, name = midi_file.read(path), piece_of(path.stem)
        grid = np.loadtxt(folder / "beats" / path.parent.name / f"{path.stem}.csv", delimiter=";", skiprows=1, ndmin=2)
        times, downbeat = grid[:, 0] + float(row["midi_minus_beat_offset_s"]), grid[:, 1] == 1
        for track in song.tracks:
            if is_shaped(track.notes.velocity):
                family = track.family
                part = played_on_beats(song, track, times, downbeat, corpus=CORPUS, name=name, family=family)
                yield drop_doubles(without_lengths(part) if family is Family.DRUMS else part)


def piece_of(stem: str) -> str:
    """A work of several movements (RWC_C024A, RWC_C024B) is held out as one."""
    return stem.rstrip("ABCDEFGH")


def is_shaped(velocity: IntArray) -> bool:
    """Whether velocities (n,) differ as if someone had played or shaped them."""
    enough = len(velocity) >= MIN_NOTES and len(np.unique(velocity)) >= MIN_LEVELS
    return enough and float(np.std(velocity)) > MIN_SPREAD
