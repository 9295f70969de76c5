"""Can a classifier tell a performance from a human's? Boosted trees on notes among their neighbours, and on phrases.

Features, sizes and seeds are frozen: figures of different versions are only comparable as long as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from duv_studio.engine.midi.song import FloatArray, IntArray
from duv_studio.training.data.paired_piece import PieceTrack, Played

NOTES_PER_FILE = 400
MIN_FILES, MIN_ROWS = 3, 100  # fewer teach a classifier nothing
WINDOW, PHRASE_FIGURES = 96, 13  # notes of a phrase, and what is looked at of it
FOLDS = 5


def available() -> bool:
    """Whether scikit-learn, which only this measure needs, is installed."""
    return find_spec("sklearn") is not None


def features_of(scored: Sequence[tuple[PieceTrack, Played]], kind: str) -> FloatArray:
    """Features (rows, columns) of a file's tracks that are long enough to be scored: of notes, or of phrases."""
    rows = [KINDS[kind](track, played) for track, played in scored]
    return np.concatenate([r for r in rows if len(r)] or [np.zeros((0, 1))])


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


def phrase_features(track: PieceTrack, played: Played) -> FloatArray:
    """Each window of WINDOW notes by 13 figures, (windows, 13): spread, jumps, memory, form; nothing of the level."""
    starts = range(0, len(track) - WINDOW + 1, WINDOW)
    rows = [
        _phrase(track.pitch[s : s + WINDOW], track.onset[s : s + WINDOW], played.velocity[s : s + WINDOW])
        for s in starts
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), PHRASE_FIGURES)


def _phrase(pitch: IntArray, onset: FloatArray, velocity: FloatArray) -> list[float]:
    away = velocity - velocity.mean()
    sd = max(float(away.std()), 1e-6)
    jump = np.abs(np.diff(velocity))
    chord = _chords(onset)
    chord_mean = np.bincount(chord, velocity) / np.bincount(chord)
    detail = away - gaussian_filter1d(away, 8.0)
    memory = [float(np.mean(away[lag:] * away[:-lag])) / sd**2 for lag in (1, 2, 4, 8)]
    form = [float(np.mean((away / sd) ** power)) for power in (3, 4)]
    with_pitch = float(np.mean((pitch - pitch.mean()) * away)) / sd / max(float(pitch.std()), 1e-6)
    spread = [sd, float(detail.std()), float((velocity - chord_mean[chord]).std())]
    return [*spread, float(jump.mean()), float(np.mean(jump == 0)), *memory, *form, with_pitch, float(np.ptp(velocity))]


# Measure -> what it looks at: notes, without and with their lengths, and phrases.
KINDS: Mapping[str, Callable[[PieceTrack, Played], FloatArray]] = {
    "auc_velocity": partial(note_features, durations=False),
    "auc_both": partial(note_features, durations=True),
    "auc_phrase": phrase_features,
}


@dataclass(frozen=True)
class DiscriminatorScores:
    """How human the classifier found each row of several files: `score`, `is_human` and `file` are (rows,)."""

    files: tuple[str, ...]
    score: FloatArray
    is_human: FloatArray
    file: IntArray

    def value(self, counts: FloatArray | None = None) -> float:
        """AUC of human against output where file i counts `counts[i]` times: 0.5 cannot tell, 1 always tells."""
        wins, humans, outputs = self._wins
        each = np.ones(len(self.files)) if counts is None else counts
        pairs = float(each @ humans) * float(each @ outputs)
        return float(each @ wins @ each) / pairs if pairs else float("nan")

    @cached_property
    def _wins(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """How often rows of human file i scored above those of output file j, (files, files); rows of either, (files,).

        Equal scores count half.
        """
        files, is_human = len(self.files), self.is_human > 0
        human, of = self.score[is_human], self.file[is_human]
        wins = np.zeros((files, files))
        for j in range(files):
            output = np.sort(self.score[~is_human & (self.file == j)])
            below = np.searchsorted(output, human, "left") + np.searchsorted(output, human, "right")
            wins[:, j] = np.bincount(of, below / 2, files)
        humans, outputs = (np.bincount(f, minlength=files).astype(np.float64) for f in (of, self.file[~is_human]))
        return wins, humans, outputs


def cross_validate(files: Mapping[str, tuple[FloatArray, FloatArray]], *, seed: int = 0) -> DiscriminatorScores | None:
    """Cross-validated scores, folds by file, of features (rows, columns) of each file's (human, output).

    None without scikit-learn, or with fewer than MIN_FILES files or MIN_ROWS rows of humans.
    """
    filled = {name: pair for name, pair in files.items() if len(pair[0])}
    rows = sum(len(human) for human, _ in filled.values())
    if len(filled) < MIN_FILES or rows < MIN_ROWS or not available():
        return None
    features, is_human, file = _gather(list(filled.values()), np.random.default_rng(seed))
    return DiscriminatorScores(tuple(filled), _cross_validated(features, is_human, file, seed), is_human, file)


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


def _cross_validated(features: FloatArray, is_human: FloatArray, file: IntArray, seed: int) -> FloatArray:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import GroupKFold
    from threadpoolctl import threadpool_limits

    score = np.zeros(len(is_human))
    folds: Any = GroupKFold(min(FOLDS, len(np.unique(file))))
    with threadpool_limits(1):  # boosted trees spin badly when another job shares the processor
        for train, test in folds.split(features, is_human, file):
            model = HistGradientBoostingClassifier(max_iter=80, max_leaf_nodes=15, random_state=seed)
            score[test] = _probability(model.fit(features[train], is_human[train]), features[test])
    return score


def _probability(model: Any, features: FloatArray) -> NDArray[np.float64]:
    return np.asarray(model.predict_proba(features)[:, 1], dtype=np.float64)
