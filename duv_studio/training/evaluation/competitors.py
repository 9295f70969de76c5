"""Everyone an evaluation compares: baselines fitted per split, other players, the model, other humanizers' files."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from duv_studio.engine.midi.song import Family, FloatArray, Song
from duv_studio.engine.model.prediction import Prediction
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.blend import render
from duv_studio.training.data.deadpan import deadpan_track
from duv_studio.training.data.evaluation_splits import EvaluationSplit, training_tracks, within
from duv_studio.training.data.paired_piece import Piece, PieceTrack, Played
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.evaluation import baselines
from duv_studio.training.evaluation.baselines import LookupTable, fit_lookup
from duv_studio.training.evaluation.boosting_baseline import BoostingBaseline, fit_boosting
from duv_studio.training.evaluation.external_outputs import ExternalOutputs
from duv_studio.training.evaluation.results import (
    ANOTHER,
    BASELINES,
    BOOSTED,
    BOOSTED_DEFAULT,
    BOOSTED_EXPECTED,
    DEFAULT,
    EXPECTED,
    FULL,
    OTHERS,
    PEDAL,
)

VARIATIONS = {EXPECTED: 0.0, DEFAULT: 0.5, FULL: 1.0}
BOOSTED_VARIATIONS = {BOOSTED_EXPECTED: 0.0, BOOSTED_DEFAULT: 0.5}
LOOKUP_NOTES = 300_000  # the table of means gains nothing from more
PEDALLED = ("asap_NC",)  # pianists release keys while the pedal sustains, as in every folder of pairs
MIN_OTHERS = 3  # players, for a mean of them


class Predictor(Protocol):
    """A humanizer: distributions of velocity and length for the notes of a song."""

    def predict(self, song: Song, settings: Settings) -> Prediction: ...


@dataclass(frozen=True)
class PiecePerformances:
    """A piece as every competitor plays it: by row name, one performance per track of the piece.

    `predictions` are the distributions that some rows are drawn from, by row name and by `id` of the song.
    """

    performances: Mapping[str, Sequence[Played]]
    predictions: Mapping[str, Mapping[int, Prediction]]


class Competitors(Protocol):
    """Several ways to play a piece; `settings` give the seed."""

    @property
    def settings(self) -> Settings: ...

    def play(self, piece: Piece) -> PiecePerformances: ...


@dataclass(frozen=True)
class StandardCompetitors:
    """The baselines, other humans, the model with its settings, and other humanizers' files.

    `lookup` and `boosting` are fitted to the split's family; None, and no row, where there was nothing to fit to.
    """

    lookup: baselines.LookupTable | None
    boosting: BoostingBaseline | None
    model: Predictor
    settings: Settings
    outputs: Sequence[ExternalOutputs] = ()
    pedal: bool = False  # also play as if the file held pedal messages: lengths are then those of the keys

    def play(self, piece: Piece) -> PiecePerformances:
        """All performances of a piece; the same for the same seed, whatever other pieces are played."""
        ours = {key: self.model.predict(song, self.settings) for key, song in songs_of(piece).items()}
        boosted = self._boosted(piece, ours)
        played = self._baselines(piece) | self._trees(piece) | self._drawn(piece, boosted, BOOSTED_VARIATIONS)
        played |= self._external(piece) | self._drawn(piece, ours, VARIATIONS)
        played |= self._with_pedal(piece) | _humans(piece)
        predictions = {EXPECTED: ours} | ({BOOSTED: boosted} if boosted else {})
        return PiecePerformances(played, predictions)

    def _baselines(self, piece: Piece) -> dict[str, list[Played]]:
        named = zip(BASELINES, (baselines.flat, baselines.jitter, baselines.accent, self.lookup), strict=True)
        seed = self.settings.seed
        return {name: baselines.play(baseline, piece, name, seed) for name, baseline in named if baseline is not None}

    def _trees(self, piece: Piece) -> dict[str, list[Played]]:
        """Expected values of gradient boosting: less spread than playing has, as every mean."""
        if self.boosting is None:
            return {}
        expected = {key: self.boosting.expect(song) for key, song in songs_of(piece).items()}
        return {BOOSTED: [_as_expected(track, *expected[id(track.song)][track.index]) for track in piece.tracks]}

    def _boosted(self, piece: Piece, ours: Mapping[int, Prediction]) -> dict[int, Prediction]:
        """Distributions of gradient boosting, drawn from by the same rules as the model's."""
        if self.boosting is None:
            return {}
        return {key: self.boosting.predict(song, ours[key]) for key, song in songs_of(piece).items()}

    def _drawn(
        self, piece: Piece, predictions: Mapping[int, Prediction], variations: Mapping[str, float]
    ) -> dict[str, list[Played]]:
        if not predictions:
            return {}
        return {
            name: rendered(piece, predictions, replace(self.settings, variation=variation))
            for name, variation in variations.items()
        }

    def _with_pedal(self, piece: Piece) -> dict[str, list[Played]]:
        """The expected performance of the same file if it held pedal messages."""
        if not self.pedal:
            return {}
        settings = replace(self.settings, variation=0.0)
        songs = {key: _pedalled(song) for key, song in songs_of(piece).items()}
        performances = {key: render(song, self.model.predict(song, settings), settings) for key, song in songs.items()}
        return {PEDAL: [track.read(performances[id(track.song)][track.index]) for track in piece.tracks]}

    def _external(self, piece: Piece) -> dict[str, list[Played]]:
        played = {outputs.name: outputs.of(piece) for outputs in self.outputs}
        return {name: of_piece for name, of_piece in played.items() if of_piece is not None}


