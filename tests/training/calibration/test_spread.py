"""The factor that brings drawn spreads to those of players."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.engine.midi.song import Family, FloatArray
from duv_studio.engine.model.transformer import DURATION_BINS, VELOCITY_BINS
from duv_studio.training.calibration.spread import DOUBT, LEAST, Outcome, duration_spread, velocity_spread
from tests.played_tracks import played_track, with_velocity

SONGS = 12


def outcome(seed: int, bins: int, row_sd: float, player_sd: float, *, corpus: str = "made") -> Outcome:
    """Rows that are all one Gaussian of `row_sd` bins, for a player who errs by `player_sd` velocity units."""
    track = played_track(seed=seed, corpus=corpus, family=Family.BASS)
    velocity = 64 + np.random.default_rng(seed).normal(0, player_sd, len(track))
    place = np.arange(bins) - (bins - 1) / 2
    logits: FloatArray = np.tile(-0.5 * (place / row_sd) ** 2, (len(track), 1))
    every = np.ones(len(track), bool)
    return Outcome(with_velocity(track, velocity), logits, np.zeros(len(track), np.int64), np.zeros(len(track)), every)


def doubted(factor: float) -> float:
    return factor ** (SONGS / (SONGS + DOUBT))


def test_rows_twice_as_wide_as_players_are_halved() -> None:
    fitted = velocity_spread([outcome(k, VELOCITY_BINS, row_sd=5, player_sd=5) for k in range(SONGS)], 1.0)
    assert fitted == pytest.approx(doubted(0.5), rel=0.05)


def test_honest_rows_of_players_who_differ_are_narrowed() -> None:
    """Half of the players are calm, half lively; a row that knows neither holds both, and is too wide on average."""
    players = [4.0, 16.0] * (SONGS // 2)
    row_sd = float(np.sqrt(np.mean(np.square(players)))) / 2
    fitted = velocity_spread([outcome(k, VELOCITY_BINS, row_sd, sd) for k, sd in enumerate(players)], 1.0)
    assert 0.4 < fitted < 0.8


def test_what_was_played_decides_over_what_was_edited() -> None:
    played = [outcome(k, VELOCITY_BINS, 5, 10, corpus="gmd") for k in range(SONGS)]
    edited = [outcome(50 + k, VELOCITY_BINS, 5, 1.5, corpus="open_multitrack") for k in range(SONGS)]
    assert velocity_spread([*played, *edited], 1.0) == pytest.approx(1, abs=0.05)
    assert velocity_spread(edited, 1.0) == pytest.approx(doubted(LEAST))


def test_lengths_have_a_factor_of_their_own() -> None:
    wide = [outcome(k, DURATION_BINS, row_sd=8, player_sd=5) for k in range(SONGS)]
    narrow = [outcome(k, DURATION_BINS, row_sd=1, player_sd=5) for k in range(SONGS)]
    assert duration_spread(wide, 1.0) < duration_spread(narrow, 1.0)


def test_nothing_to_measure_changes_nothing() -> None:
    assert velocity_spread([], 1.0) == 1 and duration_spread([], 1.0) == 1
