"""The classifier that tells humans from machines, and its features."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.training import discriminator as d
from duv_studio.training.deadpan import deadpan_piece, deadpan_track
from duv_studio.training.piece import Played
from tests.rule_player import make_played


def files(count: int, change) -> list[tuple[np.ndarray, np.ndarray]]:
    """Features of human and changed velocities of so many files."""
    pieces = [deadpan_piece(str(s), [make_played(120, seed=s)]) for s in range(count)]
    rng = np.random.default_rng(0)
    pairs = []
    for piece in pieces:
        human = [track.human for track in piece.tracks]
        changed = [Played(change(h.velocity, rng), h.log_ratio) for h in human]
        pairs.append((d.piece_features(piece, human, durations=True), d.piece_features(piece, changed, durations=True)))
    return pairs


def test_a_flat_file_is_always_told_and_a_human_never():
    pytest.importorskip("sklearn")
    assert d.human_auc(files(6, lambda v, rng: np.full(len(v), 64.0))) > 0.99
    assert d.human_auc(files(6, lambda v, rng: v)) == pytest.approx(0.5, abs=0.02)


def test_the_same_seed_gives_the_same_figure():
    pytest.importorskip("sklearn")
    noisy = files(4, lambda v, rng: v + rng.normal(0, 4, len(v)))
    assert d.human_auc(noisy, seed=3) == d.human_auc(noisy, seed=3)


def test_too_few_files_give_no_figure():
    assert math.isnan(d.human_auc(files(2, lambda v, rng: v)))


def test_without_scikit_learn_there_is_no_figure(monkeypatch):
    monkeypatch.setattr(d, "find_spec", lambda name: None)
    assert not d.available()
    assert math.isnan(d.human_auc(files(4, lambda v, rng: v)))


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


def test_short_tracks_have_no_features():
    piece = deadpan_piece("short", [make_played(20)])
    assert len(d.piece_features(piece, [piece.tracks[0].human], durations=False)) == 0
