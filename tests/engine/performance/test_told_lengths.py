"""What is told of lengths: which a piano was played with and why, and nothing where they stay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.piano_lengths import ASKED, NO_PEDAL, PEDALLED
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.performed_timing import PERFORMED
from duv_studio.engine.performance.told_lengths import ToldLengths, told_lengths
from tests.songs import make_song, make_track

ROWS = [(i * 240, 200, 60 + i % 5, 80) for i in range(64)]
LATE = [(i * 240 + i * i * 97 % 211, 200, 60 + i % 5, 80) for i in range(64)]  # to no grid
NOTHING = ToldLengths()


def test_every_track_is_told_of() -> None:
    song = make_song(
        make_track(ROWS),
        replace(make_track(ROWS, index=1, channel=1), pedal=True),
        make_track(ROWS, index=2, channel=2, family=Family.BASS),
        make_track(ROWS, index=3, channel=9, family=Family.DRUMS),
    )
    dry, pedalled, bass = ToldLengths("", "sound", NO_PEDAL), ToldLengths("", "keys", PEDALLED), ToldLengths("", "keys")
    assert told_lengths(song, Settings()) == (dry, pedalled, bass, NOTHING)
    asked = ToldLengths("", "keys", ASKED)
    assert told_lengths(song, Settings(lengths="keys", drum_durations=True)) == (asked, asked, bass, bass)
    assert [str(told) for told in told_lengths(song, Settings())] == [
        "lengths of the sound (no sustain pedal holds what the keys let go)",
        "lengths of the keys (a sustain pedal holds what the keys let go)",
        "",
        "",
    ]


@pytest.mark.parametrize("name", ["intensity", "duration"])
def test_where_lengths_stay_none_are_named(name: str) -> None:
    song = make_song(make_track(ROWS), make_track(ROWS, index=1, channel=1))
    assert told_lengths(song, replace(Settings(), **{name: 0.0})) == (NOTHING, NOTHING)
    of_one = replace(Settings(), **{f"track_{name}": {song.tracks[0].key: 0.0}})
    assert told_lengths(song, of_one) == (NOTHING, ToldLengths("", "sound", NO_PEDAL))


def test_performed_lengths_stay_whichever_are_asked_for() -> None:
    song = make_song(make_track(LATE))
    for lengths in ("auto", "keys", "sound"):
        assert told_lengths(song, Settings(lengths=lengths)) == (ToldLengths(kept=PERFORMED),)
    freed = Settings(lengths="keys", performed_durations=True)
    assert told_lengths(song, freed) == (ToldLengths("", "keys", ASKED),)
