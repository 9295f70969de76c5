"""What a drummer's notes are: kick, snare or hi-hat, louder than usual, part of a fill."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.features import NoteTable, State
from duv_studio.engine.midi.song import FloatArray, IntArray

KICK = (35, 36)
SNARE = (37, 38, 40)  # side stick, head, rim
HAT = (22, 26, 42, 44, 46)  # 22 and 26 are the edges of electronic kits
TOMS = (41, 43, 45, 47, 48, 50, 58)
ACCENT_SHARE, ACCENT_STEP = 1.2, 8.0  # times and velocities above what the drum usually gets
FEWEST_OF_A_DRUM = 4  # fewer hits have no "usual"
FILL_BEATS = 2.0  # a fill is looked for in stretches of two quarters
FILL_TOMS, FILL_HITS, ROLL = 2, 4, 6  # toms, toms and snare together, or snare alone, in one stretch
MOST_FILLS = 0.25  # of the stretches: what happens more often is the groove


def is_kick(table: NoteTable) -> FloatArray:
    """1 on the bass drum; (n,)."""
    return _one_of(table, KICK).astype(float)


def is_snare(table: NoteTable) -> FloatArray:
    """1 on the snare drum; (n,)."""
    return _one_of(table, SNARE).astype(float)


def is_hat(table: NoteTable) -> FloatArray:
    """1 on the hi-hat; (n,)."""
    return _one_of(table, HAT).astype(float)


def accent_hint(table: NoteTable) -> FloatArray:
    """1 where a drum is hit clearly harder than it usually is; 0 where velocities say nothing; (n,)."""
    known = table.state != State.UNKNOWN
    if not known.any():
        return np.zeros(len(table))
    usual = np.full(len(table), float(np.median(table.velocity[known])))
    for drum in np.unique(table.pitch[known]):
        own = table.pitch == drum
        if np.count_nonzero(own & known) >= FEWEST_OF_A_DRUM:
            usual[own] = np.median(table.velocity[own & known])
    least = np.maximum(usual * ACCENT_SHARE, usual + ACCENT_STEP)
    return np.asarray(known & (table.velocity >= least), dtype=float)


def fill_hint(table: NoteTable) -> FloatArray:
    """1 on every note of a stretch of toms, or of a snare roll, that stands out of the groove; (n,)."""
    if table.free:
        return np.zeros(len(table))
    stretch = _stretches(table)
    toms = np.bincount(stretch, _one_of(table, TOMS))
    snare = np.bincount(stretch, _one_of(table, SNARE))
    fill = ((toms >= FILL_TOMS) & (toms + snare >= FILL_HITS)) | (snare >= ROLL)
    if fill.mean() > MOST_FILLS:
        return np.zeros(len(table))
    return np.asarray(fill[stretch], dtype=float)


def _one_of(table: NoteTable, drums: tuple[int, ...]) -> NDArray[np.bool_]:
    return np.isin(table.pitch, drums)


def _stretches(table: NoteTable) -> IntArray:
    """Number of the stretch of a bar that each note lies in, counted from 0 over those that hold notes; (n,)."""
    in_bar = np.floor((table.beat + 1 / 48) / FILL_BEATS)  # a note a hair early belongs to the beat that it aims at
    places = np.stack([table.bar, in_bar.astype(np.int64)])
    return np.asarray(np.unique(places, axis=1, return_inverse=True)[1]).reshape(-1)
