"""Which held-out tracks a model is calibrated on."""

from __future__ import annotations

from collections import Counter

from duv_studio.training.calibrate import balanced
from tests.played_tracks import played_track


def test_every_set_has_as_much_to_say_however_long_its_pieces():
    long = [played_track(3_000, seed=k, corpus="long") for k in range(10)]
    short = [played_track(100, seed=k, corpus="short") for k in range(200)]
    chosen = balanced(long + short, 20_000)
    notes = Counter()
    for track in chosen:
        notes[track.corpus] += len(track)
    assert 20_000 <= notes.total() < 23_000
    assert abs(notes["long"] - notes["short"]) <= 3_000


def test_small_sets_are_taken_whole_and_no_track_twice():
    many, few = [played_track(100, seed=k) for k in range(30)], [played_track(50, seed=99, corpus="few")]
    chosen = balanced(many + few, 2_000)
    assert sum(len(track) for track in chosen) >= 2_000
    assert few[0] in chosen and len({id(track) for track in chosen}) == len(chosen)
    assert len(balanced(many + few, 10**6)) == 31 and balanced([], 100) == []
