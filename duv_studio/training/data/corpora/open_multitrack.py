"""Freely licensed songs with several instruments; only tracks whose dynamics were played or shaped by hand."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Family, Song, Track
from duv_studio.training.data.corpora.common import is_family, played_from_song, without_lengths
from duv_studio.training.data.played_track import STRAIGHT, TRIPLET, PlayedTrack, drop_doubles, snap_to_grids

QUALITIES = ("A", "B")  # played; shaped by hand on a grid. C is flat and teaches nothing
GRIDS = STRAIGHT + tuple((step, cost + 0.02) for step, cost in TRIPLET)


def read(folder: Path) -> Iterator[PlayedTrack]:
    """The tracks that the manifest calls played or shaped."""
    wanted: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (folder / "manifest.csv").open(newline="") as f:
        for row in csv.DictReader(f):
            if row["quality"] in QUALITIES:
                wanted[row["file"]].append(row)
    for file, rows in sorted(wanted.items()):
        song = midi_file.read(folder / file)
        for row in rows:
            track = _find(song, row)
            if track is not None:
                yield _played(song, track, row)


def _find(song: Song, row: dict[str, str]) -> Track | None:
    """The track that a manifest row describes, recognised by its number of notes and their mean velocity."""
    for track in song.tracks:
        same_size = len(track.notes) == int(row["n_notes"])
        if same_size and abs(float(np.mean(track.notes.velocity)) - float(row["vel_mean"])) < 0.1:
            return track
    return None


def _played(song: Song, track: Track, row: dict[str, str]) -> PlayedTrack:
    onset = snap_to_grids(track.notes.onset / song.ppq, GRIDS)
    family = is_family(row["family"])
    played = played_from_song(song, track, onset, corpus="open_multitrack", song_id=row["file"], player=row["source"])
    played = replace(played, family=family)
    if family is Family.DRUMS:
        played = without_lengths(played)
    return drop_doubles(played)
