"""Means of bars, what moves within them, the top line and repeated notes, on playing whose figures are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.midi.song import Family
from duv_studio.training.data.deadpan import deadpan_piece, deadpan_track
from duv_studio.training.data.paired_piece import PieceTrack, Played
from duv_studio.training.evaluation import line_metrics as lines
from duv_studio.training.evaluation import metrics as m
from duv_studio.training.evaluation.dynamics_metrics import autocorrelation, top_line
from tests.rule_player import make_played

BARS, IN_BAR = 12, 8  # eighth notes in 4/4


TRACK = deadpan_track(make_played(BARS * IN_BAR))


def played(velocity: np.ndarray, pitch: np.ndarray | None = None) -> PieceTrack:
    """Eighth notes in 4/4 on one line, by default on one pitch, played with these velocities, (96,)."""
    line = np.full(len(TRACK), 60) if pitch is None else pitch
    return replace(TRACK, pitch=line, human=Played(velocity.astype(float), np.zeros(len(TRACK))))


def bars(*means: float) -> np.ndarray:
    """Velocities whose bars have these means, in turn: loud and soft notes around them."""
    each = np.resize(np.array(means, dtype=float), BARS)
    return np.repeat(each, IN_BAR) + np.tile([6.0, -6.0], BARS * IN_BAR // 2)


def agreement(track: PieceTrack, velocity: np.ndarray) -> dict[str, float]:
    return {name: m.correlation(*sides) for name, sides in lines.compared_lines(track, velocity).items()}


def test_the_means_of_bars_are_those_that_were_put_there():
    track = played(bars(40, 60, 50))
    assert lines.bar_means(track.human.velocity, lines.bar_numbers(track)) == pytest.approx([40, 60, 50] * 4)
    assert lines.line_figures(track, track.human.velocity)["bar_mean_sd"] == pytest.approx(np.std([40, 60, 50]))


def test_the_line_of_bars_and_what_is_within_them_are_told_apart():
    track = played(bars(40, 60, 50))
    found = agreement(track, bars(60, 40, 50))
    assert found["bar_mean_r"] == pytest.approx(-1)
    assert found["in_bar_r"] == pytest.approx(1)
    found = agreement(track, 100 - bars(40, 60, 50) + 2 * np.repeat(np.resize([40.0, 60, 50], BARS), IN_BAR) - 50)
    assert found["bar_mean_r"] == pytest.approx(1)
    assert found["in_bar_r"] == pytest.approx(-1)
    assert agreement(track, np.full(96, 64.0)) == {"bar_mean_r": 0, "in_bar_r": 0}


# Drawn by their seeds and how many values they have: one value is a flat line.
velocities = st.builds(
    lambda seed, values: np.random.default_rng(seed).integers(10, 10 + values, BARS * IN_BAR).astype(float),
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 2, 90]),
)


@given(velocities, velocities, st.integers(-9, 27))
def test_the_level_says_nothing_of_bars_and_lines(human, output, shift):
    track = played(human)
    for name, r in agreement(track, output).items():
        assert agreement(track, output + shift)[name] == pytest.approx(r, abs=1e-9)
    shifted, found = (lines.line_figures(track, output + by) for by in (shift, 0))
    assert shifted == pytest.approx(found, abs=1e-9)
    assert set(found) == {"bar_mean_sd", "line_memory", "repeat_step"}


@given(velocities)
def test_identical_playing_agrees_fully_where_it_moves(human):
    track = played(human)
    found = agreement(track, human)
    for name, (side, _) in lines.compared_lines(track, human).items():
        assert found[name] == pytest.approx(1 if np.std(side) > m.STILL else 0)


def test_a_bar_of_few_notes_has_no_inside_and_few_bars_have_no_line():
    track = played(bars(40, 60, 50))
    sparse = track.take(np.arange(96) % IN_BAR < 3)
    assert "in_bar_r" not in lines.compared_lines(sparse, sparse.human.velocity)
    assert "bar_mean_r" in lines.compared_lines(sparse, sparse.human.velocity)
    short = track.take(np.arange(96) < (lines.MIN_BARS - 1) * IN_BAR)
    assert "bar_mean_r" not in lines.compared_lines(short, short.human.velocity)
    assert "bar_mean_sd" not in lines.line_figures(short, short.human.velocity)


def test_a_files_own_time_has_no_bars():
    free = replace(played(bars(40, 60, 50)), free=True)
    assert not lines.compared_lines(free, free.human.velocity)
    assert set(lines.line_figures(free, free.human.velocity)) == {"line_memory", "repeat_step"}


def triads() -> PieceTrack:
    """96 triads on eighth notes, their notes in no order of pitch."""
    made = make_played(288)
    onset = np.repeat(np.arange(96) / 2, 3)
    where = replace(made, onset=onset, beat=onset % 4, bar=(onset // 4).astype(int), pitch=np.tile([72, 60, 64], 96))
    return deadpan_track(where)


def test_the_top_line_is_the_highest_note_of_each_onset():
    track = triads()
    assert np.array_equal(track.pitch[top_line(track)], np.full(96, 72))
    slow = 64 + 20 * np.sin(np.arange(96) / 10)
    noise = np.random.default_rng(0).normal(0, 20, 288)
    velocity = np.where(track.pitch == 72, np.repeat(slow, 3), 64 + noise)
    assert lines.line_figures(track, velocity)["line_memory"] == pytest.approx(autocorrelation(slow, 1))
    assert lines.line_figures(track, velocity)["line_memory"] > 0.9


def test_inner_notes_are_compared_without_the_top():
    track = triads()
    human = np.random.default_rng(0).normal(64, 9, 288)
    track = replace(track, human=Played(human, np.zeros(288)))
    output = np.where(track.pitch == 72, -human, human)
    assert agreement(track, output)["below_top_r"] == pytest.approx(1)
    drums = replace(track, drums=True)
    assert "below_top_r" not in lines.compared_lines(drums, human)


def test_repeated_notes_step_by_what_lies_between_them():
    walk = np.cumsum(np.tile([5.0, -5.0], 48)) + 60
    assert lines.line_figures(played(walk), walk)["repeat_step"] == pytest.approx(5)
    two_apart = played(walk, np.tile([60, 67], 48))  # each pitch again after a quarter, as loud as before
    assert lines.line_figures(two_apart, walk)["repeat_step"] == pytest.approx(0)
    far = played(walk, np.tile([60, 62, 64, 65], 24))  # again after half a bar: no repetition
    assert "repeat_step" not in lines.line_figures(far, walk)


def test_the_player_has_figures_but_nobody_to_agree_with():
    piece = deadpan_piece("x", [make_played(96)])
    found = m.player_movements(piece)
    assert {"bar_mean_sd", "line_memory"} <= set(found)
    assert "bar_mean_r" not in found
    drums = m.player_movements(deadpan_piece("x", [make_played(96, family=Family.DRUMS)]))
    assert "line_memory" not in drums
