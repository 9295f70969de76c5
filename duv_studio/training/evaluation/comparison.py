"""Plays held-out files as every competitor does, and measures each performance against the human's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import FloatArray, Song
from duv_studio.engine.model.prediction import Prediction
from duv_studio.engine.music.settings import Settings
from duv_studio.training.data.evaluation_splits import EvaluationSplit, spread
from duv_studio.training.data.paired_piece import Piece, PieceTrack, Played
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.evaluation.competitors import (
    VARIATIONS,
    Competitors,
    FittedBaselines,
    PiecePerformances,
    Predictor,
    songs_of,
)
from duv_studio.training.evaluation.coverage import calibration
from duv_studio.training.evaluation.discriminator import KINDS, cross_validate, features_of
from duv_studio.training.evaluation.dynamics_metrics import LENGTHS_TAKEN
from duv_studio.training.evaluation.external_outputs import ExternalOutputs
from duv_studio.training.evaluation.file_safety import check_files
from duv_studio.training.evaluation.metrics import (
    Metrics,
    deviation_shares,
    file_metrics,
    histograms,
    mean_of,
    player_movements,
    scored_tracks,
    without_fitted,
)
from duv_studio.training.evaluation.parts import parts_of
from duv_studio.training.evaluation.results import (
    BOOSTED,
    BOOSTED_EXPECTED,
    DEFAULT,
    EXPECTED,
    PEDAL,
    PLAYER,
    Passage,
    Pooled,
    Row,
    SplitResult,
)

SAFETY_FILES = 8  # of a split, written and read back
NOT_CLASSIFIED = (BOOSTED, BOOSTED_EXPECTED, PEDAL)  # classifiers take long, and these rows need none
PASSAGE, PASSAGE_NOTES = 16.0, 12  # quarters, and the fewest notes of a picture

Progress = Callable[[str, int, int], None]  # split, files done, files in all
_FilePair = tuple[FloatArray, FloatArray]  # of one file's human and output


@dataclass
class _Measured:
    """The measurements of one row, file by file."""

    files: dict[str, Metrics] = field(default_factory=dict)
    notes: int = 0
    features: dict[str, dict[str, _FilePair]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    shares: dict[str, _FilePair] = field(default_factory=dict)


def compare(
    model: Predictor,
    settings: Settings,
    splits: Sequence[EvaluationSplit],
    tracks: Sequence[PlayedTrack] = (),
    progress: Progress = lambda name, done, total: None,
    classify: bool = True,
    *,
    outputs: Sequence[ExternalOutputs] = (),
    sets: Sequence[str] | None = None,
) -> Iterator[SplitResult]:
    """One result per split; baselines are fitted to the training part of `tracks`.

    They are fitted to `sets` alone, so that they know what the model knows; None: to all. Without `classify` there is
    no AUC, which takes most of the time. `outputs` are other humanizers' files, for the splits that are folders of
    pairs.
    """
    fitted = FittedBaselines(tracks, sets)
    for split in splits:
        yield compare_split(split, fitted.competitors(split, model, settings, outputs), progress, classify)


def compare_split(
    split: EvaluationSplit, competitors: Competitors, progress: Progress, classify: bool = True
) -> SplitResult:
    """The split's files as every competitor plays them, one row each."""
    measured: dict[str, _Measured] = defaultdict(_Measured)
    written: list[tuple[Song, Prediction]] = []
    passages: list[Passage] = []
    read_back = {piece.name for piece in spread(split.pieces, SAFETY_FILES)}
    for done, piece in enumerate(split.pieces):
        progress(split.name, done, len(split.pieces))
        played = competitors.play(piece)
        for name, performance in played.performances.items():
            classified = classify and piece.name in split.judges and name not in NOT_CLASSIFIED
            _measure(measured[name], piece, performance, classified)
        _add_calibration(measured, piece, played)
        passages.append(passage(piece, played.performances))
        if piece.name in read_back:
            ours = played.predictions[EXPECTED]
            written += [(song, ours[key]) for key, song in songs_of(piece).items()]
    progress(split.name, len(split.pieces), len(split.pieces))
    rows = (_row(name, of_row, split, competitors.settings.seed) for name, of_row in measured.items())
    return SplitResult(
        name=split.name,
        family=split.family,
        gated=split.gated,
        rows=(_human_row(split), *rows),
        free=split.free,
        judges=len(split.judges),
        passages=tuple(passages),
        safety=check_files(written, replace(competitors.settings, variation=VARIATIONS[DEFAULT])),
        corpus=split.corpus,
        all_calibrate=split.all_calibrate,
        parts=parts_of(split),
    )


