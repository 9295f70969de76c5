"""Other players of the same composition, note by note."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from duv_studio.training.data.deadpan import deadpan_piece, deadpan_track
from duv_studio.training.data.evaluation_splits import corpus_splits
from duv_studio.training.evaluation import competitors as h
from duv_studio.training.evaluation.metrics import correlation
from tests.rule_player import make_played, rule_velocity


def takes(count: int = 5, notes: int = 200) -> list:
    """The same music by as many players, each with their own level and errors."""
    first = make_played(notes, corpus="asap_NC")
    rng = np.random.default_rng(0)
    rule = rule_velocity(first.pitch, first.beat)
    played = [np.clip(50 + 5 * k + rule + rng.normal(0, 6, notes), 1, 127) for k in range(count)]
    return [replace(first, player=f"Player{chr(65 + k)}01M", velocity=played[k]) for k in range(count)]


def test_the_mean_of_the_others_knows_more_than_one_of_them():
    played = takes(9)
    track = deadpan_track(played[0], played)
    one, mean = h.another_player(track), h.mean_of_other_players(track)
    assert len(track.others) == 8
    r = [correlation(track.human.velocity, p.velocity) for p in (one, mean)]
    assert 0.5 < r[0] < r[1] - 0.05 < 0.9


def test_others_are_brought_to_the_players_level():
    played = takes(3)
    track = deadpan_track(played[2], played)
    for other in track.others:
        assert other.velocity.mean() == pytest.approx(track.human.velocity.mean(), abs=0.51)


def test_the_next_name_is_the_other_one_and_two_are_no_mean():
    played = takes(3)
    track = deadpan_track(played[1], played)
    assert np.allclose(np.diff(h.another_player(track).velocity), np.diff(played[2].velocity))
    assert np.isnan(h.mean_of_other_players(track).velocity).all()


def test_another_take_of_the_same_person_is_nobody_else():
    played = takes(2)
    same = [replace(played[1], player="PlayerA07")]
    assert deadpan_track(played[0], [played[0], *same]).others == ()
    assert deadpan_track(replace(played[0], player=""), [replace(played[1], player="")]).others == ()


def test_notes_are_found_by_place_and_pitch_and_the_rest_is_nobodys():
    played = takes(4)
    without = [played[0], *(take.take(np.arange(200) % 10 != 3) for take in played[1:])]
    track = deadpan_track(played[0], without)
    missing = np.isnan(h.mean_of_other_players(track).velocity)
    assert np.array_equal(np.flatnonzero(missing), np.arange(3, 200, 10))


def test_other_music_of_the_same_name_is_left_out():
    played = takes(2)
    other = replace(played[1], pitch=played[1].pitch + 1)
    assert deadpan_track(played[0], [played[0], other]).others == ()
    free = replace(played[0], free=True)
    assert deadpan_track(free, played).others == ()


def test_a_split_compares_a_player_with_all_others():
    (split,) = corpus_splits(takes(6))
    (piece,) = split.pieces
    assert len(piece.tracks) == 1
    assert all(len(track.others) == 5 for track in piece.tracks)
    alone = deadpan_piece("x", takes(1))
    assert alone.tracks[0].others == ()
    assert np.isnan(h.another_player(alone.tracks[0]).velocity).all()
