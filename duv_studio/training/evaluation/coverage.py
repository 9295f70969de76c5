"""Does a model know how much it does not know? What share of the players' notes fell where its distributions said."""

from __future__ import annotations

import numpy as np

from duv_studio.engine.midi.song import Family, FloatArray, IntArray
from duv_studio.engine.model.prediction import TrackPrediction
from duv_studio.engine.performance.histograms import Floats
from duv_studio.training.data.paired_piece import PieceTrack

INTERVALS = (50, 80, 90)  # per cent in the middle of a distribution
LEAST = 1e-6  # probability of a bin, so that one surprise does not decide about a model
MIN_KNOWN = 30  # notes


def calibration(track: PieceTrack, prediction: TrackPrediction) -> dict[str, float]:
    """Measures of the velocity distributions of a track's notes, and the coverage of its lengths where they are known.

    Velocity counts as the difference from the track's mean, as it is predicted; a length as what the file asks for.
    """
    rows, mine = _shared(track, prediction)
    if len(rows) < MIN_KNOWN:
        return {}
    velocity = track.human.velocity[mine]
    away = velocity - velocity.mean()
    measured = _of_rows(prediction.velocity_edges, prediction.velocity_cdf[rows], away)
    lengths = wanted_lengths(track)[mine]
    known = np.isfinite(lengths)
    if known.sum() >= MIN_KNOWN:
        place = pit(prediction.duration_edges, prediction.duration_cdf[rows[known]], lengths[known])
        measured |= {"length_cover_80": coverage(place, 80), "length_pit_sd": float(np.std(place))}
    return measured


def _shared(track: PieceTrack, prediction: TrackPrediction) -> tuple[IntArray, IntArray]:
    """Rows of the prediction, and places among the track's notes, of the notes that both have."""
    _, mine, rows = np.intersect1d(track.notes, prediction.notes, assume_unique=True, return_indices=True)
    return rows.astype(np.int64), mine.astype(np.int64)


def wanted_lengths(track: PieceTrack) -> FloatArray:
    """Log2 length ratios (n,) of what the file asks for: of the sound where a piano's file holds no pedal."""
    written = track.song.tracks[track.index]
    asked = track.sounding if written.family is Family.PIANO and not written.pedal else track.human.log_ratio
    return np.asarray(asked / np.log(2))


def _of_rows(edges: Floats, cdf: Floats, value: FloatArray) -> dict[str, float]:
    place = pit(edges, cdf, value)
    measured = {f"cover_{share}": coverage(place, share) for share in INTERVALS}
    return measured | {
        "pit_sd": float(np.std(place)),
        "nll": negative_log_likelihood(edges, cdf, value),
        "crps": crps(edges, cdf, value),
    }


def _bin(edges: Floats, value: FloatArray) -> IntArray:
    return np.clip(np.searchsorted(edges, value, side="right") - 1, 0, len(edges) - 2)


def _below(cdf: Floats, b: IntArray) -> FloatArray:
    rows = np.arange(len(cdf))
    return np.where(b > 0, cdf[rows, np.maximum(b - 1, 0)], 0).astype(np.float64)


def pit(edges: Floats, cdf: Floats, value: FloatArray) -> FloatArray:
    """Probability (n,) of less than what was played: even over 0..1 where the distributions are honest."""
    b = _bin(edges, value)
    low = _below(cdf, b)
    inside = np.clip((value - edges[b]) / (edges[b + 1] - edges[b]), 0, 1)
    return np.asarray(low + inside * (cdf[np.arange(len(cdf)), b] - low))


def coverage(place: FloatArray, share: int) -> float:
    """Share of notes within the middle `share` per cent of their distributions."""
    return float(np.mean(np.abs(place - 0.5) <= share / 200))


def negative_log_likelihood(edges: Floats, cdf: Floats, value: FloatArray) -> float:
    """Mean negative log-likelihood in nats per MIDI unit, whatever the width of the bins."""
    b = _bin(edges, value)
    likely = cdf[np.arange(len(cdf)), b] - _below(cdf, b)
    return float(np.mean(-np.log(np.maximum(likely, LEAST) / (edges[b + 1] - edges[b]))))


def crps(edges: Floats, cdf: Floats, value: FloatArray) -> float:
    """Mean continuous ranked probability score in the unit of the edges; a single value scores its absolute error."""
    low = np.concatenate([np.zeros((len(cdf), 1)), cdf[:, :-1]], axis=1)
    width = np.diff(edges).astype(np.float64)
    inside = np.clip((value[:, None] - edges[None, :-1]) / width, 0, 1)  # share of a bin that lies below the value
    at = low + inside * (cdf - low)
    before = inside * _square(low, at)
    after = (1 - inside) * _square(1 - at, 1 - cdf)
    beyond = np.maximum(edges[0] - value, 0) + np.maximum(value - edges[-1], 0)
    return float(np.mean((before + after) @ width + beyond))


def _square(a: Floats, b: Floats) -> FloatArray:
    """Mean of the square of what runs straight from a to b."""
    return np.asarray((a * a + a * b + b * b) / 3)