def _measure(measured: _Measured, piece: Piece, performance: Sequence[Played], classify: bool) -> None:
    scored = scored_tracks(piece, performance)
    if not scored:
        return
    players = [(track, track.human) for track, _ in scored]
    measured.files[piece.name] = file_metrics(piece, performance)
    measured.notes += sum(len(track) for track, _ in scored)
    measured.shares[piece.name] = (deviation_shares([p for _, p in players]), deviation_shares([p for _, p in scored]))
    for kind in KINDS if classify else ():
        if kind != "auc_both" or (_lengths_taken(players) and _lengths_taken(scored, least=0)):
            measured.features[kind][piece.name] = (features_of(players, kind), features_of(scored, kind))


def _lengths_taken(played: Sequence[tuple[PieceTrack, Played]], least: float = LENGTHS_TAKEN) -> bool:
    """Whether the lengths of all notes are known, and differ from the written ones."""
    lengths = np.concatenate([of_track.log_ratio for _, of_track in played])
    return bool(np.isfinite(lengths).all() and np.std(lengths) >= least)


def _add_calibration(measured: Mapping[str, _Measured], piece: Piece, played: PiecePerformances) -> None:
    for name, predictions in played.predictions.items():
        of_tracks = [(t, predictions[id(t.song)]) for t in piece.tracks if t.index in predictions[id(t.song)]]
        metrics = mean_of([calibration(track, prediction[track.index]) for track, prediction in of_tracks])
        if piece.name in measured[name].files:
            measured[name].files[piece.name] = {**measured[name].files[piece.name], **metrics}


def _human_row(split: EvaluationSplit) -> Row:
    """The human's contrasts and lines, which those of the other rows are read beside, of the same files."""
    found = {piece.name: player_movements(piece) for piece in split.pieces}
    files = {file: m if file in split.judges else without_fitted(m) for file, m in found.items()}
    return Row(PLAYER, files, sum(piece.note_count for piece in split.pieces))


def _row(name: str, measured: _Measured, split: EvaluationSplit, seed: int) -> Row:
    ratings = {kind: cross_validate(features, seed=seed) for kind, features in measured.features.items()}
    pooled: dict[str, Pooled] = {kind: rating for kind, rating in ratings.items() if rating is not None}
    pooled |= histograms({file: shares for file, shares in measured.shares.items() if file in split.judges})
    files = {file: m if file in split.judges else without_fitted(m) for file, m in measured.files.items()}
    return Row(name, files, measured.notes, pooled)


def passage(piece: Piece, performances: Mapping[str, Sequence[Played]]) -> Passage:
    """PASSAGE quarters of the longest track of a piece, those whose spread is most like that of the whole track."""
    number = max(range(len(piece.tracks)), key=lambda k: len(piece.tracks[k]))
    track = piece.tracks[number]
    begins = np.arange(track.onset[0] // 4 * 4, track.onset[-1] + 1, 4.0)  # at least one, even for a single chord
    windows = [(track.onset >= begin) & (track.onset < begin + PASSAGE) for begin in begins]
    begin, shown = min(zip(begins, windows, strict=True), key=lambda found: _untypical(track.human.velocity, found[1]))
    lanes = {name: played[number].velocity[shown] for name, played in performances.items()}
    return Passage(piece.name, track.onset[shown] - begin, {PLAYER: track.human.velocity[shown], **lanes})


def _untypical(velocity: FloatArray, shown: NDArray[np.bool_]) -> float:
    if shown.sum() < PASSAGE_NOTES:
        return float("inf")
    return abs(float(np.std(velocity[shown])) - float(np.std(velocity)))
