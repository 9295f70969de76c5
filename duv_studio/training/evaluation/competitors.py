"""Plays a file in every way that an evaluation compares: the baselines, and the model at several variations."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from duv_studio.engine.midi.song import FloatArray, Song
from duv_studio.engine.model.prediction import Prediction
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.blend import render
from duv_studio.training.data.paired_piece import Piece, PieceTrack, Played
from duv_studio.training.evaluation import baselines
from duv_studio.training.evaluation.boosting_baseline import Boosting
from duv_studio.training.evaluation.external_outputs import Outputs
from duv_studio.training.evaluation.human_ceiling import another, mean_of_others
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


class Predictor(Protocol):
    """What is asked of a humanizer."""

    def predict(self, song: Song, settings: Settings) -> Prediction: ...


@dataclass(frozen=True)
class Playing:
    """A piece as everybody plays it: one performance per track of the piece.

    `predictions` hold what the distributions behind a row said of each of the piece's songs, by `id` of the song.
    """

    performances: Mapping[str, Sequence[Played]]
    predictions: Mapping[str, Mapping[int, Prediction]]


class Company(Protocol):
    """Several ways of playing; `settings` give the seed."""

    @property
    def settings(self) -> Settings: ...

    def play(self, piece: Piece) -> Playing: ...


@dataclass(frozen=True)
class Performers:
    """Everyone who plays: the baselines, other humans, the model with its settings, and other humanizers' files.

    `lookup` and `boosting` are what the split's family taught; None when there was nothing to learn from, and then
    nobody plays it.
    """

    lookup: baselines.Lookup | None
    boosting: Boosting | None
    model: Predictor
    settings: Settings
    outputs: Sequence[Outputs] = ()
    pedal: bool = False  # also as if the file held pedal messages: then lengths are those of the keys

    def play(self, piece: Piece) -> Playing:
        """All performances of a piece; the same for the same seed, whatever else is played."""
        ours = {key: self.model.predict(song, self.settings) for key, song in songs_of(piece).items()}
        boosted = self._boosted(piece, ours)
        played = self._baselines(piece) | self._trees(piece) | self._drawn(piece, boosted, BOOSTED_VARIATIONS)
        played |= self._from_outside(piece) | self._drawn(piece, ours, VARIATIONS)
        played |= self._with_pedal(piece) | _humans(piece)
        predictions = {EXPECTED: ours} | ({BOOSTED: boosted} if boosted else {})
        return Playing(played, predictions)

    def _baselines(self, piece: Piece) -> dict[str, list[Played]]:
        ways = zip(BASELINES, (baselines.flat, baselines.jitter, baselines.accent, self.lookup), strict=True)
        return {name: self._every_track(piece, way, name) for name, way in ways if way is not None}

    def _every_track(self, piece: Piece, way: baselines.Baseline, name: str) -> list[Played]:
        rng = np.random.default_rng([self.settings.seed, zlib.crc32(f"{name}/{piece.name}".encode())])
        return [way(track, rng) for track in piece.tracks]

    def _trees(self, piece: Piece) -> dict[str, list[Played]]:
        """Gradient boosting as it comes: timid, as a mean is."""
        if self.boosting is None:
            return {}
        expected = {key: self.boosting.expect(song) for key, song in songs_of(piece).items()}
        return {BOOSTED: [_as_expected(track, *expected[id(track.song)][track.index]) for track in piece.tracks]}

    def _boosted(self, piece: Piece, ours: Mapping[int, Prediction]) -> dict[int, Prediction]:
        """Distributions of gradient boosting, to be drawn from by the same rules as the model's."""
        learned = self.boosting
        if learned is None:
            return {}
        return {key: learned.predict(song, ours[key]) for key, song in songs_of(piece).items()}

    def _drawn(
        self, piece: Piece, predictions: Mapping[int, Prediction], variations: Mapping[str, float]
    ) -> dict[str, list[Played]]:
        if not predictions:
            return {}
        ways: dict[str, list[Played]] = {}
        for name, variation in variations.items():
            settings = replace(self.settings, variation=variation)
            rendered = {key: render(song, predictions[key], settings) for key, song in songs_of(piece).items()}
            ways[name] = [track.read(rendered[id(track.song)][track.index]) for track in piece.tracks]
        return ways

    def _with_pedal(self, piece: Piece) -> dict[str, list[Played]]:
        """The expected performance of the same file, had it pedal messages."""
        if not self.pedal:
            return {}
        settings = replace(self.settings, variation=0.0)
        told = {key: _pedalled(song) for key, song in songs_of(piece).items()}
        rendered = {key: render(song, self.model.predict(song, settings), settings) for key, song in told.items()}
        return {PEDAL: [track.read(rendered[id(track.song)][track.index]) for track in piece.tracks]}

    def _from_outside(self, piece: Piece) -> dict[str, list[Played]]:
        played = {outputs.name: outputs.of(piece) for outputs in self.outputs}
        return {name: of_piece for name, of_piece in played.items() if of_piece is not None}


def songs_of(piece: Piece) -> dict[int, Song]:
    """The deadpan files that a piece's tracks are in, by `id`."""
    return {id(track.song): track.song for track in piece.tracks}


def _pedalled(song: Song) -> Song:
    return replace(song, tracks=tuple(replace(track, pedal=True) for track in song.tracks))


def _as_expected(track: PieceTrack, velocity: FloatArray, octaves: FloatArray) -> Played:
    centred = (velocity - velocity.mean())[track.notes]
    return baselines.played(track, track.velocity + centred, octaves[track.notes] * np.log(2))


def _humans(piece: Piece) -> dict[str, list[Played]]:
    if not any(track.others for track in piece.tracks):
        return {}
    return {ANOTHER: [another(t) for t in piece.tracks], OTHERS: [mean_of_others(t) for t in piece.tracks]}
