"""How lively and how legato a track is among its like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from duv_studio.engine.midi.song import Family
from duv_studio.training.data.style import StyleScale, articulation
from tests.played_tracks import played_track


def test_a_livelier_track_scores_higher() -> None:
    tracks = [
        replace(played_track(seed=k), velocity=64 + w * (np.arange(300) % 2)) for k, w in enumerate((4.0, 8.0, 16.0))
    ]
    scale = StyleScale.of(tracks)
    scores = [scale.style_of(t).dynamics for t in tracks]
    np.testing.assert_allclose(scores, [-np.sqrt(1.5), 0, np.sqrt(1.5)], atol=1e-9)


def test_legato_is_longer_than_written() -> None:
    tracks = [
        replace(played_track(seed=k, family=Family.BASS), played_duration=np.full(300, d))
        for k, d in enumerate((0.25, 0.4, 0.5))
    ]
    scale = StyleScale.of(tracks)
    assert articulation(tracks[0]) == pytest.approx(-1)
    low, middle, high = (scale.style_of(t).articulation for t in tracks)
    assert low is not None and middle is not None and high is not None and low < middle < high


def test_without_a_pedal_a_piano_is_held_as_long_as_it_sounds() -> None:
    track = played_track()
    assert articulation(track) > articulation(replace(track, pedal=True))


def test_a_piano_whose_keys_are_unknown_is_as_legato_as_it_sounds() -> None:
    known = played_track()
    track = replace(known, played_duration=np.full(300, np.nan))
    assert articulation(track) == articulation(known)
    assert np.isnan(articulation(replace(track, pedal=True)))
    silent = replace(track, sustained_duration=track.played_duration)
    assert StyleScale.of([track, silent]).style_of(silent).articulation is None


def test_drums_have_no_articulation() -> None:
    track = played_track(family=Family.DRUMS)
    assert StyleScale.of([track]).style_of(track).articulation is None
