"""Which tracks are the same performance, however often and wherever it is stored."""

from __future__ import annotations

import hashlib

import numpy as np

from duv_studio.training.data.manifest.arrays import DECIMALS, exact
from duv_studio.training.data.played_track import PlayedTrack

STEPS = 96  # per beat: what lies on the same step lies on the same spot
DIGEST_BYTES = 16


def fingerprint(track: PlayedTrack) -> str:
    """The same text (32 hexadecimal digits) for the same pitches, quantised onsets and velocities.

    Onsets count from the first note, so that a copy that begins elsewhere is known too.
    """
    onset = exact(np.round(track.onset, DECIMALS))  # as lines hold it: half a step must not fall either way
    steps = np.round((onset - onset[0]) * STEPS).astype(np.int64)
    velocity = np.round(track.velocity).astype(np.int64)
    order = np.lexsort((velocity, track.pitch, steps))
    notes = np.stack([steps, track.pitch.astype(np.int64), velocity])[:, order]
    return hashlib.blake2b(notes.astype("<i8").tobytes(), digest_size=DIGEST_BYTES).hexdigest()
