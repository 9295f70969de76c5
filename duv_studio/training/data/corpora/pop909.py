"""POP909: pop songs arranged and played by pianists; onsets on a grid, the rest as played (Wang et al., ISMIR 2020)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Family
from duv_studio.training.data.corpora.beat_grid import played_on_beats
from duv_studio.training.data.played_track import PlayedTrack, drop_doubles, merged

PARTS = ("PIANO", "BRIDGE")  # the melody track is the least played of the three
MIN_SPREAD = 4.0  # standard deviation of velocity below which a part was not played


def read(folder: Path) -> Iterator[PlayedTrack]:
    """The piano and bridge parts of every song that has a beat annotation, and all its parts as one piano.

    Alone, the piano part only accompanies; with melody and bridge it is what a pianist plays: a top voice over it.
    """
    for path in sorted((folder / "midi").glob("*.mid")):
        beats = folder / "annotations" / f"{path.stem}_beat_midi.txt"
        if beats.is_file():
            song = midi_file.read(path)
            grid = np.loadtxt(beats, ndmin=2)
            about = {"corpus": "pop909", "name": path.stem}
            parts = [
                played_on_beats(song, track, grid[:, 0], grid[:, 2] > 0, family=Family.PIANO, **about)
                for track in song.tracks
            ]
            for track, part in zip(song.tracks, parts, strict=True):
                if track.name in PARTS and np.std(part.velocity) >= MIN_SPREAD:
                    yield drop_doubles(part)
            if len(parts) > 1:
                yield drop_doubles(merged(parts))