def songs_of(piece: Piece) -> dict[int, Song]:
    """The deadpan files that a piece's tracks are in, by `id`."""
    return {id(track.song): track.song for track in piece.tracks}


def rendered(piece: Piece, predictions: Mapping[int, Prediction], settings: Settings) -> list[Played]:
    """One performance per track of the piece, drawn from the predictions of its songs (by `id`)."""
    performances = {key: render(song, predictions[key], settings) for key, song in songs_of(piece).items()}
    return [track.read(performances[id(track.song)][track.index]) for track in piece.tracks]


def _pedalled(song: Song) -> Song:
    return replace(song, tracks=tuple(replace(track, pedal=True) for track in song.tracks))


def _as_expected(track: PieceTrack, velocity: FloatArray, octaves: FloatArray) -> Played:
    centred = (velocity - velocity.mean())[track.notes]
    return baselines.played(track, track.velocity + centred, octaves[track.notes] * np.log(2))


def _humans(piece: Piece) -> dict[str, list[Played]]:
    if not any(track.others for track in piece.tracks):
        return {}
    return {
        ANOTHER: [another_player(t) for t in piece.tracks],
        OTHERS: [mean_of_other_players(t) for t in piece.tracks],
    }


def another_player(track: PieceTrack) -> Played:
    """One other player of the composition: nan (n,) where there is none."""
    return track.others[0] if track.others else _not_played(track)


def mean_of_other_players(track: PieceTrack) -> Played:
    """The mean of all other players, note by note; nan where fewer than MIN_OTHERS played it."""
    if len(track.others) < MIN_OTHERS:
        return _not_played(track)
    velocity = np.stack([other.velocity for other in track.others])
    log_ratio = np.stack([other.log_ratio for other in track.others])
    enough = np.isfinite(velocity).sum(axis=0) >= MIN_OTHERS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the mean of an empty slice is nan, as wanted
        means = np.nanmean(velocity, axis=0), np.nanmean(log_ratio, axis=0)
    return Played(np.where(enough, np.round(means[0]), np.nan), np.where(enough, means[1], np.nan))


def _not_played(track: PieceTrack) -> Played:
    return Played(np.full(len(track), np.nan), np.full(len(track), np.nan))


class FittedBaselines:
    """Baselines fitted to the training tracks of each split; splits with the same training tracks share them."""

    def __init__(self, tracks: Sequence[PlayedTrack], sets: Sequence[str] | None) -> None:
        self.tracks, self.sets = tracks, sets
        self._fitted: dict[tuple[int, ...], tuple[LookupTable | None, BoostingBaseline | None]] = {}

    def competitors(
        self, split: EvaluationSplit, model: Predictor, settings: Settings, outputs: Sequence[ExternalOutputs]
    ) -> StandardCompetitors:
        """Everyone who plays the split."""
        training = training_tracks(self.tracks, split, self.sets)
        key = tuple(id(track) for track in training)
        if key not in self._fitted:
            sample = within(training, LOOKUP_NOTES)
            lookup = fit_lookup(deadpan_track(track) for track in sample) if sample else None
            self._fitted[key] = lookup, fit_boosting(training)
        lookup, boosting = self._fitted[key]
        return StandardCompetitors(
            lookup,
            boosting,
            model,
            settings,
            outputs=outputs if split.corpus is None else (),
            pedal=split.family is Family.PIANO and not split.free and split.corpus in (None, *PEDALLED),
        )
