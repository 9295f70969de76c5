"""The questions that every model is asked: a small real one passes, and each kind of cheat fails its own question."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from duv_studio.engine.features.note_features import FLOAT_FEATURES
from duv_studio.engine.humanizer.humanizer import Humanizer
from duv_studio.engine.music.settings import Settings
from duv_studio.training.data.deadpan import deadpan_piece
from duv_studio.training.evaluation import probes as q
from duv_studio.training.evaluation import sanity_checks as p
from duv_studio.training.evaluation.targets import Bounds
from tests.fixture_model import swelling_track
from tests.rule_player import RulePredictor, make_played
from tests.songs import gaussian_cdf

SETTINGS = Settings()
# Ten seconds of training do not make the margins of a release; the questions are the same.
LOOSER = {
    "human_r": Bounds(0.85),
    "human_sd": Bounds(0.75, 1.3),
    "cover_80": Bounds(0.65, 0.93),
    "accent": Bounds(0.15),
    "flat_sd": Bounds(0.75, 1.25),
    "flat_sd_varied": Bounds(0.75, 1.25),
}


def pieces(count: int = 3, notes: int = 240) -> list:
    return [deadpan_piece(str(k), [make_played(notes, seed=k)]) for k in range(count)]


def asked(model, of=None) -> dict[str, p.SanityCheck]:
    """The answers by measure."""
    by_question = {proof.question: proof for proof in p.run_sanity_checks(model, of or pieces(), SETTINGS)}
    return {w.measure: by_question[w.question] for w in p.REQUIREMENTS if w.question in by_question}


def test_a_trained_model_passes(fixture_model):
    held_out = [deadpan_piece(str(k), [swelling_track(k, "dev")]) for k in range(200, 206)]
    model = Humanizer(fixture_model)
    proofs = p.run_sanity_checks(model, held_out, SETTINGS, q.load_network(model.path))
    assert len(proofs) == len(p.REQUIREMENTS)
    wanted = {w.question: LOOSER.get(w.measure, w.bounds) for w in p.REQUIREMENTS}
    assert [(x.question, x.measured) for x in proofs if not wanted[x.question].contains(x.measured)] == []


def test_its_bytes_do_not_depend_on_the_threads(fixture_model):
    song = deadpan_piece("x", [swelling_track(300, "dev", notes=700)]).tracks[0].song
    model, threads = Humanizer(fixture_model), torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = model.predict(song, SETTINGS)
        torch.set_num_threads(3)
        together = model.predict(song, SETTINGS)
    finally:
        torch.set_num_threads(threads)
    assert all(np.array_equal(alone[k].velocity_cdf, together[k].velocity_cdf) for k in alone)


class Copier(RulePredictor):
    """Expects what the file holds."""

    def predict_track(self, song, track):
        of_track = super().predict_track(song, track)
        away = track.notes.velocity - track.notes.velocity.mean()
        narrow = np.full(len(away), 2.0)
        return replace(of_track, velocity_cdf=gaussian_cdf(of_track.velocity_edges, away, narrow))


def test_a_copier_believes_shuffled_input_and_gains_nothing():
    answers = asked(Copier())
    assert answers["human_r"].passed
    assert not answers["shuffled_r"].passed and answers["shuffled_r"].measured > 0.95
    assert not answers["gain"].passed and not answers["flat_sd"].passed


def test_the_deaf_give_no_human_input_back():
    answers = asked(RulePredictor())
    assert not answers["human_r"].passed
    assert answers["shuffled_r"].passed and answers["gain"].passed and answers["cover_80"].passed


def test_guessing_gains_nothing():
    answers = asked(RulePredictor(knows=False))
    assert not answers["gain"].passed
    assert not answers["cover_80"].passed


def test_the_timid_are_too_even():
    answers = asked(RulePredictor(share=0.3))
    assert not answers["flat_sd"].passed and not answers["flat_sd_varied"].passed


class Restless(RulePredictor):
    """Never says the same thing twice."""

    asked = 0

    def predict_track(self, song, track):
        self.asked += 1
        of_track = super().predict_track(song, track)
        return replace(of_track, velocity_cdf=np.roll(of_track.velocity_cdf, self.asked, axis=0))


def test_answers_must_be_the_same_every_time():
    answers = asked(Restless(), pieces(2))
    assert answers["same_seed"].measured == answers["alone"].measured == 2
    assert not answers["same_seed"].passed


def test_intensity_0_must_change_nothing(monkeypatch):
    careless = q.render

    def at_least_a_bit(song, prediction, settings):
        return careless(song, prediction, replace(settings, intensity=max(settings.intensity, 0.1)))

    assert asked(RulePredictor())["off"].measured == 0
    monkeypatch.setattr(q, "render", at_least_a_bit)
    assert asked(RulePredictor())["off"].measured == 3


def test_context_is_what_a_network_makes_of_neighbours():
    (piece,) = pieces(1)
    track, own = piece.tracks[0], FLOAT_FEATURES.index("register")

    def smooth(values):
        return np.convolve(values, np.ones(9) / 9, "same")

    swelling = replace(track, human=replace(track.human, velocity=smooth(track.pitch - 66.0)))
    assert q.context(swelling, lambda read: read.floats[:, own].astype(float)) == pytest.approx(0, abs=1e-9)
    assert q.context(swelling, lambda read: smooth(read.floats[:, own] - 0.3)) > 0.4


def test_conditions_are_gates_and_the_rest_is_shown():
    proofs = p.run_sanity_checks(RulePredictor(), pieces(1), SETTINGS)
    release_gates = p.required_gates("piano", proofs)
    assert [gate.passed for gate in release_gates] == [False, True, True, True, True]
    text = p.sanity_check_table(proofs)
    assert re.sub(" +", " ", text).count("| NO |") == 1
    assert len(text.splitlines()) == 2 + len(proofs)
