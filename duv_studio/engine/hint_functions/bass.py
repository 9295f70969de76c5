"""What a bass player's notes are: ghosted or meant to be heard."""

from __future__ import annotations

import numpy as np

from duv_studio.engine.features import NoteTable, State
from duv_studio.engine.midi.song import FloatArray

QUIET = 0.65  # of the track's median velocity
SHORT = 0.5  # beats


def ghost_note_hint(table: NoteTable) -> FloatArray:
    """1 on a note that is given both much quieter than the track and short; 0 where velocities say nothing; (n,)."""
    known = table.state != State.UNKNOWN
    if not known.any():
        return np.zeros(len(table))
    quiet = table.velocity <= QUIET * np.median(table.velocity[known])
    return np.asarray(known & quiet & (table.duration <= SHORT), dtype=float)
