"""Which of a pianist's lengths a track gets: by pedal, by instrument, or as it was asked for."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from duv_studio.engine.midi.song import Family, Track
from duv_studio.engine.music.piano_lengths import ASKED, NO_PEDAL, PEDALLED, is_pedalled, lengths_of
from duv_studio.engine.music.settings import LENGTHS, Settings, check_settings
from duv_studio.errors import DuvError
from tests.songs import make_song, make_track

ROWS = [(i * 240, 200, 60 + i % 5, 80) for i in range(8)]


def track(index: int = 0, channel: int = 0, *, pedal: bool = False, family: Family = Family.PIANO) -> Track:
    return replace(make_track(ROWS, index=index, channel=channel, family=family), pedal=pedal)


@pytest.mark.parametrize(
    ("family", "pedal", "asked", "found"),
    [
        (Family.PIANO, False, "auto", ("sound", NO_PEDAL)),
        (Family.PIANO, True, "auto", ("keys", PEDALLED)),
        (Family.PIANO, False, "keys", ("keys", ASKED)),
        (Family.PIANO, True, "sound", ("sound", ASKED)),
        (Family.GUITAR, False, "auto", ("keys", "")),
        (Family.STRINGS, False, "sound", ("keys", "")),
        (Family.OTHER, True, "sound", ("keys", "")),
    ],
)
def test_pianos_have_two_lengths(family: Family, pedal: bool, asked: str, found: tuple[str, str]) -> None:
    song = make_song(track(pedal=pedal, family=family))
    assert lengths_of(song, song.tracks[0], Settings(lengths=asked)) == found


def test_a_pedal_reaches_the_tracks_of_its_channel() -> None:
    song = make_song(track(), track(1, pedal=True), track(2, channel=1))
    assert [is_pedalled(song, one) for one in song.tracks] == [True, True, False]
    apart = replace(song, source=cast(Any, SimpleNamespace(format=2, chunks=())))
    assert [is_pedalled(apart, one) for one in apart.tracks] == [False, True, False]
    elsewhere = make_song(track(), replace(track(1, pedal=True), port=1))
    assert [is_pedalled(elsewhere, one) for one in elsewhere.tracks] == [False, True]


def test_lengths_that_there_are_not_are_refused() -> None:
    for name in LENGTHS:
        check_settings(Settings(lengths=name))
    with pytest.raises(DuvError, match='lengths is "short", but it must be one of auto, keys, sound'):
        check_settings(Settings(lengths="short"))
