"""How velocities and lengths move from note to note: spread on every level, jumps, and memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.stats import wasserstein_distance

from duv_studio.engine.midi.song import FloatArray, IntArray
from duv_studio.engine.music.chords import chord_ids
from duv_studio.training.data.paired_piece import PieceTrack, Played

STILL = 1e-6  # a standard deviation below this is no variation at all
LOCAL_NOTES = 16.0  # sigma of the curve that is taken off before what is local is looked at
LAGS = (1, 2, 4, 8)  # notes
MIN_CHORDS = 8  # with several notes; fewer say nothing of chords
MIN_KNOWN = 30  # notes
LENGTHS_TAKEN = 0.01  # below this sd of the human's log ratios no length was taken away: nothing to predict
NEAR = 1 / 16  # quarters between a note and its place in the bar
MIN_EACH = 10  # notes on either side of a contrast, or chords
MIN_HITS = 30  # of one drum
THIRD = 1 / 3


def shape_metrics(track: PieceTrack, output: Played) -> dict[str, float]:
    """Spread ratios of what is local and of chords, distance of the jumps, and surplus of memory at each lag."""
    human, velocity = track.human.velocity, output.velocity
    chord = chord_ids(track.onset)
    measured = {
        "velocity_sd_local": _ratio(np.std(local(human)), np.std(local(velocity))),
        "velocity_sd_chord": _ratio(within_chords(human, chord), within_chords(velocity, chord)),
        "jump_w1": float(wasserstein_distance(np.diff(human), np.diff(velocity))),
    }
    for lag in LAGS:
        measured[f"memory_{lag}"] = autocorrelation(velocity, lag) - autocorrelation(human, lag)
    known = np.isfinite(track.human.log_ratio) & np.isfinite(output.log_ratio)
    if known.sum() >= MIN_KNOWN and np.std(track.human.log_ratio[known]) > LENGTHS_TAKEN:
        lengths = [np.std(local(x[known])) for x in (track.human.log_ratio, output.log_ratio)]
        measured["duration_sd_local"] = _ratio(*lengths)
    return {name: value for name, value in measured.items() if np.isfinite(value)}


def local(x: FloatArray) -> FloatArray:
    """What is left of values (n,) once their slow curve over the notes is taken off."""
    return np.asarray(x - gaussian_filter1d(x, LOCAL_NOTES))


def within_chords(x: FloatArray, chord: IntArray) -> float:
    """Standard deviation of values (n,) around the mean of their chord; nan where too few notes are struck together."""
    size = np.bincount(chord)
    if np.count_nonzero(size > 1) < MIN_CHORDS:
        return float("nan")
    away = x - (np.bincount(chord, x) / size)[chord]
    together = size[chord] > 1
    freedom = together.sum() - np.count_nonzero(size > 1)
    return float(np.sqrt(np.sum(away[together] ** 2) / freedom))


def autocorrelation(x: FloatArray, lag: int) -> float:
    """Correlation of values (n,) with those `lag` notes later, 0 where nothing varies."""
    centred = x - x.mean()
    power = float(np.mean(centred**2))
    return float(np.mean(centred[lag:] * centred[:-lag])) / power if power > STILL**2 else 0.0


def _ratio(human: float | np.floating, output: float | np.floating) -> float:
    """nan where the human's does not vary: nothing can be said of it."""
    return float(output) / float(human) if human > STILL else float("nan")


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
    size = np.bincount(chord)
    top = velocity[top_line(track)]
    several = size > 1
    if several.sum() < MIN_EACH:
        return float("nan")
    rest = (np.bincount(chord, velocity) - top)[several] / (size - 1)[several]
    return float(np.mean(top[several] - rest))


def top_line(track: PieceTrack) -> IntArray:
    """The highest note of every onset, (onsets,); notes that are struck together are one onset."""
    chord = chord_ids(track.onset)
    order = np.lexsort((track.pitch, chord))
    return np.asarray(order[np.cumsum(np.bincount(chord)) - 1], dtype=np.int64)


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
