"""Gradient boosting on the very features that the model reads: what a transformer must beat to be worth its weights."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from duv_studio.engine.features.note_features import FLOAT_FEATURES, INDEX_SIZES, NoteTable, features
from duv_studio.engine.features.part_merging import merge_tables
from duv_studio.engine.humanizer.prediction_request import parts_of
from duv_studio.engine.midi.song import FloatArray, IntArray, Song
from duv_studio.engine.model.prediction import Prediction, TrackPrediction
from duv_studio.engine.music.ensemble import groups
from duv_studio.engine.music.selection import select
from duv_studio.engine.music.settings import Settings
from duv_studio.training.data.played_track import PlayedTrack

MAX_NOTES = 150_000  # training notes, drawn from all songs
MIN_TRAINING_NOTES = 500  # notes; fewer teach nothing
NEIGHBOURS = (-2, -1, 1, 2)
VALIDATION_SHARE = 0.15  # share of the songs that say when to stop, and how far from the truth the trees stay
FEW_SONGS = 50  # so few are needed for teaching as well, once they have said when to stop
FEW_NOTES = 50_000
MOST_TREES, FEW_TREES, PATIENCE = 400, 200, 15
SPREADS = (0.5, 1.5)
TAIL_SHARE = 0.02  # share of a distribution that reaches twice as far as what was seen
MIN_RESIDUALS = 20  # held-back notes of a group; fewer are no distribution
GROUPS = 10  # of notes by their predicted value, each with its own distribution of what was missed
INDICES = ("beat", "beat_frac", "pitch", "meter")
OF_NEIGHBOURS = ("register", "dur_beats", "prev_ioi", "next_ioi", "chord_size", "is_top", "chord_rank")
_PITCH = len(FLOAT_FEATURES) + INDICES.index("pitch")

Matrix = NDArray[np.float32]


def available() -> bool:
    """Whether scikit-learn is installed."""
    return find_spec("sklearn") is not None


@dataclass(frozen=True)
class BoostedTrees:
    """Trees for one target: the expected value of a note, and how the truth lies around it.

    `missed[g]` holds, sorted, what held-back notes of group g missed by; a note's group goes by its expected value.
    `spread` is a factor on how far: all songs together miss by more than any one of them around its own mean.
    """

    trees: Any
    group_edges: FloatArray  # (GROUPS - 1,)
    residuals: tuple[FloatArray, ...]
    spread: float

    def expect(self, rows: Matrix) -> FloatArray:
        """Expected values (n,) of notes with the given features (n, columns)."""
        return np.asarray(self.trees.predict(rows), dtype=np.float64)

    def cdf(self, expected: FloatArray, edges: NDArray[np.float32]) -> NDArray[np.float32]:
        """P(value <= edges[b + 1]) in row i, column b, (n, bins), the last column 1."""
        group = np.searchsorted(self.group_edges, expected)
        above = edges[None, 1:] - expected[:, None]
        result = np.empty(above.shape, dtype=np.float32)
        for number, residuals in enumerate(self.residuals):
            of_group = group == number
            seen = np.searchsorted(residuals, above[of_group], side="right") / len(residuals)
            farther = ndtr(above[of_group] / max(2 * float(residuals.std()), 1e-6))
            result[of_group] = seen + TAIL_SHARE * (farther - seen)
        result[:, -1] = 1
        return result


@dataclass(frozen=True)
class BoostingBaseline:
    """What gradient boosting learned of one family: velocity, and length where it is known of players."""

    velocity: BoostedTrees  # MIDI units from the track's mean
    length: BoostedTrees | None  # log2 of held over written length

    def expect(self, song: Song) -> dict[int, tuple[FloatArray, FloatArray]]:
        """Expected velocity deviation and log2 length ratio of every note of every track, both (n,)."""
        expected: dict[int, tuple[FloatArray, FloatArray]] = {}
        for index, (notes, rows) in song_features(song).items():
            velocity, length = np.zeros((2, len(song.tracks[index].notes)))
            velocity[notes] = self.velocity.expect(rows)
            if self.length is not None:
                length[notes] = self.length.expect(rows)
            expected[index] = velocity, length
        return expected

    def predict(self, song: Song, like: Prediction) -> Prediction:
        """Distributions of the notes of `like`, on its edges and with its kernels: to be drawn from as ours are."""
        read = song_features(song)
        return {index: self._predict(of_track, *read[index]) for index, of_track in like.items()}

    def _predict(self, like: TrackPrediction, notes: IntArray, rows: Matrix) -> TrackPrediction:
        rows = rows[np.searchsorted(notes, like.notes)]
        velocity = self.velocity.cdf(self.velocity.expect(rows), like.velocity_edges)
        plain = replace(like, velocity_cdf=velocity, velocity_spread=self.velocity.spread)
        if self.length is None:
            return plain
        length = self.length.cdf(self.length.expect(rows), like.duration_edges)
        return replace(plain, duration_cdf=length, duration_spread=self.length.spread)


def fit_boosting(tracks: Iterable[PlayedTrack], seed: int = 0) -> BoostingBaseline | None:
    """Trees from training tracks of one family; None when there are too few notes or there is no scikit-learn.

    Lengths are those of keys; how long notes sound where no key's length is known of any track.
    """
    training = list(tracks)
    total = sum(len(track) for track in training)
    if total < MIN_TRAINING_NOTES or not available():
        return None
    rng = np.random.default_rng(seed)
    keys = any(np.isfinite(track.played_duration).any() for track in training)
    parts = [_training_rows(track, rng.random(len(track)) < MAX_NOTES / total, keys) for track in training]
    rows = np.concatenate([part[0] for part in parts])
    velocity, length = (np.concatenate([part[k] for part in parts]) for k in (1, 2))
    names = {name: number for number, name in enumerate(dict.fromkeys(track.song for track in training))}
    song = np.repeat([names[track.song] for track in training], [len(part[0]) for part in parts])
    known = np.isfinite(length)
    with _one_thread():
        fitted = _fit_trees(rows, velocity, song, rng)
        if fitted is None:
            return None
        return BoostingBaseline(
            fitted, _fit_trees(rows[known], length[known], song[known], rng) if known.any() else None
        )


def _one_thread() -> AbstractContextManager[object]:
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(1)  # trees spin badly beside another job
    return limits


def _training_rows(track: PlayedTrack, chosen: NDArray[np.bool_], keys: bool) -> tuple[Matrix, FloatArray, FloatArray]:
    """Features of chosen notes of the track as sequenced flat, and how they were played: keys held, or sounding."""
    level = np.clip(np.round(np.median(track.velocity)), 1, 127)
    rows = feature_rows(track.table(np.full(len(track), level)))
    ratio = np.log2((track.played_duration if keys else track.sustained_duration) / track.duration)
    return rows[chosen], (track.velocity - track.velocity.mean())[chosen], ratio[chosen]


def song_features(song: Song) -> dict[int, tuple[IntArray, Matrix]]:
    """The notes of each track that the model reads, (n,), and their features: parts of one instrument together."""
    settings = Settings()
    selection = select(song, settings)
    read: dict[int, tuple[IntArray, Matrix]] = {}
    for group in groups(song):
        parts = parts_of(song, group, selection, settings)
        merged, places = merge_tables([part.table for part in parts])
        rows = feature_rows(merged)
        read |= {p.track.index: (np.flatnonzero(p.keep), rows[at]) for p, at in zip(parts, places, strict=True)}
    return read


def feature_rows(table: NoteTable) -> Matrix:
    """What trees read of each note, (n, columns): the model's features, and some of those of the notes around it."""
    read = features(table)
    indices = read.indices[:, [list(INDEX_SIZES).index(name) for name in INDICES]].astype(np.float32)
    indices[:, INDICES.index("pitch")] = table.pitch
    shared = np.concatenate([read.floats[:, [FLOAT_FEATURES.index(x) for x in OF_NEIGHBOURS]], indices[:, 2:3]], axis=1)
    places = np.arange(len(table))
    columns = [read.floats, indices]
    for step in NEIGHBOURS:
        at = np.clip(places + step, 0, len(places) - 1)
        columns += [shared[at], (table.onset[at] - table.onset)[:, None].astype(np.float32)]
    return np.concatenate(columns, axis=1)


