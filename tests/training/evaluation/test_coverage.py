"""Coverage, surprise and scores of distributions whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.settings import Settings
from duv_studio.training.data.deadpan import deadpan_track
from duv_studio.training.evaluation import coverage as c
from tests.rule_player import RulePredictor, make_played
from tests.songs import gaussian_cdf

EDGES = np.linspace(-64, 64, 65, dtype=np.float32)


def normal(n: int, sigma: float) -> np.ndarray:
    return gaussian_cdf(EDGES, np.zeros(n), np.full(n, sigma))


def test_honest_distributions_cover_what_they_say():
    value = np.random.default_rng(0).normal(0, 10, 20_000)
    place = c.pit(EDGES, normal(20_000, 10.0), value)
    for share in c.INTERVALS:
        assert c.coverage(place, share) == pytest.approx(share / 100, abs=0.015)
    assert np.std(place) == pytest.approx(12**-0.5, abs=0.01)


def test_the_overconfident_cover_too_little_and_the_timid_too_much():
    value = np.random.default_rng(0).normal(0, 10, 5000)
    assert c.coverage(c.pit(EDGES, normal(5000, 5.0), value), 80) < 0.55
    assert c.coverage(c.pit(EDGES, normal(5000, 20.0), value), 80) > 0.95


def test_scores_are_those_of_the_normal_distribution():
    value = np.random.default_rng(0).normal(0, 10, 2000)
    by_density = -stats.norm(0, 10).logpdf(value).mean()
    assert c.negative_log_likelihood(EDGES, normal(2000, 10.0), value) == pytest.approx(by_density, abs=0.02)
    z = value / 10
    by_formula = 10 * np.mean(z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - np.pi**-0.5)
    assert c.crps(EDGES, normal(2000, 10.0), value) == pytest.approx(by_formula, rel=0.01)
    assert c.crps(EDGES, normal(2000, 10.0), value) < c.crps(EDGES, normal(2000, 25.0), value)


def test_a_point_scores_its_error_even_beyond_the_edges():
    point = np.zeros((2, 64), np.float32)
    point[:, 32:] = 1  # all of it between 0 and 2
    scored = c.crps(EDGES, point[:1], np.array([31.0])), c.crps(EDGES, point[:1], np.array([80.0]))
    assert scored == pytest.approx((29 + 2 / 3, 78 + 2 / 3))


def test_a_track_is_measured_against_the_distributions_of_its_own_notes():
    track = deadpan_track(make_played(1500, seed=3))
    whole = RulePredictor().predict(track.song, Settings())[track.index]
    measured = c.calibration(track, whole)
    assert measured["cover_80"] == pytest.approx(0.8, abs=0.04)
    assert measured["pit_sd"] == pytest.approx(0.289, abs=0.02)
    some = np.arange(0, 1500, 2)
    half = replace(whole, notes=some, velocity_cdf=whole.velocity_cdf[some], duration_cdf=whole.duration_cdf[some])
    assert c.calibration(track, half)["cover_80"] == pytest.approx(0.8, abs=0.05)
    assert c.calibration(track, replace(whole, notes=some[:10])) == {}
    guess = RulePredictor(knows=False).predict(track.song, Settings())[track.index]
    assert c.calibration(track, guess)["crps"] > measured["crps"] * 1.3


def test_lengths_are_measured_where_the_file_asks_for_them():
    piano = deadpan_track(make_played(400))
    prediction = RulePredictor().predict(piano.song, Settings())[piano.index]
    assert c.calibration(piano, prediction)["length_cover_80"] < 0.3  # the sound lasts half as long again as the key
    unknown = replace(piano, sounding=np.full(len(piano), np.nan))
    assert "length_cover_80" not in c.calibration(unknown, prediction)
    drums = deadpan_track(make_played(400, family=Family.DRUMS))
    assert "length_cover_80" not in c.calibration(drums, RulePredictor().predict(drums.song, Settings())[drums.index])
