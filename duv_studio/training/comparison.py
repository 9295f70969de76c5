"""Plays held-out files in every way that is compared, and measures each against the human."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from duv_studio.engine.settings import Settings
from duv_studio.engine.song import FloatArray
from duv_studio.training.baselines import learn_lookup
from duv_studio.training.boosting import learn_boosting
from duv_studio.training.deadpan import deadpan_track
from duv_studio.training.dev_split import Split, training_tracks
from duv_studio.training.discriminator import human_auc, piece_features
from duv_studio.training.metrics import MIN_NOTES, Metrics, file_metrics
from duv_studio.training.performers import Performers, Predictor
from duv_studio.training.piece import Piece, Played
from duv_studio.training.played import PlayedTrack
from duv_studio.training.report import Row, SplitResult

Progress = Callable[[str, int, int], None]  # split, files done, files in all
_FilePair = tuple[FloatArray, FloatArray]  # features of one file's human and output


def compare(
    model: Predictor,
    settings: Settings,
    splits: Sequence[Split],
    tracks: Sequence[PlayedTrack] = (),
    progress: Progress = lambda name, done, total: None,
    classify: bool = True,
) -> Iterator[SplitResult]:
    """One result per split; the training part of `tracks` teaches the baselines that learn.

    Without `classify` there is no AUC, which takes most of the time.
    """
    for split in splits:
        lessons = training_tracks(tracks, split)
        lookup = learn_lookup(deadpan_track(track) for track in lessons) if lessons else None
        boosting = learn_boosting(lessons)
        yield compare_split(split, Performers(lookup, boosting, model, settings), progress, classify)


def compare_split(split: Split, performers: Performers, progress: Progress, classify: bool = True) -> SplitResult:
    """Every way of playing the split's files, one row each."""
    files: dict[str, dict[str, Metrics]] = defaultdict(dict)
    heard: dict[str, list[_FilePair]] = defaultdict(list)
    touched: dict[str, list[_FilePair]] = defaultdict(list)
    for done, piece in enumerate(split.pieces):
        progress(split.name, done, len(split.pieces))
        for name, performance in performers.play(piece).items():
            files[name][piece.name] = file_metrics(piece, performance)
            if classify:
                heard[name].append(_features(piece, performance, durations=False))
            if classify and _lengths_known(piece):
                touched[name].append(_features(piece, performance, durations=True))
    progress(split.name, len(split.pieces), len(split.pieces))
    seed = performers.settings.seed
    rows = (_row(split, name, files[name], heard[name], touched[name], seed) for name in files)
    return SplitResult(split.name, split.family, split.gated, tuple(rows))


def _row(
    split: Split,
    name: str,
    files: dict[str, Metrics],
    heard: list[_FilePair],
    touched: list[_FilePair],
    seed: int,
) -> Row:
    scored = {file: measures for file, measures in files.items() if measures}
    notes = sum(len(t) for p in split.pieces if p.name in scored for t in p.tracks if len(t) >= MIN_NOTES)
    aucs = {"auc_velocity": human_auc(heard, seed=seed), "auc_both": human_auc(touched, seed=seed)}
    return Row(name, scored, notes, {measure: auc for measure, auc in aucs.items() if np.isfinite(auc)})


def _features(piece: Piece, performance: Sequence[Played], *, durations: bool) -> _FilePair:
    human = [track.human for track in piece.tracks]
    return (
        piece_features(piece, human, durations=durations),
        piece_features(piece, performance, durations=durations),
    )


def _lengths_known(piece: Piece) -> bool:
    return all(np.isfinite(t.human.log_ratio).all() for t in piece.tracks if len(t) >= MIN_NOTES)
