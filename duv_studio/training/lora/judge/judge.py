"""Lets an adapter, its base and the baselines play unseen songs, made deadpan, and measures each against the player."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from duv_studio.engine.adapters.score_rows import ADAPTER, BASE, LOOKUP
from duv_studio.engine.features.feature_groups import TARGETS
from duv_studio.engine.midi.song import Family, FloatArray
from duv_studio.engine.model.prediction import Prediction
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.blend import render
from duv_studio.training.data.deadpan import deadpan_piece
from duv_studio.training.data.evaluation_splits import MIN_NOTES
from duv_studio.training.data.paired_piece import Piece, PieceTrack, Played
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.splits import song_name
from duv_studio.training.evaluation import baselines
from duv_studio.training.evaluation.competitors import Predictor, songs_of
from duv_studio.training.evaluation.confidence import NOT_MEASURED, Estimate
from duv_studio.training.evaluation.coverage import calibration, wanted_lengths
from duv_studio.training.evaluation.dynamics_metrics import LENGTHS_TAKEN
from duv_studio.training.evaluation.metrics import correlation, file_metrics, mean_of, scored_tracks, spread_ratio
from duv_studio.training.evaluation.results import Row, paired_difference

BASELINES: Mapping[str, baselines.Baseline] = {
    "flat": baselines.flat,
    "random jitter": baselines.jitter,
    "beat accent": baselines.accent,
}
DRAWN = 0.5  # variation at which spread is measured; all else is asked of the most expected performance
HUBER_DELTA = 0.1  # beats
_EXPECTED = ("velocity_r", "velocity_r_local", "velocity_mae", "velocity_mae_centred")
_FORETOLD = ("nll", "cover_80", "length_cover_80")

Progress = Callable[[int, int], None]  # songs done, songs in all


@dataclass(frozen=True)
class Judgement:
    """What was measured of everyone who played the unseen songs, song by song, and what the adapter moves.

    `reference` is the player that ADAPTER is compared with: BASE, or LOOKUP for a model without a base.
    """

    family: Family
    rows: tuple[Row, ...]
    seed: int
    targets: tuple[str, ...] = TARGETS
    reference: str = BASE

    def row(self, name: str) -> Row | None:
        """The measures of one player; None where it did not play."""
        return next((row for row in self.rows if row.name == name), None)

    @property
    def songs(self) -> tuple[str, ...]:
        """The songs that were long enough to be measured."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.files))

    @property
    def notes(self) -> int:
        return max((row.notes for row in self.rows), default=0)

    def gain(self, measure: str) -> Estimate:
        """How much more of a measure the adapter has than the reference, over the songs that both have it of."""
        ours, theirs = self.row(ADAPTER), self.row(self.reference)
        return NOT_MEASURED if ours is None or theirs is None else paired_difference(ours, theirs, measure, self.seed)


def judge(
    tracks: Sequence[PlayedTrack],
    players: Mapping[str, Predictor],
    seed: int,
    progress: Progress = lambda done, total: None,
    *,
    targets: Sequence[str] = TARGETS,
    lookup: baselines.LookupTable | None = None,
) -> Judgement:
    """Let the baselines and each of `players` play the deadpan files of one family's tracks that no one learned from.

    The verdict compares the players called BASE and ADAPTER, or with a `lookup`, which plays, too, LOOKUP and ADAPTER.
    Songs without a track of MIN_NOTES notes are passed over.
    """
    pieces = list(_pieces(tracks))
    rules = dict(BASELINES) if lookup is None else {**BASELINES, LOOKUP: lookup}
    heard: dict[str, dict[str, dict[str, float]]] = {name: {} for name in (*rules, *players)}
    settings = replace(Settings(), intensity=1.0, variation=0.0, seed=seed, performed_durations=True)
    for done, piece in enumerate(pieces):
        progress(done, len(pieces))
        for name, way in rules.items():
            heard[name][piece.name] = _sounding_metrics(piece, *[_by_rule(piece, way, name, seed)] * 2)
        for name, player in players.items():
            heard[name][piece.name] = _by_player(piece, player, settings)
    progress(len(pieces), len(pieces))
    notes = sum(piece.note_count for piece in pieces)
    rows = tuple(Row(name, files, notes) for name, files in heard.items())
    family = tracks[0].family if tracks else Family.OTHER
    return Judgement(family, rows, seed, tuple(targets), BASE if lookup is None else LOOKUP)


