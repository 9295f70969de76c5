"""Groove MIDI Dataset: drummers on an electronic kit, playing to a click (Gillick et al., ICML 2019)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Family, Song
from duv_studio.training.data.corpora.common import played_from_song, without_lengths
from duv_studio.training.data.played_track import PlayedTrack, drop_doubles, quantise_take

TO_GENERAL_MIDI = {58: 43}  # the rim of the third tom, where General MIDI has another instrument
SPLITS = {"train": "train", "validation": "dev"}
UNSEEN = ("drummer3", "drummer7")  # no one learns from these two: what a drummer that was never heard gets


def read(folder: Path) -> Iterator[PlayedTrack]:
    """Every take of the official training and validation splits; the UNSEEN drummers' are all held out."""
    with (folder / "info.csv").open(newline="") as f:
        rows = [r for r in csv.DictReader(f) if r["split"] in SPLITS]
    for row in rows:
        song = midi_file.read(folder / "midi" / row["midi_filename"])
        yield _take(song, row)


def _take(song: Song, row: dict[str, str]) -> PlayedTrack:
    track = max(song.tracks, key=lambda t: len(t.notes))
    onset = quantise_take(track.notes.onset / song.ppq)
    played = played_from_song(song, track, onset, corpus="gmd", song_id=row["id"], player=row["drummer"])
    pitch = np.array([TO_GENERAL_MIDI.get(p, p) for p in played.pitch.tolist()], dtype=np.int64)
    split = "dev" if row["drummer"] in UNSEEN else SPLITS[row["split"]]
    return drop_doubles(without_lengths(replace(played, family=Family.DRUMS, split=split, pitch=pitch)))
