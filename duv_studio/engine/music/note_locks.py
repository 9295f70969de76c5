"""Notes that a user has locked: they keep their velocity and duration whatever else is chosen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import Track
from duv_studio.engine.music.settings import Settings
from duv_studio.errors import DuvError


def locked_mask(track: Track, settings: Settings) -> NDArray[np.bool_]:
    """Return which of the track's n notes are locked, (n,); DuvError when a note is locked that is not there."""
    mask = np.zeros(len(track.notes), bool)
    locked = settings.locked_notes.get(track.key)
    if locked:
        index = np.fromiter(locked, np.int64, len(locked))
        if index.min() < 0 or index.max() >= len(mask):
            raise DuvError(f"a note of track {track.key} is locked that it does not have")
        mask[index] = True
    return mask
