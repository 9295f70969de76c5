"""Pianists in their own time: on a clock of whole quarters that follows the score they play, or on none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import Family, FloatArray, IntArray
from duv_studio.training.data.corpora.common import limit_sustain
from duv_studio.training.data.played_track import PlayedTrack

FREE_BPM = 120.0  # the clock that a free performance is written on
FREE_BEATS = FREE_BPM / 60  # a second
WORST = 0.35  # seconds between a note and its place on the player's clock beyond which the alignment is wrong
SHORTEST_BEAT, LONGEST_BEAT = 0.05, 12.0  # seconds


def played_freely(
    onset: FloatArray,
    played: FloatArray,
    sustained: FloatArray,
    pitch: IntArray,
    velocity: FloatArray,
    *,
    corpus: str,
    song: str,
    player: str,
    split: str,
) -> PlayedTrack:
    """A pianist's notes (n,) where no score is known, sorted by onset; onsets and lengths are in beats of FREE_BPM.

    What was played is all that there is: the input's lengths are the player's, too.
    """
    n = len(onset)
    played, sustained = np.maximum(played, 1 / 64), np.maximum(sustained, 1 / 64)
    return PlayedTrack(
        corpus=corpus,
        song=song,
        player=player,
        family=Family.PIANO,
        split=split,
        onset=onset,
        duration=played,
        pitch=pitch,
        velocity=velocity,
        played_duration=played,
        sustained_duration=limit_sustain(onset, pitch, played, sustained, played),
        bar=(onset // 4).astype(np.int64),
        beat=onset % 4,
        bar_length=np.full(n, 4.0),
        numerator=np.full(n, 4),
        denominator=np.full(n, 4),
        bpm=np.full(n, FREE_BPM),
        free=True,
    )


def clock_of(onset: FloatArray, start: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The player's clock: whole quarters (b,) and when each of them fell, in seconds (b,), ascending.

    `onset` (n,) is where the notes stand in the score, in quarters, and `start` (n,) when they were played.
    """
    places, which = np.unique(np.round(onset, 4), return_inverse=True)
    order = np.lexsort((start, which))
    first = np.searchsorted(which[order], np.arange(len(places)))
    count = np.diff(np.append(first, len(onset)))
    middle = np.maximum.accumulate(start[order][first + (count - 1) // 2])
    quarters = np.arange(np.floor(places[0]), np.ceil(places[-1]) + 2)
    seconds = np.interp(quarters, places, middle)
    step = float(np.median(np.diff(middle) / np.diff(places)))
    before, after = quarters < places[0], quarters > places[-1]
    seconds[before] = middle[0] - (places[0] - quarters[before]) * step
    seconds[after] = middle[-1] + (quarters[after] - places[-1]) * step
    steps = np.clip(np.diff(seconds), SHORTEST_BEAT, LONGEST_BEAT)
    return quarters, seconds[0] + np.concatenate([[0], np.cumsum(steps)])


def in_time(onset: FloatArray, start: FloatArray, quarters: FloatArray, seconds: FloatArray) -> NDArray[np.bool_]:
    """Which notes (n,), as `clock_of` has them, were played near their place on its clock: others are misaligned."""
    return np.asarray(np.abs(start - np.interp(onset, quarters, seconds)) < WORST)


def tempo_at(onset: FloatArray, quarters: FloatArray, seconds: FloatArray) -> FloatArray:
    """Tempo (n,) in BPM at onsets (n,) in quarters, by a clock of `clock_of`."""
    beat = np.clip(np.searchsorted(quarters, onset, side="right") - 1, 0, len(quarters) - 2)
    return np.asarray(60 / np.diff(seconds)[beat])
