"""Velocities on a drum kit that a drummer would never turn round: ghost hits stay ghosts, crashes are no whispers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import FloatArray, IntArray

CRASHES = (49, 52, 55, 57)  # General MIDI: crash 1, Chinese, splash, crash 2
MOST_CRASHES = 0.1  # of all hits: who strikes crashes all the time keeps time with them
CRASH_ABOVE = 8.0  # MIDI velocity units above the mean of the kit, at least: three of four recorded crashes are
FOLDED = 0.3  # of how much softer than that it was drawn: how much louder it becomes, so that crashes still differ
USUAL = 0.9  # quantile of a drum's written velocities that counts as its usual hit
GHOST = 0.62  # of it, at most: a ghost hit
GHOST_ROOM = 0.12  # of the usual hit that a ghost may be louder than written
BELIEVED = 0.35  # of the written distance of ghosts from the others, drawn: the prediction took them for what they are
FEWEST_HITS = 4


def lift_crashes(pitch: IntArray, drawn: FloatArray) -> FloatArray:
    """Velocities (n,) in which crash cymbals are louder than the mean of the kit."""
    crash = np.isin(pitch, CRASHES)
    if not crash.any() or crash.mean() > MOST_CRASHES:
        return drawn
    least = drawn[~crash].mean() + CRASH_ABOVE
    return np.where(crash & (drawn < least), least + FOLDED * (least - drawn), drawn)


def keep_ghosts(pitch: IntArray, written: FloatArray, drawn: FloatArray) -> FloatArray:
    """Velocities (n,) in which the hits that were written far softer than their drum's usual ones are so still.

    Where the prediction believes in them: among random velocities it does not.
    """
    kept = drawn.copy()
    for drum in np.unique(pitch):
        at = np.flatnonzero(pitch == drum)
        if len(at) < FEWEST_HITS:
            continue
        share = written[at] / np.quantile(written[at], USUAL)
        ghost = share <= GHOST
        if ghost.any() and not ghost.all() and _believed(written[at], drawn[at], ghost):
            usual = drawn[at[~ghost]].mean()
            kept[at[ghost]] = np.minimum(drawn[at[ghost]], (share[ghost] + GHOST_ROOM) * usual)
    return kept


def _believed(written: FloatArray, drawn: FloatArray, ghost: NDArray[np.bool_]) -> bool:
    below = [values[~ghost].mean() - values[ghost].mean() for values in (written, drawn)]
    return bool(below[1] >= BELIEVED * below[0])
