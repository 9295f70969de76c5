"""Plays a file in every way that an evaluation compares: the baselines, and the model at several variations."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from duv_studio.engine.prediction import Prediction
from duv_studio.engine.render import render
from duv_studio.engine.settings import Settings
from duv_studio.engine.song import Song
from duv_studio.training import baselines
from duv_studio.training.boosting import Boosting
from duv_studio.training.piece import Piece, PieceTrack, Played
from duv_studio.training.report import BASELINES, BOOSTED, BOOSTED_DEFAULT, BOOSTED_EXPECTED, DEFAULT, EXPECTED, FULL

Performances = Mapping[str, Sequence[Played]]  # row of the table -> one performance per track of the piece

VARIATIONS = {EXPECTED: 0.0, DEFAULT: 0.5, FULL: 1.0}
BOOSTED_VARIATIONS = {BOOSTED_EXPECTED: 0.0, BOOSTED_DEFAULT: 0.5}


class Predictor(Protocol):
    """What is asked of a humanizer."""

    def predict(self, song: Song, settings: Settings) -> Prediction: ...


@dataclass(frozen=True)
class Performers:
    """Everyone who plays: the baselines, and the model with the settings that it renders with.

    `lookup` and `boosting` are what the split's family taught; None when there was nothing to learn from, and then
    nobody plays it.
    """

    lookup: baselines.Lookup | None
    boosting: Boosting | None
    model: Predictor
    settings: Settings

    def play(self, piece: Piece) -> Performances:
        """All performances of a piece; the same for the same seed, whatever else is played."""
        songs = {id(track.song): track.song for track in piece.tracks}
        predictions = {key: self.model.predict(song, self.settings) for key, song in songs.items()}
        ours = self._drawn(piece, predictions, VARIATIONS)  # the network runs once a song
        return self._baselines(piece) | self._boosted(piece, predictions) | ours

    def _baselines(self, piece: Piece) -> dict[str, list[Played]]:
        ways = zip(BASELINES, (baselines.flat, baselines.jitter, baselines.accent, self.lookup), strict=True)
        return {name: self._every_track(piece, way, name) for name, way in ways if way is not None}

    def _every_track(self, piece: Piece, way: baselines.Baseline, name: str) -> list[Played]:
        rng = np.random.default_rng([self.settings.seed, zlib.crc32(f"{name}/{piece.name}".encode())])
        return [way(track, rng) for track in piece.tracks]

    def _boosted(self, piece: Piece, ours: Mapping[int, Prediction]) -> dict[str, list[Played]]:
        """Gradient boosting as it comes, timid as a mean is, and drawn by the same rules as the model."""
        if self.boosting is None:
            return {}
        predictions = {key: self._as_boosted(piece, key, prediction) for key, prediction in ours.items()}
        plain = [self._expected(track, self.boosting) for track in piece.tracks]
        return {BOOSTED: plain} | self._drawn(piece, predictions, BOOSTED_VARIATIONS)

    def _as_boosted(self, piece: Piece, key: int, ours: Prediction) -> Prediction:
        assert self.boosting is not None
        song = next(track.song for track in piece.tracks if id(track.song) == key)
        return {index: self.boosting.predict(song, song.tracks[index], like) for index, like in ours.items()}

    def _expected(self, track: PieceTrack, boosting: Boosting) -> Played:
        velocity, octaves = boosting.expect(track.song, track.song.tracks[track.index])
        centred = (velocity - velocity.mean())[track.notes]
        return baselines.played(track, track.velocity + centred, octaves[track.notes] * np.log(2))

    def _drawn(
        self, piece: Piece, predictions: Mapping[int, Prediction], variations: Mapping[str, float]
    ) -> dict[str, list[Played]]:
        songs = {id(track.song): track.song for track in piece.tracks}
        ways: dict[str, list[Played]] = {}
        for name, variation in variations.items():
            settings = replace(self.settings, variation=variation)
            rendered = {key: render(song, predictions[key], settings) for key, song in songs.items()}
            ways[name] = [track.read(rendered[id(track.song)][track.index]) for track in piece.tracks]
        return ways
