"""Measures of a performance against a human's: per track, then over the tracks of a file, then over files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.stats import rankdata

from duv_studio.engine.midi.song import FloatArray
from duv_studio.training.data.evaluation_splits import MIN_NOTES
from duv_studio.training.data.paired_piece import Piece, PieceTrack, Played
from duv_studio.training.evaluation.dynamics_metrics import LENGTHS_TAKEN, LOCAL_NOTES, STILL, contrasts, shape_metrics
from duv_studio.training.evaluation.line_metrics import compared_lines, line_figures

Metrics = Mapping[str, float]

VELOCITY_BINS = np.arange(0.0, 129.0, 4.0)
FITTED = ("velocity_sd", "velocity_jsd", "duration_sd", "jump_", "memory_", "cover_", "pit_", "nll", "crps", "length_")
SHAPED = ("bar_mean_sd", "line_memory", "repeat_step")  # what spread and the kernels of sampling shape, too
FARTHEST = 127
BINS = 32


def correlation(x: FloatArray, y: FloatArray) -> float:
    """Pearson's r, and 0 where one side does not vary: a flat line explains nothing."""
    if np.std(x) < STILL or np.std(y) < STILL:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])


def rank_correlation(x: FloatArray, y: FloatArray) -> float:
    """Spearman's rho, and 0 where one side does not vary."""
    return correlation(rankdata(x), rankdata(y))


def local_correlation(x: FloatArray, y: FloatArray, sigma: float = LOCAL_NOTES) -> float:
    """Pearson's r of what is left of both sides once their slow curves over the notes are taken off."""
    return correlation(x - gaussian_filter1d(x, sigma), y - gaussian_filter1d(y, sigma))


def slow_correlation(x: FloatArray, y: FloatArray, sigma: float = LOCAL_NOTES) -> float:
    """Pearson's r of the slow curves of both sides over the notes."""
    return correlation(gaussian_filter1d(x, sigma), gaussian_filter1d(y, sigma))


def divergence(x: FloatArray, y: FloatArray, bins: FloatArray) -> float:
    """Jensen-Shannon divergence (base 2: 0 to 1) of two samples on the given bin edges."""
    return jensen_shannon(_shares(x, bins), _shares(y, bins))


def jensen_shannon(p: FloatArray, q: FloatArray) -> float:
    """Divergence (base 2: 0 to 1) of shares (bins,), none of which is 0."""
    middle = (p + q) / 2
    return float(0.5 * np.sum(p * np.log2(p / middle)) + 0.5 * np.sum(q * np.log2(q / middle)))


def _shares(x: FloatArray, bins: FloatArray) -> FloatArray:
    counts = np.histogram(np.clip(x, bins[0], bins[-1]), bins)[0] + 1e-9  # no bin is quite empty: the log stays finite
    return np.asarray(counts / counts.sum(), dtype=np.float64)


def spread_ratio(human: FloatArray, output: FloatArray) -> float:
    """Standard deviation of the output over the human's; below 1 is timid."""
    return float(np.std(output) / max(float(np.std(human)), STILL))


def velocity_metrics(human: FloatArray, output: FloatArray) -> dict[str, float]:
    """Every velocity measure of one track's n notes, both (n,) in MIDI units."""
    centred = (human - human.mean()) - (output - output.mean())
    return {
        "velocity_r": correlation(human, output),
        "velocity_rho": rank_correlation(human, output),
        "velocity_r_local": local_correlation(human, output),
        "velocity_r_slow": slow_correlation(human, output),
        "velocity_mae": float(np.mean(np.abs(human - output))),
        "velocity_mae_centred": float(np.mean(np.abs(centred))),
        "velocity_sd_ratio": spread_ratio(human, output),
        "velocity_jsd": divergence(human, output, VELOCITY_BINS),
    }


def duration_metrics(human: FloatArray, output: FloatArray) -> dict[str, float]:
    """Every measure of log length ratios, both (n,); nothing where the human's are unknown or do not vary."""
    known = np.isfinite(human) & np.isfinite(output)
    human, output = human[known], output[known]
    if len(human) < MIN_NOTES or np.std(human) <= LENGTHS_TAKEN:
        return {}
    return {
        "duration_r": correlation(human, output),
        "duration_sd_ratio": spread_ratio(human, output),
        "duration_mae": float(np.mean(np.abs(human - output))),
    }


