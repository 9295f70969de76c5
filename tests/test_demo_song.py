"""The bundled demo song: it is what its score makes, and as stiff as a sequenced song is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from duv_studio.engine.midi.midi_file import read
from duv_studio.engine.midi.song import Family, Song, Track
from duv_studio.engine.music.selection import select
from duv_studio.engine.music.settings import Settings
from duv_studio.paths import resource
from tools.demo_song.__main__ import compose


@pytest.fixture(scope="module")
def song() -> Song:
    return read(resource("demo", "demo.mid"))


def test_the_file_is_what_the_score_makes() -> None:
    assert resource("demo", "demo.mid").read_bytes() == compose()


def test_it_has_every_family_and_a_name_that_is_not_ascii(song: Song) -> None:
    families = [track.family for track in song.tracks]
    assert families == [Family.PIANO, Family.BASS, Family.GUITAR, Family.STRINGS, Family.DRUMS]
    assert song.tracks[2].name == "Guitarra acústica"


def test_it_is_forty_bars_long(song: Song) -> None:
    assert song.meter.position(song.end_tick).bar == 40
    assert song.warnings == ()


def test_every_track_is_flat_and_on_the_grid(song: Song) -> None:
    for track in song.tracks:
        assert len(np.unique(track.notes.velocity)) == 1, track.name
        assert not (track.notes.onset % (song.ppq // 4)).any(), track.name
        assert not (track.notes.duration % (song.ppq // 4)).any(), track.name


def test_no_note_overlaps_the_next_of_its_pitch(song: Song) -> None:
    for track in song.tracks:
        for first, second in _neighbours(track):
            assert track.notes.end[first] <= track.notes.onset[second], track.name


def test_everything_is_selected_and_nothing_protected(song: Song) -> None:
    for chosen in select(song, Settings()):
        assert chosen.included
        assert not chosen.protected.any()


def _neighbours(track: Track) -> Iterator[tuple[int, int]]:
    for pitch in np.unique(track.notes.pitch):
        same = np.flatnonzero(track.notes.pitch == pitch)
        yield from zip(same[:-1].tolist(), same[1:].tolist(), strict=True)
