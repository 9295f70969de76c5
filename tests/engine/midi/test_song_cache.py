"""What is remembered of a song: worked out once, and gone with it."""

from __future__ import annotations

import gc
from dataclasses import replace

from duv_studio.engine.midi.song import PerSong
from tests.songs import PPQ, make_song, make_track


def test_a_result_is_worked_out_once_per_song_and_goes_with_it() -> None:
    remembered = PerSong(lambda song: [len(song.tracks)])
    one = make_song(make_track([(0, PPQ, 60, 80)]))
    two = replace(one)
    assert remembered(one) is remembered(one) == [1]
    assert remembered(two) is not remembered(one) and len(remembered) == 2
    del two
    gc.collect()
    assert len(remembered) == 1
    assert remembered(one) == [1]
