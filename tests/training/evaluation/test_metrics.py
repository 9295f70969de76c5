"""The measures, against what they are by hand and against scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.spatial.distance import jensenshannon

from duv_studio.training.data.deadpan import deadpan_piece, deadpan_track
from duv_studio.training.data.paired_piece import Played
from duv_studio.training.evaluation import metrics as m
from tests.rule_player import make_played

velocities = arrays(np.float64, 40, elements=st.integers(1, 127).map(float))


@given(velocities, velocities)
def test_correlations_are_those_of_scipy_and_zero_for_a_flat_side(x, y):
    if np.std(x) < m.STILL or np.std(y) < m.STILL:
        assert m.correlation(x, y) == m.rank_correlation(x, y) == 0
    else:
        assert m.correlation(x, y) == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-9)
        assert m.rank_correlation(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-9)


@given(velocities, velocities)
def test_divergence_is_the_square_of_the_distance_and_symmetric(x, y):
    p, q = (np.histogram(v, m.VELOCITY_BINS)[0] + 1e-9 for v in (x, y))
    assert m.divergence(x, y, m.VELOCITY_BINS) == pytest.approx(jensenshannon(p, q, base=2) ** 2, abs=1e-6)
    assert m.divergence(x, y, m.VELOCITY_BINS) == pytest.approx(m.divergence(y, x, m.VELOCITY_BINS))


def test_divergence_is_zero_for_the_same_and_one_for_disjoint_values():
    quiet, loud = np.full(50, 20.0), np.full(50, 100.0)
    assert m.divergence(quiet, quiet, m.VELOCITY_BINS) == pytest.approx(0, abs=1e-6)
    assert m.divergence(quiet, loud, m.VELOCITY_BINS) == pytest.approx(1, abs=1e-6)


def test_local_correlation_ignores_what_is_slow():
    rng = np.random.default_rng(0)
    slow, detail = 30 * np.sin(np.arange(800) / 150), rng.normal(0, 5, 800)
    human = 64 + slow + detail
    assert m.local_correlation(human, 64 - slow + detail) > 0.97
    assert m.correlation(human, 64 - slow + detail) < 0


def test_velocity_metrics_by_hand():
    human, output = np.array([60.0, 80.0, 60.0, 80.0]), np.array([75.0, 85.0, 75.0, 85.0])
    measured = m.velocity_metrics(human, output)
    assert measured["velocity_r"] == pytest.approx(1)
    assert measured["velocity_mae"] == 10
    assert measured["velocity_mae_centred"] == 5
    assert measured["velocity_sd_ratio"] == 0.5


def test_duration_metrics_leave_out_unknown_lengths():
    rng = np.random.default_rng(1)
    human = rng.normal(0, 0.3, 60)
    output = human / 2
    human[:10] = np.nan
    measured = m.duration_metrics(human, output)
    assert measured["duration_r"] == pytest.approx(1)
    assert measured["duration_sd_ratio"] == pytest.approx(0.5)
    assert measured["duration_mae"] == pytest.approx(np.mean(np.abs(human[10:])) / 2)


@pytest.mark.parametrize("human", [np.full(60, np.nan), np.zeros(60), np.r_[np.arange(29.0), np.full(31, np.nan)]])
def test_there_is_no_duration_metric_where_nothing_was_to_be_predicted(human):
    assert m.duration_metrics(human, np.linspace(-1, 1, 60)) == {}


def test_a_file_counts_its_tracks_equally_and_leaves_out_short_ones():
    tracks = [make_played(n, seed=n) for n in (20, 40, 400)]
    piece = deadpan_piece("three tracks", tracks)
    good, bad = piece.tracks[2].human, Played(np.full(40, 64.0), np.zeros(40))
    measured = m.file_metrics(piece, [piece.tracks[0].human, bad, good])
    assert measured["velocity_r"] == pytest.approx((0 + 1) / 2)
    assert measured["duration_r"] == pytest.approx((0 + 1) / 2)


def test_a_file_of_short_tracks_has_no_measures():
    piece = deadpan_piece("short", [make_played(20)])
    assert m.file_metrics(piece, [piece.tracks[0].human]) == {}


def test_drums_have_no_duration_metrics():
    from duv_studio.engine.midi.song import Family

    track = deadpan_track(make_played(family=Family.DRUMS))
    assert not any("duration" in name or "sounding" in name for name in m.track_metrics(track, track.human))


def test_sounding_lengths_are_measured_apart():
    track = deadpan_track(make_played())
    measured = m.track_metrics(track, Played(track.human.velocity, track.sounding))
    assert measured["sounding_r"] == pytest.approx(1)
    assert measured["duration_mae"] == pytest.approx(math.log(1.5))


def test_the_mean_goes_over_the_rows_that_have_a_measure():
    assert m.mean_of([{"a": 1.0, "b": 2.0}, {"a": 3.0}]) == {"a": 2.0, "b": 2.0}
    assert m.mean_of([]) == {}


def test_slow_correlation_ignores_the_detail():
    rng = np.random.default_rng(0)
    slow, detail = 10 * np.sin(np.arange(800) / 150), rng.normal(0, 20, 800)
    assert m.slow_correlation(slow + detail, slow - detail) > 0.8
    assert m.correlation(slow + detail, slow - detail) < 0


def test_notes_that_nobody_played_are_left_out():
    piece = deadpan_piece("x", [make_played(90)])
    human = piece.tracks[0].human
    half = Played(np.where(np.arange(90) < 40, human.velocity, np.nan), human.log_ratio)
    assert m.file_metrics(piece, [half])["velocity_mae"] == 0
    ((track, played),) = m.scored_tracks(piece, [half])
    assert len(track) == len(played.velocity) == 40
    few = Played(np.where(np.arange(90) < m.MIN_NOTES - 1, human.velocity, np.nan), human.log_ratio)
    assert m.file_metrics(piece, [few]) == {}
