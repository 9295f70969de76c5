"""What every listener notices: whether downbeats, melodies, high notes and backbeats stand out as a player's do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import FloatArray
from duv_studio.engine.music.chords import chord_ids
from duv_studio.training.data.paired_piece import PieceTrack

NEAR = 1 / 16  # quarters between a note and its place in the bar
MIN_EACH = 10  # notes on either side of a contrast, or chords
MIN_HITS = 30  # of one drum
THIRD = 1 / 3


def contrasts(track: PieceTrack, velocity: FloatArray) -> dict[str, float]:
    """Contrasts of velocities (n,) of a track's notes, in MIDI units; only those that the track has notes for."""
    measured = {"downbeat": _downbeat(track, velocity)}
    if track.drums:
        measured["ghost_ratio"] = _ghost_ratio(track, velocity)
    else:
        measured |= {"top_voice": _top_voice(track, velocity), "pitch_slope": _pitch_slope(track, velocity)}
    return {name: value for name, value in measured.items() if np.isfinite(value)}


def _downbeat(track: PieceTrack, velocity: FloatArray) -> float:
    """Mean on the first beat of the bar minus mean off all beats; nothing where the file's bars mean nothing."""
    first = (track.beat < NEAR) | (track.bar_length - track.beat < NEAR)
    off_beat = np.abs(track.beat - np.round(track.beat)) >= NEAR
    return float("nan") if track.free else _difference(velocity, first, off_beat)


def _difference(velocity: FloatArray, one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    if min(one.sum(), other.sum()) < MIN_EACH:
        return float("nan")
    return float(velocity[one].mean() - velocity[other].mean())


def _top_voice(track: PieceTrack, velocity: FloatArray) -> float:
    """Mean over the chords of the top note minus the mean of the rest."""
    chord = chord_ids(track.onset)
    order = np.lexsort((track.pitch, chord))
    size = np.bincount(chord)
    last = np.cumsum(size) - 1
    top = velocity[order][last]
    several = size > 1
    if several.sum() < MIN_EACH:
        return float("nan")
    rest = (np.bincount(chord, velocity) - top)[several] / (size - 1)[several]
    return float(np.mean(top[several] - rest))


def _pitch_slope(track: PieceTrack, velocity: FloatArray) -> float:
    """Velocity gained per octave, by least squares."""
    pitch = track.pitch / 12
    spread = float(np.var(pitch))
    if spread == 0:
        return float("nan")
    return float(np.mean((pitch - pitch.mean()) * (velocity - velocity.mean()))) / spread


def _ghost_ratio(track: PieceTrack, velocity: FloatArray) -> float:
    """Mean of the softest over mean of the loudest third of the hits of a drum, mean over the drums hit often."""
    ratios = []
    for pitch in np.unique(track.pitch):
        hits = np.sort(velocity[track.pitch == pitch])
        if len(hits) >= MIN_HITS:
            third = int(len(hits) * THIRD)
            ratios.append(hits[:third].mean() / hits[-third:].mean())
    return float(np.mean(ratios)) if ratios else float("nan")
