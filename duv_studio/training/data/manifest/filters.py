"""Which tracks are worth learning from: by size, and each performance only once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.drum_pieces import without_edges
from duv_studio.training.data.manifest.arrays import DECIMALS, exact
from duv_studio.training.data.manifest.guide_features import seconds_of
from duv_studio.training.data.played_track import PlayedTrack

STEPS = 96  # per beat: what lies on the same step lies on the same spot
DIGEST_BYTES = 16


@dataclass(frozen=True)
class Filters:
    """Limits per track."""

    min_notes: int = 64
    max_duration_sec: float = 600.0
    min_duration_sec: float = 3.0

    def reason(self, track: PlayedTrack) -> str | None:
        """Why the track is left out, None where it is kept."""
        return self.reason_for(len(track), seconds_of(track))

    def reason_for(self, notes: int, seconds: float) -> str | None:
        """The same of a track of so many notes and seconds."""
        if notes < self.min_notes:
            return f"fewer than {self.min_notes} notes"
        if seconds < self.min_duration_sec:
            return f"shorter than {self.min_duration_sec:g} s"
        if seconds > self.max_duration_sec:
            return f"longer than {self.max_duration_sec:g} s"
        return None


def fingerprint(track: PlayedTrack) -> str:
    """The same text (32 hexadecimal digits) for the same pitches, quantised onsets and velocities.

    Onsets count from the first note, so that a copy that begins elsewhere is known too; and so is a take of drums whose
    strokes of the hats were named alike.
    """
    onset = exact(np.round(track.onset, DECIMALS))  # as lines hold it: half a step must not fall either way
    steps = np.round((onset - onset[0]) * STEPS).astype(np.int64)
    velocity = np.round(track.velocity).astype(np.int64)
    pitch = (without_edges(track.pitch) if track.family is Family.DRUMS else track.pitch).astype(np.int64)
    notes = np.stack([steps, pitch, velocity])[:, np.lexsort((velocity, pitch, steps))]
    return hashlib.blake2b(notes.astype("<i8").tobytes(), digest_size=DIGEST_BYTES).hexdigest()
