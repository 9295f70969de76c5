"""Can a classifier tell a performance from a human's? Boosted trees on what each note is among its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.song import FloatArray, IntArray
from duv_studio.training.metrics import MIN_NOTES
from duv_studio.training.piece import Piece, PieceTrack, Played

NOTES_PER_FILE = 400
MIN_FILES = 3
FOLDS = 5


def available() -> bool:
    """Whether scikit-learn, which only this measure needs, is installed."""
    return find_spec("sklearn") is not None


def piece_features(piece: Piece, performance: Sequence[Played], *, durations: bool) -> FloatArray:
    """Features (notes, columns) of a file's tracks that are long enough to be scored."""
    rows = [
        note_features(track, played, durations=durations)
        for track, played in zip(piece.tracks, performance, strict=True)
        if len(track) >= MIN_NOTES
    ]
    return np.concatenate(rows) if rows else np.zeros((0, 1))


def note_features(track: PieceTrack, played: Played, *, durations: bool) -> FloatArray:
    """Each note among its neighbours, (n, columns); nothing of the absolute level is in it."""
    columns = _velocity_features(track, played.velocity)
    if durations:
        columns += _duration_features(track, played.log_ratio)
    return np.stack(columns, axis=1)


def _velocity_features(track: PieceTrack, velocity: FloatArray) -> list[FloatArray]:
    pitch, onset = track.pitch.astype(np.float64), track.onset
    columns = [velocity - _around(velocity, 16), _spread(velocity, 4), _spread(velocity, 16)]
    for k in (1, 2, 3):
        columns += [velocity - _shift(velocity, k), velocity - _shift(velocity, -k)]
        columns += [pitch - _shift(pitch, k), pitch - _shift(pitch, -k)]
    columns += [onset - _shift(onset, 1), _shift(onset, -1) - onset]
    columns += [track.beat / track.bar_length, pitch - _around(pitch, 16)]
    chord = _chords(onset)
    size = np.bincount(chord)[chord].astype(np.float64)
    chord_mean = np.bincount(chord, velocity)[chord] / size
    columns += [velocity - chord_mean, _chord_top(chord, pitch) - pitch, size]
    return [*columns, _same_as_neighbours(velocity), np.mod(velocity, 5)]


def _duration_features(track: PieceTrack, ratio: FloatArray) -> list[FloatArray]:
    steps = [ratio - _shift(ratio, 1), ratio - _shift(ratio, -1)]
    unchanged = (np.abs(ratio) < 0.02).astype(np.float64)
    return [ratio, ratio - _around(ratio, 16), _spread(ratio, 8), *steps, track.duration, unchanged]


def _chords(onset: FloatArray) -> IntArray:
    """Which chord each note belongs to, from 0: notes within a thirty-second are struck together."""
    return np.unique(np.round(onset * 8), return_inverse=True)[1].astype(np.int64)


def _chord_top(chord: IntArray, pitch: FloatArray) -> FloatArray:
    top = np.zeros(int(chord.max()) + 1)
    np.maximum.at(top, chord, pitch)
    return top[chord]


def _shift(x: FloatArray, k: int) -> FloatArray:
    """The value k notes before (after, when negative); the ends repeat the first (last) one."""
    return x[np.clip(np.arange(len(x)) - k, 0, len(x) - 1)]


def _around(x: FloatArray, width: int) -> FloatArray:
    """Mean over each note and the `width` notes on both sides, as many as there are."""
    places = np.arange(len(x))
    first, last = np.maximum(places - width, 0), np.minimum(places + width + 1, len(x))
    total = np.concatenate([[0.0], np.cumsum(x)])
    return np.asarray((total[last] - total[first]) / (last - first), dtype=np.float64)


def _spread(x: FloatArray, width: int) -> FloatArray:
    """Standard deviation over the `width` notes on both sides."""
    return np.sqrt(np.maximum(_around(x * x, width) - _around(x, width) ** 2, 0))


def _same_as_neighbours(velocity: FloatArray) -> FloatArray:
    """Share of the four nearest notes with the very same velocity."""
    same = [(velocity == _shift(velocity, k)).astype(np.float64) for k in (-2, -1, 1, 2)]
    return np.asarray(sum(same) / 4, dtype=np.float64)


def human_auc(files: Sequence[tuple[FloatArray, FloatArray]], *, seed: int = 0) -> float:
    """Cross-validated AUC of human against output, folds by file: 0.5 cannot tell, 1 always tells.

    `files` holds the features of one file's (human, output), row by row the same notes; nan without scikit-learn
    or with fewer than three files.
    """
    filled = [(human, output) for human, output in files if len(human)]
    if len(filled) < MIN_FILES or not available():
        return float("nan")
    features, is_human, file = _gather(filled, np.random.default_rng(seed))
    return _cross_validated(features, is_human, file, seed)


def _gather(
    files: Sequence[tuple[FloatArray, FloatArray]], rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, IntArray]:
    features, is_human, file = [], [], []
    for number, (human, output) in enumerate(files):
        rows = rng.permutation(len(human))[:NOTES_PER_FILE]
        features += [human[rows], output[rows]]
        is_human += [np.ones(len(rows)), np.zeros(len(rows))]
        file.append(np.full(2 * len(rows), number))
    return np.concatenate(features), np.concatenate(is_human), np.concatenate(file)


def _cross_validated(features: FloatArray, is_human: FloatArray, file: IntArray, seed: int) -> float:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold
    from threadpoolctl import threadpool_limits

    score = np.zeros(len(is_human))
    folds: Any = GroupKFold(min(FOLDS, len(np.unique(file))))
    with threadpool_limits(1):  # boosted trees spin badly when another job shares the processor
        for train, test in folds.split(features, is_human, file):
            model = HistGradientBoostingClassifier(max_iter=80, max_leaf_nodes=15, random_state=seed)
            score[test] = _probability(model.fit(features[train], is_human[train]), features[test])
    return float(roc_auc_score(is_human, score))


def _probability(model: Any, features: FloatArray) -> NDArray[np.float64]:
    return np.asarray(model.predict_proba(features)[:, 1], dtype=np.float64)
