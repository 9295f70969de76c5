"""Ensembles: which tracks are parts of one instrument."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from duv_studio.engine.midi.song import Family, Song
from duv_studio.engine.music.ensemble import groups
from tests.songs import PPQ, make_song, make_track


def song_of(*names: str, **common: Any) -> Song:
    """Tracks of these names on channels of their own, with nothing in common but what is given."""
    rng = np.random.default_rng(0)
    tracks = []
    for index, name in enumerate(names):
        rows = [(int(t) * 60, PPQ, int(p), 80) for t, p in zip(range(40), rng.integers(30, 100, 40), strict=True)]
        own = {"channel": index} | {key: v[index] if isinstance(v, list) else v for key, v in common.items()}
        tracks.append(make_track(rows, index=index, name=name, **own))
    return make_song(*tracks)


@pytest.mark.parametrize(
    "names",
    [
        ("Right hand", "Left hand"),
        ("RH", "LH"),
        ("Piano R.H.", "Piano L.H."),
        ("Piano (RH)", "Piano (LH)"),
        ("Piano", "Piano 2"),
        ("Piano", "Piano"),
        ("Grand Piano", "Grand Piano"),
        ("Piano R", "Piano L"),
        ("Piano, treble staff", "Piano, bass staff"),
        ("Upper", "Lower"),
        ("右手", "左手"),
        ("ピアノ 右手", "ピアノ 左手"),
        ("Main droite", "Main gauche"),
        ("Klavier rechts", "Klavier links"),
        ("Piano right hand", "Left Hand"),
        ("Rhodes", "Rhodes 2"),
        ("", ""),
        ("Track 1", "Track 2"),
    ],
)
def test_two_hands_are_one_piano(names: tuple[str, str]) -> None:
    assert groups(song_of(*names)) == ((0, 1),)


@pytest.mark.parametrize(
    "names",
    [
        ("Piano", "Rhodes"),
        ("Right hand", "Strings left"),
        ("Melody", "Chords"),
        ("", "Piano"),
        ("", "", ""),
        ("Track 1", "Track 2", "Track 3"),
    ],
)
def test_others_are_alone(names: tuple[str, ...]) -> None:
    assert groups(song_of(*names)) == tuple((i,) for i in range(len(names)))


def test_another_sound_or_family_is_another_instrument() -> None:
    names = ("Piano", "Piano 2")
    assert groups(song_of(*names, program=[0, 4])) == ((0,), (1,))
    assert groups(song_of(*names, program=[0, None])) == ((0, 1),)
    assert groups(song_of(*names, family=[Family.PIANO, Family.GUITAR])) == ((0,), (1,))
    assert groups(song_of("Violin", "Violin", family=Family.STRINGS)) == ((0,), (1,))


def test_the_pieces_of_a_kit_are_one_drummer() -> None:
    names, drums = ("Kick", "Bass", "Snare", "Bongo"), Family.DRUMS
    families = [drums, Family.BASS, drums, drums]
    assert groups(song_of(*names, family=families, channel=[9, 1, 9, 3])) == ((0, 2), (1,), (3,))


def test_a_doubled_track_is_no_other_hand() -> None:
    track = make_track([(i * PPQ, PPQ, 60 + i, 80) for i in range(9)])
    copy = replace(track, index=1, name="Piano copy")
    assert groups(make_song(track, replace(copy, name="Piano"))) == ((0,), (1,))


def test_sequences_of_a_type_2_file_are_not_played_together() -> None:
    song = song_of("RH", "LH")
    apart = replace(song, source=cast(Any, SimpleNamespace(ppq=PPQ, format=2)))
    assert groups(apart) == ((0,), (1,))


def test_every_track_is_in_one_group() -> None:
    song = song_of("RH", "Kick", "LH", "Flute", family=[Family.PIANO, Family.DRUMS, Family.PIANO, Family.OTHER])
    assert groups(song) == ((0, 2), (1,), (3,))
    assert groups(make_song()) == ()


def drums_of(*rows: tuple[str, int, int]) -> Song:
    """Tracks of drums: name, channel and how many pitches each plays."""
    rng = np.random.default_rng(0)
    tracks = []
    for index, (name, channel, pitches) in enumerate(rows):
        onsets = rng.choice(200, 40, replace=False)
        notes = [(int(t) * 60, 30, 60 + i % pitches, 80) for i, t in enumerate(sorted(onsets))]
        tracks.append(make_track(notes, index=index, name=name, channel=channel, family=Family.DRUMS))
    return make_song(*tracks)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("Kick", 0, 1), ("Snare", 1, 2), ("Hi-Hat", 2, 3)], ((0, 1, 2),)),
        ([("Kick", 0, 1), ("Snare", 0, 1), ("Hi-Hat", 3, 1)], ((0, 1, 2),)),
        ([("Kick", 0, 1), ("Drum Loop", 0, 8), ("Snare", 3, 1)], ((0, 1), (2,))),
        ([("Kick", 0, 1), ("Drums", 9, 8), ("Snare", 3, 1)], ((0, 2), (1,))),
        ([("Kick", 9, 1), ("Snare", 9, 1), ("Clap", 3, 1)], ((0, 1), (2,))),
        ([("Drums A", 0, 8), ("Drums B", 1, 8)], ((0,), (1,))),
        ([("Kick", 0, 9), ("Snare", 1, 9)], ((0,), (1,))),
    ],
)
def test_pieces_of_a_kit_are_one_instrument_whatever_their_channels(
    rows: list[tuple[str, int, int]], expected: tuple[tuple[int, ...], ...]
) -> None:
    assert groups(drums_of(*rows)) == expected
