"""The classifier that tells humans from machines, and its features."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.training.data.deadpan import deadpan_piece, deadpan_track
from duv_studio.training.data.paired_piece import Played
from duv_studio.training.evaluation import discriminator as d
from tests.rule_player import make_played


def files(count: int, change, kind: str = "auc_both") -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Features of human and changed velocities of so many files."""
    pieces = [deadpan_piece(str(s), [make_played(200, seed=s)]) for s in range(count)]
    rng = np.random.default_rng(0)
    pairs = {}
    for piece in pieces:
        human = [(track, track.human) for track in piece.tracks]
        changed = [(track, Played(change(h.velocity, rng), h.log_ratio)) for track, h in human]
        pairs[piece.name] = (d.features_of(human, kind), d.features_of(changed, kind))
    return pairs


def auc(pairs, seed: int = 0) -> float:
    rating = d.cross_validate(pairs, seed=seed)
    assert rating is not None
    return rating.value()


def test_a_flat_file_is_always_told_and_a_human_never():
    pytest.importorskip("sklearn")
    for kind, count in (("auc_velocity", 6), ("auc_both", 6), ("auc_phrase", 60)):
        assert auc(files(count, lambda v, rng: np.full(len(v), 64.0), kind)) > 0.99
        assert auc(files(count, lambda v, rng: v, kind)) == pytest.approx(0.5, abs=0.02)


def test_phrases_tell_what_notes_hide():
    pytest.importorskip("sklearn")

    def slow(velocity, rng):
        return velocity + 12 * np.sin(np.arange(len(velocity)) / 15)

    assert auc(files(60, slow, "auc_phrase")) > 0.9


def test_the_same_seed_gives_the_same_figure():
    pytest.importorskip("sklearn")
    noisy = files(4, lambda v, rng: v + rng.normal(0, 4, len(v)))
    assert auc(noisy, seed=3) == auc(noisy, seed=3)


@given(st.lists(st.integers(0, 6), min_size=4, max_size=40), st.integers(0, 2**31))
def test_the_area_is_that_of_its_definition_with_files_counted_more_than_once(scores, seed):
    rng = np.random.default_rng(seed)
    human, file = rng.integers(0, 2, len(scores)).astype(float), rng.integers(0, 3, len(scores))
    human[:2] = (0, 1)
    rating = d.DiscriminatorScores(("a", "b", "c"), np.array(scores, float), human, file)
    counts = np.array([1.0, 2.0, 1.0])
    rows = np.repeat(np.arange(len(scores)), counts[file].astype(int))
    pairs = [
        (scores[i] > scores[j]) + 0.5 * (scores[i] == scores[j]) for i in rows for j in rows if human[i] > human[j]
    ]
    assert rating.value(counts) == pytest.approx(np.mean(pairs))


def test_too_few_files_give_no_figure():
    assert d.cross_validate(files(2, lambda v, rng: v)) is None
    pytest.importorskip("sklearn")
    assert d.cross_validate(files(12, lambda v, rng: v, "auc_phrase")) is None  # 24 phrases
    assert d.cross_validate(files(60, lambda v, rng: v, "auc_phrase")) is not None


def test_without_scikit_learn_there_is_no_figure(monkeypatch):
    monkeypatch.setattr(d, "find_spec", lambda name: None)
    assert not d.available()
    assert d.cross_validate(files(4, lambda v, rng: v)) is None


@given(st.integers(-20, 20))
def test_the_absolute_level_is_not_in_the_features(shift):
    track = deadpan_track(make_played(60))
    louder = Played(track.human.velocity + 5 * shift, track.human.log_ratio)  # by fives: one column is velocity mod 5
    before = d.note_features(track, track.human, durations=True)
    assert d.note_features(track, louder, durations=True) == pytest.approx(before, abs=1e-6)


@pytest.mark.parametrize("notes", [30, 31, 33, 200])
def test_every_note_has_a_row_of_finite_features(notes):
    track = deadpan_track(make_played(notes))
    features = d.note_features(track, track.human, durations=True)
    assert len(features) == notes
    assert np.isfinite(features).all()


def test_short_tracks_have_no_phrases():
    track = deadpan_track(make_played(d.WINDOW - 1))
    assert len(d.phrase_features(track, track.human)) == 0
    assert len(d.features_of([(track, track.human)], "auc_phrase")) == 0
    assert d.phrase_features(deadpan_track(make_played(200)), deadpan_track(make_played(200)).human).shape == (2, 13)
