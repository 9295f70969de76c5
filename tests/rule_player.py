"""Played tracks made up for tests: a player whose dynamics and touch follow rules that a test knows."""

from __future__ import annotations

import numpy as np

from duv_studio.engine.midi.song import Family, FloatArray, Song, Track
from duv_studio.engine.model.prediction import TrackPrediction
from duv_studio.engine.music.settings import Settings
from duv_studio.training.data.played_track import PlayedTrack
from tests.songs import DURATION_KERNEL, KERNEL, gaussian_cdf

NOISE = 8.0  # sd of what no rule explains, velocity units
LEVEL = 64.0


def rule_velocity(pitch: np.ndarray, beat: np.ndarray) -> FloatArray:
    """What the made-up player means to play above the level: high notes and the third beat are loud."""
    middle = np.where(pitch < 52, 43, 66)  # of the drums, and of everything else
    return np.asarray((pitch - middle) * 1.5 + 14.0 * (np.abs(beat - 2) < 0.1))


def rule_log_ratio(pitch: np.ndarray) -> FloatArray:
    """ln of held over written length: low notes are cut short."""
    return np.asarray(np.where(pitch < 66, -0.6, -0.05))


def make_played(
    notes: int = 96,
    *,
    seed: int = 0,
    corpus: str = "pop909",
    song: str = "song",
    family: Family = Family.PIANO,
    split: str = "dev",
    noise: float = NOISE,
) -> PlayedTrack:
    """Eighth notes in 4/4 at 120 BPM, played by the rules with some noise."""
    rng = np.random.default_rng(seed)
    onset = np.arange(notes) / 2
    pitch = rng.integers(36, 50, notes) if family is Family.DRUMS else rng.integers(60, 73, notes)
    duration = np.full(notes, 0.5)
    beat = onset % 4
    held = duration * np.exp(rule_log_ratio(pitch) + rng.normal(0, 0.1, notes))
    velocity = LEVEL + rule_velocity(pitch, beat) + rng.normal(0, noise, notes)
    unknown = np.full(notes, np.nan)
    return PlayedTrack(
        corpus=corpus,
        song=song,
        player="somebody",
        family=family,
        split=split,
        onset=onset,
        duration=duration,
        pitch=pitch.astype(np.int64),
        velocity=np.clip(np.round(velocity), 1, 127),
        played_duration=unknown if family is Family.DRUMS else held,
        sustained_duration=unknown if family is Family.DRUMS else held * 1.5,
        bar=(onset // 4).astype(np.int64),
        beat=beat,
        bar_length=np.full(notes, 4.0),
        numerator=np.full(notes, 4),
        denominator=np.full(notes, 4),
        bpm=np.full(notes, 120.0),
    )


class RulePredictor:
    """A humanizer that has learned the rules; `share` below 1 makes it timid, `knows` False makes it guess."""

    def __init__(self, share: float = 1.0, *, sigma: float = NOISE, knows: bool = True) -> None:
        self.share, self.sigma, self.knows = share, sigma, knows

    def predict(self, song: Song, settings: Settings) -> dict[int, TrackPrediction]:
        return {track.index: self.predict_track(song, track) for track in song.tracks if len(track.notes)}

    def predict_track(self, song: Song, track: Track) -> TrackPrediction:
        pitch, beat = track.notes.pitch, song.meter.position(track.notes.onset).beat
        if not self.knows:
            pitch = np.random.default_rng(9).permutation(pitch)
            beat = np.full(len(pitch), 1.0)
        velocity_edges = np.linspace(-64, 64, 65, dtype=np.float32)
        duration_edges = np.linspace(-4, 2, 49, dtype=np.float32)
        n = len(pitch)
        mean = self.share * rule_velocity(pitch, beat)
        return TrackPrediction(
            notes=np.arange(n),
            level=float(track.notes.velocity.mean()),
            velocity_edges=velocity_edges,
            velocity_cdf=gaussian_cdf(velocity_edges, mean, np.full(n, self.share * self.sigma)),
            velocity_kernel=KERNEL,
            duration_edges=duration_edges,
            duration_cdf=gaussian_cdf(duration_edges, rule_log_ratio(pitch) / np.log(2), np.full(n, 0.15)),
            duration_kernel=DURATION_KERNEL,
        )
