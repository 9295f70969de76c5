"""Spread on every level, jumps and memory, on playing made so that the answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from duv_studio.training.data.deadpan import deadpan_track
from duv_studio.training.data.paired_piece import PieceTrack, Played
from duv_studio.training.evaluation import dynamics_metrics as d
from tests.rule_player import make_played


def chords(count: int = 96) -> PieceTrack:
    """Triads on eighth notes."""
    onset = np.repeat(np.arange(count) / 2, 3)
    played = replace(make_played(3 * count), onset=onset, beat=onset % 4, bar=(onset // 4).astype(int))
    return deadpan_track(replace(played, pitch=np.tile([60, 64, 72], count)))


def test_the_human_is_like_itself():
    track = chords()
    measured = d.shape_metrics(track, track.human)
    assert {k: v for k, v in measured.items() if "sd" in k} == {
        k: pytest.approx(1) for k in ("velocity_sd_local", "velocity_sd_chord", "duration_sd_local")
    }
    assert all(measured[k] == 0 for k in ("jump_w1", "memory_1", "memory_2", "memory_4", "memory_8"))


def test_each_level_of_spread_is_told_apart():
    track = chords()
    rng = np.random.default_rng(0)
    wave, own = np.repeat(20 * np.sin(np.arange(96) / 30), 3), rng.normal(0, 5, 288)
    human = replace(track, human=Played(64 + wave + own, np.zeros(288)))
    no_wave = d.shape_metrics(human, Played(64 + own, np.zeros(288)))
    assert no_wave["velocity_sd_chord"] == pytest.approx(1)
    assert no_wave["velocity_sd_local"] == pytest.approx(1, abs=0.1)
    no_own = d.shape_metrics(human, Played(64 + wave, np.zeros(288)))
    assert no_own["velocity_sd_chord"] == pytest.approx(0, abs=1e-9)
    assert no_own["velocity_sd_local"] < 0.5


def test_memory_is_what_neighbours_share():
    rng = np.random.default_rng(0)
    steps = rng.normal(0, 1, 4000)
    walk = np.zeros(4000)
    for i in range(1, 4000):
        walk[i] = 0.8 * walk[i - 1] + steps[i]
    assert d.autocorrelation(walk, 1) == pytest.approx(0.8, abs=0.05)
    assert d.autocorrelation(walk, 4) == pytest.approx(0.8**4, abs=0.08)
    assert d.autocorrelation(np.full(50, 64.0), 1) == 0
    track = deadpan_track(make_played(200))
    assert d.shape_metrics(track, Played(np.full(200, 64.0), np.zeros(200)))["memory_1"] == pytest.approx(
        -d.autocorrelation(track.human.velocity, 1)
    )


def test_contrasts_are_what_was_put_there():
    track = chords()
    velocity = 60 + 9.0 * (track.pitch == 72) + 12.0 * (track.beat < 0.1)
    found = d.contrasts(track, velocity)
    assert found["top_voice"] == pytest.approx(9)
    assert found["downbeat"] == pytest.approx(12)
    slope = np.polyfit(track.pitch / 12, velocity, 1)[0]
    assert found["pitch_slope"] == pytest.approx(slope)


def test_free_timing_has_no_downbeats_and_single_notes_no_chords():
    track = deadpan_track(make_played(96))
    assert "downbeat" not in d.contrasts(replace(track, free=True), track.human.velocity)
    assert "top_voice" not in d.contrasts(track, track.human.velocity)
    assert "ghost_ratio" not in d.contrasts(track, track.human.velocity)


def test_ghost_notes_are_looked_for_drum_by_drum():
    from duv_studio.engine.midi.song import Family

    played = make_played(400, family=Family.DRUMS)
    track = deadpan_track(replace(played, pitch=np.where(np.arange(400) % 2 == 0, 36, 38)))
    ghosts = np.where(track.pitch == 36, 100.0, np.where(np.arange(400) % 4 == 1, 30.0, 90.0))
    assert d.contrasts(track, ghosts)["ghost_ratio"] == pytest.approx((1 + 30 / 90) / 2)
