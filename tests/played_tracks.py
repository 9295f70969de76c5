"""Players made by formula: what tests of the training learn from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from duv_studio.engine.midi.song import Family
from duv_studio.training.data.played_track import PlayedTrack


def played_track(
    notes: int = 300, *, seed: int = 0, family: Family = Family.PIANO, split: str = "train", corpus: str = "made"
) -> PlayedTrack:
    """Eighth notes in 4/4 whose player accents downbeats and high notes, shortens high notes, and errs a little."""
    rng = np.random.default_rng(seed)
    onset = np.arange(notes) * 0.5
    pitch = rng.integers(48, 84, notes)
    beat = onset % 4
    velocity = 64 + 18 * (beat == 0) + (pitch - 66) * 0.6 + rng.normal(0, 3, notes)
    played = 0.5 * 2.0 ** (-(pitch - 48) / 36) * np.exp(rng.normal(0, 0.05, notes))
    unknown = np.full(notes, np.nan)
    drums = family is Family.DRUMS
    return PlayedTrack(
        corpus=corpus,
        song=f"song {seed}",
        player="",
        family=family,
        split=split,
        onset=onset,
        duration=np.full(notes, 0.5),
        pitch=pitch.astype(np.int64),
        velocity=np.clip(np.round(velocity), 1, 127),
        played_duration=unknown if drums else played,
        sustained_duration=unknown if drums else np.minimum(played * 1.5, 1.0),
        bar=(onset // 4).astype(np.int64),
        beat=beat,
        bar_length=np.full(notes, 4.0),
        numerator=np.full(notes, 4),
        denominator=np.full(notes, 4),
        bpm=np.full(notes, 120.0),
    )


def with_velocity(track: PlayedTrack, velocity: np.ndarray) -> PlayedTrack:
    """The same track played with other velocities (n,)."""
    return replace(track, velocity=velocity.astype(float))
