"""What a survey keeps of every track: a few counts, so that ten thousand tracks fit beside a window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from duv_studio.engine.midi.song import Family, FloatArray, IntArray
from duv_studio.training.data.manifest.filters import fingerprint
from duv_studio.training.data.manifest.guide_features import seconds_of
from duv_studio.training.data.played_track import PlayedTrack, copy_weights

VELOCITIES = 128
LOG_LOW, LOG_HIGH, LOG_BINS = -3.0, 2.0, 40  # octaves of played over notated length; what lies beyond counts at the end
_SAME_LENGTH = 1 / 32  # octaves: no one plays many notes alike that exactly


@dataclass(frozen=True)
class TrackFacts:
    """One track of a manifest, counted."""

    file: str
    track: str
    family: Family
    notes: int
    seconds: float
    fingerprint: str
    head: PlayedTrack  # its first note alone, standing for the track where songs are split
    velocities: IntArray  # (128,) notes by velocity
    lengths: IntArray  # (LOG_BINS,) notes by log2(played / notated); all 0 where lengths are unknown, as of drums
    same_length: float  # largest share of its notes with one ratio of played to notated length, 0 where unknown
    pasted: float  # share of its notes that are copies, velocity for velocity, of those of another bar
    on_grid: float | None  # share of onsets exactly on the grid; None where the manifest does not say

    @property
    def levels(self) -> int:
        """How many different velocities it has."""
        return int(np.count_nonzero(self.velocities))


def facts_of(line: Mapping[str, Any], track: PlayedTrack) -> TrackFacts:
    """Count a track; `line` is the object of the manifest that it was read from."""
    ratio = _log_ratio(track)
    grid = line.get("on_grid")
    return TrackFacts(
        file=_text(line, "file") or track.song,
        track=_text(line, "track"),
        family=track.family,
        notes=len(track),
        seconds=seconds_of(track),
        fingerprint=fingerprint(track),
        head=track.take(np.arange(1)),
        velocities=np.bincount(np.round(track.velocity).astype(np.int64), minlength=VELOCITIES),
        lengths=_histogram(ratio),
        same_length=_largest_share(ratio),
        pasted=0.0 if track.free else float(1 - copy_weights(track).mean()),
        on_grid=float(grid) if isinstance(grid, int | float) else None,
    )


def _log_ratio(track: PlayedTrack) -> FloatArray:
    """log2 of played over notated length of the notes whose lengths are known."""
    known = ~np.isnan(track.played_duration)
    return np.asarray(np.log2(track.played_duration[known] / track.duration[known]))


def _histogram(ratio: FloatArray) -> IntArray:
    place = np.floor((ratio - LOG_LOW) / (LOG_HIGH - LOG_LOW) * LOG_BINS).astype(np.int64)
    return np.bincount(np.clip(place, 0, LOG_BINS - 1), minlength=LOG_BINS)


def _largest_share(ratio: FloatArray) -> float:
    if not len(ratio):
        return 0.0
    _, counts = np.unique(np.round(ratio / _SAME_LENGTH), return_counts=True)
    return float(counts.max() / len(ratio))


def _text(line: Mapping[str, Any], key: str) -> str:
    value = line.get(key, "")
    return value if isinstance(value, str) else ""
