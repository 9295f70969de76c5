"""Quantising, notation and weights of played tracks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from duv_studio.training.data.played_track import copy_weights, drop_doubles, notated_duration, quantise_take, split_of
from tests.played_tracks import played_track


def test_takes_find_their_grid() -> None:
    rng = np.random.default_rng(0)
    straight, swung = np.arange(64) / 4, (np.arange(64)[:, None] + [0, 2 / 3]).ravel()
    for grid in (straight, swung):
        np.testing.assert_allclose(quantise_take(grid + rng.normal(0, 0.02, len(grid))), grid, atol=1e-9)


@pytest.mark.parametrize(
    ("played", "ioi", "written"),
    [(0.24, 0.25, 0.25), (0.8, 1.0, 1.0), (0.45, 0.5, 0.5), (1.9, 2.0, 2.0), (0.3, 1, 0.25)],
)
def test_written_lengths(played: float, ioi: float, written: float) -> None:
    onset = np.arange(8) * ioi
    assert notated_duration(np.full(8, played), onset)[0] == written


def test_doubles_keep_the_loudest() -> None:
    track = replace(played_track(4), onset=np.array([0.0, 0, 0, 1]), pitch=np.array([38, 38, 42, 38]))
    track = replace(track, velocity=np.array([50.0, 90, 60, 70]))
    assert drop_doubles(track).velocity.tolist() == [90, 60, 70]


def test_pasted_bars_share_one_weight() -> None:
    bar = played_track(8)
    pasted = replace(
        played_track(24),
        pitch=np.concatenate([bar.pitch, bar.pitch, bar.pitch + 1]),
        velocity=np.tile(bar.velocity, 3),
    )
    track = replace(pasted, bar=np.repeat([4, 5, 6], 8), beat=np.tile(np.arange(8) * 0.5, 3))
    np.testing.assert_array_equal(copy_weights(track), [0.5] * 16 + [1.0] * 8)


def test_the_split_is_by_name_and_for_ever() -> None:
    split = [split_of("pop909", f"{k:03}") for k in range(1000)]
    assert 60 < split.count("dev") < 140
    assert [k for k in range(60) if split[k] == "dev"] == [24, 42, 47, 59]