def track_metrics(track: PieceTrack, output: Played) -> dict[str, float]:
    """All measures of one track against its human."""
    velocity = velocity_metrics(track.human.velocity, output.velocity)
    sounding = duration_metrics(track.sounding, output.log_ratio)
    heard = {"sounding_r": sounding["duration_r"]} if sounding else {}
    lengths = duration_metrics(track.human.log_ratio, output.log_ratio)
    lines = {name: correlation(*sides) for name, sides in compared_lines(track, output.velocity).items()}
    return velocity | lengths | heard | lines | shape_metrics(track, output) | movements(track, output.velocity)


def movements(track: PieceTrack, velocity: FloatArray) -> dict[str, float]:
    """What velocities (n,) of a track's notes do by themselves, without anybody else's beside them."""
    return contrasts(track, velocity) | line_figures(track, velocity)


def scored_tracks(piece: Piece, performance: Sequence[Played]) -> list[tuple[PieceTrack, Played]]:
    """The tracks of which MIN_NOTES notes or more were played, without the notes that were not."""
    known = [(t.take(p.known), p[p.known]) for t, p in zip(piece.tracks, performance, strict=True)]
    return [(track, played) for track, played in known if len(track) >= MIN_NOTES]


def file_metrics(piece: Piece, performance: Sequence[Played]) -> dict[str, float]:
    """Mean over the tracks of a file that have MIN_NOTES notes or more; empty when there is none."""
    return mean_of([track_metrics(track, played) for track, played in scored_tracks(piece, performance)])


def player_movements(piece: Piece) -> dict[str, float]:
    """Contrasts, bars and lines of the human's own playing of the file."""
    return mean_of([movements(t, t.human.velocity) for t in piece.tracks if len(t) >= MIN_NOTES])


def without_fitted(measures: Metrics) -> dict[str, float]:
    """The measures but for those that a model's calibration aims at: a file that calibrated it flatters them."""
    return {name: value for name, value in measures.items() if not name.startswith((*FITTED, *SHAPED))}


def mean_of(rows: Sequence[Metrics]) -> dict[str, float]:
    """The mean of each measure over the rows that have it."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: float(np.mean([row[name] for row in rows if name in row])) for name in names}


@dataclass(frozen=True)
class Histograms:
    """For each of f files the shares of rounded deviations from the track's mean: human and output, (f, 255) each."""

    files: tuple[str, ...]
    human: FloatArray
    output: FloatArray
    distance: Callable[[FloatArray, FloatArray], float]

    def value(self, counts: FloatArray | None = None) -> float:
        """The distance between the players and the output, every file counting the same, or `counts` (f,) times."""
        each = np.ones(len(self.files)) if counts is None else counts
        return self.distance(each @ self.human / each.sum(), each @ self.output / each.sum())


def deviation_shares(performance: Sequence[Played]) -> FloatArray:
    """Shares (255,) of a file's velocities by their rounded deviation from the mean of their track."""
    away = [np.round(played.velocity - np.nanmean(played.velocity)) for played in performance]
    every = np.concatenate(away)
    every = every[np.isfinite(every)].astype(np.int64).clip(-FARTHEST, FARTHEST)
    counts = np.bincount(every + FARTHEST, minlength=2 * FARTHEST + 1)
    return np.asarray(counts / max(counts.sum(), 1), dtype=np.float64)


def histograms(shares: Mapping[str, tuple[FloatArray, FloatArray]]) -> dict[str, Histograms]:
    """The distances over all files between their players and someone's output, from the shares of both.

    Nothing where there are no files: someone may have played none of those that judge.
    """
    if not shares:
        return {}
    files = tuple(shares)
    human, output = (np.array([pair[side] for pair in shares.values()]).reshape(len(files), -1) for side in (0, 1))
    distances = {"pooled_w1": transport, "pooled_jsd": histogram_divergence, "pooled_overlap": overlap}
    return {name: Histograms(files, human, output, distance) for name, distance in distances.items()}


def transport(human: FloatArray, output: FloatArray) -> float:
    """Wasserstein distance of two histograms over neighbouring units, in MIDI units."""
    return float(np.abs(np.cumsum(human - output)).sum())


def histogram_divergence(human: FloatArray, output: FloatArray) -> float:
    """Jensen-Shannon histogram_divergence (base 2: 0 to 1) on BINS bins."""
    return jensen_shannon(_binned(human) + 1e-9, _binned(output) + 1e-9)


def overlap(human: FloatArray, output: FloatArray) -> float:
    """Common area of two histograms on BINS bins: 1 where they are the same."""
    return float(np.minimum(_binned(human), _binned(output)).sum())


def _binned(shares: FloatArray) -> FloatArray:
    width = -(-len(shares) // BINS)
    return np.asarray(np.add.reduceat(shares, np.arange(0, len(shares), width)))
