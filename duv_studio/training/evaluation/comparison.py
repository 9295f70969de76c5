"""Plays held-out files in every way that is compared, and measures each against the human."""

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
from duv_studio.training.evaluation.baseline_training import Lessons
from duv_studio.training.evaluation.competitors import VARIATIONS, Company, Playing, Predictor, songs_of
from duv_studio.training.evaluation.coverage import calibration
from duv_studio.training.evaluation.discriminator import KINDS, features_of, rate
from duv_studio.training.evaluation.external_outputs import Outputs
from duv_studio.training.evaluation.file_safety import check_files
from duv_studio.training.evaluation.metrics import (
    Metrics,
    file_metrics,
    mean_of,
    player_contrasts,
    scored_tracks,
    without_fitted,
)
from duv_studio.training.evaluation.motion_metrics import LENGTHS_TAKEN
from duv_studio.training.evaluation.pooled_metrics import deviation_shares, histograms
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

SAFETY_FILES = 8  # of a split; they are written and read back
UNTOLD = (BOOSTED, BOOSTED_EXPECTED, PEDAL)  # no classifier's time is spent on them
PASSAGE, PASSAGE_NOTES = 16.0, 12  # quarters, and how many notes are worth a picture

Progress = Callable[[str, int, int], None]  # split, files done, files in all
_FilePair = tuple[FloatArray, FloatArray]  # of one file's human and output


@dataclass
class _Heard:
    """What was measured of one way of playing, file by file."""

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
    outputs: Sequence[Outputs] = (),
    sets: Sequence[str] | None = None,
) -> Iterator[SplitResult]:
    """One result per split; the training part of `tracks` teaches the baselines that learn.

    They learn from `sets` alone, so that they know what the model knows; None: from all. Without `classify` there is no
    AUC, which takes most of the time. `outputs` are other humanizers' files of the splits that are folders of pairs.
    """
    lessons = Lessons(tracks, sets)
    for split in splits:
        yield compare_split(split, lessons.performers(split, model, settings, outputs), progress, classify)


def compare_split(
    split: EvaluationSplit, performers: Company, progress: Progress, classify: bool = True
) -> SplitResult:
    """Every way of playing the split's files, one row each."""
    heard: dict[str, _Heard] = defaultdict(_Heard)
    written: list[tuple[Song, Prediction]] = []
    passages: list[Passage] = []
    closely = {piece.name for piece in spread(split.pieces, SAFETY_FILES)}
    for done, piece in enumerate(split.pieces):
        progress(split.name, done, len(split.pieces))
        playing = performers.play(piece)
        for name, performance in playing.performances.items():
            told = classify and piece.name in split.judges and name not in UNTOLD
            _listen(heard[name], piece, performance, told)
        _add_calibration(heard, piece, playing)
        passages.append(passage(piece, playing.performances))
        if piece.name in closely:
            ours = playing.predictions[EXPECTED]
            written += [(song, ours[key]) for key, song in songs_of(piece).items()]
    progress(split.name, len(split.pieces), len(split.pieces))
    rows = (_row(name, of_row, split, performers.settings.seed) for name, of_row in heard.items())
    return SplitResult(
        name=split.name,
        family=split.family,
        gated=split.gated,
        rows=(_player(split), *rows),
        free=split.free,
        judges=len(split.judges),
        passages=tuple(passages),
        safety=check_files(written, replace(performers.settings, variation=VARIATIONS[DEFAULT])),
        corpus=split.corpus,
    )


def _listen(heard: _Heard, piece: Piece, performance: Sequence[Played], classify: bool) -> None:
    scored = scored_tracks(piece, performance)
    if not scored:
        return
    players = [(track, track.human) for track, _ in scored]
    heard.files[piece.name] = file_metrics(piece, performance)
    heard.notes += sum(len(track) for track, _ in scored)
    heard.shares[piece.name] = (deviation_shares([p for _, p in players]), deviation_shares([p for _, p in scored]))
    for kind in KINDS if classify else ():
        if kind != "auc_both" or (_lengths_taken(players) and _lengths_taken(scored, least=0)):
            heard.features[kind][piece.name] = (features_of(players, kind), features_of(scored, kind))


def _lengths_taken(played: Sequence[tuple[PieceTrack, Played]], least: float = LENGTHS_TAKEN) -> bool:
    """Whether the lengths of all notes are known, and differ from the written ones."""
    lengths = np.concatenate([of_track.log_ratio for _, of_track in played])
    return bool(np.isfinite(lengths).all() and np.std(lengths) >= least)


def _add_calibration(heard: Mapping[str, _Heard], piece: Piece, playing: Playing) -> None:
    for name, predictions in playing.predictions.items():
        of_tracks = [(t, predictions[id(t.song)]) for t in piece.tracks if t.index in predictions[id(t.song)]]
        measured = mean_of([calibration(track, prediction[track.index]) for track, prediction in of_tracks])
        if piece.name in heard[name].files:
            heard[name].files[piece.name] = {**heard[name].files[piece.name], **measured}


def _player(split: EvaluationSplit) -> Row:
    """The human: nothing to be judged, but what the contrasts of the others are to be like."""
    files = {piece.name: player_contrasts(piece) for piece in split.pieces}
    return Row(PLAYER, files, sum(piece.note_count for piece in split.pieces))


def _row(name: str, heard: _Heard, split: EvaluationSplit, seed: int) -> Row:
    ratings = {kind: rate(features, seed=seed) for kind, features in heard.features.items()}
    pooled: dict[str, Pooled] = {kind: rating for kind, rating in ratings.items() if rating is not None}
    pooled |= histograms({file: shares for file, shares in heard.shares.items() if file in split.judges})
    files = {file: m if file in split.judges else without_fitted(m) for file, m in heard.files.items()}
    return Row(name, files, heard.notes, pooled)


def passage(piece: Piece, performances: Mapping[str, Sequence[Played]]) -> Passage:
    """PASSAGE quarters of the longest track of a piece, those in which the player is as uneven as in all of it."""
    number = max(range(len(piece.tracks)), key=lambda k: len(piece.tracks[k]))
    track = piece.tracks[number]
    begins = np.arange(track.onset[0] // 4 * 4, track.onset[-1] + 1, 4.0)  # one at least, if all is one chord
    windows = [(track.onset >= begin) & (track.onset < begin + PASSAGE) for begin in begins]
    begin, shown = min(zip(begins, windows, strict=True), key=lambda found: _untypical(track.human.velocity, found[1]))
    lanes = {name: played[number].velocity[shown] for name, played in performances.items()}
    return Passage(piece.name, track.onset[shown] - begin, {PLAYER: track.human.velocity[shown], **lanes})


def _untypical(velocity: FloatArray, shown: NDArray[np.bool_]) -> float:
    if shown.sum() < PASSAGE_NOTES:
        return float("inf")
    return abs(float(np.std(velocity[shown])) - float(np.std(velocity)))
