"""Bach Violin Dataset: solo violin, loudness and lengths measured from recordings (Dong et al., ICASSP 2022)."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from duv_studio.engine.midi.song import Family, FloatArray
from duv_studio.training.data.played_track import PlayedTrack, drop_doubles, split_of

VELOCITY_SCALE = 0.65  # measured levels spread wider (sd 20) than the velocities of keyboards


def read(folder: Path) -> Iterator[PlayedTrack]:
    """Every movement that has a score alignment."""
    for path in sorted(folder.glob("*.tsv")):
        yield drop_doubles(_movement(path))


def _movement(path: Path) -> PlayedTrack:
    with path.open(newline="") as f:
        rows = list(csv.DictReader(f, delimiter="\t"))
    meter = json.loads(path.with_suffix(".json").read_text())["time_signature"]
    numerator, denominator = (int(x) for x in meter.split("/"))
    columns = {k: np.array([float(r[k]) for r in rows]) for k in rows[0]}
    order = np.lexsort((columns["pitch"], columns["score_onset_qn"]))
    c = {k: v[order] for k, v in columns.items()}
    seconds_per_beat = _local_tempo(c["score_onset_qn"], c["perf_onset_s"])
    played = np.maximum(c["perf_dur_s"] / seconds_per_beat, 1 / 64)
    velocity = np.median(c["velocity"]) + VELOCITY_SCALE * (c["velocity"] - np.median(c["velocity"]))
    n = len(rows)
    return PlayedTrack(
        corpus="bach_violin_audio",
        song=path.stem,
        player=path.stem.split("_")[0],
        family=Family.STRINGS,
        split=split_of("bach_violin_audio", path.stem, share=4),
        onset=c["score_onset_qn"],
        duration=np.maximum(c["score_dur_qn"], 1 / 16),
        pitch=c["pitch"].astype(np.int64),
        velocity=np.clip(velocity, 1, 127),
        played_duration=played,
        sustained_duration=played,
        bar=c["bar"].astype(np.int64),
        beat=c["pos_in_bar_qn"],
        bar_length=np.full(n, 4 * numerator / denominator),
        numerator=np.full(n, numerator),
        denominator=np.full(n, denominator),
        bpm=60.0 / seconds_per_beat,
    )


def _local_tempo(onset: FloatArray, seconds: FloatArray, reach: float = 4.0) -> FloatArray:
    """Seconds per beat (n,) around each note, over `reach` beats on either side."""
    low = np.searchsorted(onset, onset - reach, side="left")
    high = np.searchsorted(onset, onset + reach, side="right") - 1
    beats = np.maximum(onset[high] - onset[low], 0.25)
    return np.clip((seconds[high] - seconds[low]) / beats, 0.15, 4.0)