def _fit_trees(rows: Matrix, target: FloatArray, song: IntArray, rng: np.random.Generator) -> BoostedTrees | None:
    """Trees that stop where songs held back are met best; None when there is but one song."""
    songs = np.unique(song)
    if len(songs) < 2:
        return None
    back = np.isin(song, rng.permutation(songs)[: max(1, round(VALIDATION_SHARE * len(songs)))])
    many = len(rows) >= FEW_NOTES
    trees = _regressor(many).fit(rows[~back], target[~back], X_val=rows[back], y_val=target[back])
    expected = np.asarray(trees.predict(rows[back]), dtype=np.float64)
    if len(songs) < FEW_SONGS:
        trees = _regressor(many, trees.n_iter_).fit(rows, target)
    residuals = target[back] - expected
    edges = np.unique(np.quantile(expected, np.arange(1, GROUPS) / GROUPS))
    group = np.searchsorted(edges, expected)
    by_group = (np.sort(residuals[group == g]) for g in range(len(edges) + 1))
    every = np.sort(residuals)
    sorted_misses = tuple(m if len(m) >= MIN_RESIDUALS else every for m in by_group)
    return BoostedTrees(trees, edges, sorted_misses, fit_spread(expected, residuals, song[back]))


def fit_spread(expected: FloatArray, residuals: FloatArray, song: IntArray) -> float:
    """The factor on all misses with which songs come out, at the median, as uneven as they are."""
    factors = []
    for number in np.unique(song):
        own = song == number
        wanted = float(np.var(expected[own] + residuals[own]) - np.var(expected[own]))
        factors.append(max(wanted, 0.0) / max(float(np.var(residuals)), 1e-9))
    return float(np.clip(np.sqrt(np.median(factors)), *SPREADS))


def _regressor(many: bool, trees: int | None = None) -> Any:
    """Trees to grow until the songs held back are met no better, or as many as are asked for."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(
        max_iter=trees or (MOST_TREES if many else FEW_TREES),
        learning_rate=0.12 if many else 0.05,
        max_leaf_nodes=63 if many else 15,
        min_samples_leaf=40,
        l2_regularization=1.0,
        categorical_features=[_PITCH],
        early_stopping=trees is None,
        n_iter_no_change=PATIENCE,
        random_state=0,
    )