def _pieces(tracks: Sequence[PlayedTrack]) -> Iterator[Piece]:
    songs: dict[str, list[PlayedTrack]] = defaultdict(list)
    for track in tracks:
        if len(track) >= MIN_NOTES:
            songs[song_name(track)].append(track)
    for name, takes in sorted(songs.items()):
        piece = deadpan_piece(name, takes)
        long = tuple(track for track in piece.tracks if len(track) >= MIN_NOTES)  # doubled notes are gone by now
        if long:
            yield replace(piece, tracks=long)


def _by_rule(piece: Piece, way: baselines.Baseline, name: str, seed: int) -> list[Played]:
    rng = np.random.default_rng([seed, zlib.crc32(f"{name}/{piece.name}".encode())])
    return [way(track, rng) for track in piece.tracks]


def _by_player(piece: Piece, player: Predictor, settings: Settings) -> dict[str, float]:
    predictions = {key: player.predict(song, settings) for key, song in songs_of(piece).items()}
    expected, drawn = (_rendered(piece, predictions, replace(settings, variation=v)) for v in (0.0, DRAWN))
    known = [(t, predictions[id(t.song)].get(t.index)) for t in piece.tracks]
    foretold = mean_of([calibration(track, found) for track, found in known if found is not None])
    return _sounding_metrics(piece, expected, drawn) | {name: foretold[name] for name in _FORETOLD if name in foretold}


def _rendered(piece: Piece, predictions: Mapping[int, Prediction], settings: Settings) -> list[Played]:
    rendered = {key: render(song, predictions[key], settings) for key, song in songs_of(piece).items()}
    return [track.read(rendered[id(track.song)][track.index]) for track in piece.tracks]


def _sounding_metrics(piece: Piece, expected: Sequence[Played], drawn: Sequence[Played]) -> dict[str, float]:
    """Agreement of the expected performance, spread of the drawn one."""
    agreement, spread = file_metrics(piece, expected), file_metrics(piece, drawn)
    measured = {name: agreement[name] for name in _EXPECTED}
    measured["velocity_sd_ratio"] = spread["velocity_sd_ratio"]
    measured |= mean_of([lengths(track, played) for track, played in scored_tracks(piece, expected)])
    of_drawn = mean_of([lengths(track, played) for track, played in scored_tracks(piece, drawn)])
    return measured | {name: x for name, x in of_drawn.items() if name == "articulation_sd_ratio"}


def lengths(track: PieceTrack, output: Played) -> dict[str, float]:
    """How near a track's lengths come to those that its file asks for; nothing where all are unknown or as written.

    r, MAE (octaves) and spread of the ratio to the written length, and Huber of the lengths in beats.
    """
    human, played = wanted_lengths(track), output.log_ratio / np.log(2)
    known = np.isfinite(human) & np.isfinite(played)
    human, played, written = human[known], played[known], track.duration[known]
    if len(human) < MIN_NOTES or np.std(human) <= LENGTHS_TAKEN:
        return {}
    return {
        "articulation_r": correlation(human, played),
        "articulation_mae": float(np.mean(np.abs(human - played))),
        "articulation_sd_ratio": spread_ratio(human, played),
        "length_huber": huber(written * (2.0**human - 2.0**played)),
    }


def huber(error: FloatArray, delta: float = HUBER_DELTA) -> float:
    """Mean Huber loss of errors (n,) in beats: half the square up to `delta`, straight on from there."""
    size = np.abs(error)
    return float(np.mean(np.where(size <= delta, size**2 / 2, delta * (size - delta / 2))))
