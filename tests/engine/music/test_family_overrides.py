"""Chosen families: the song that a choice makes, always the same one, gone with the song it was made of."""

from __future__ import annotations

import pytest

from duv_studio.engine.midi.song import Family, Song
from duv_studio.engine.music.family_overrides import SET_BY_USER, with_families
from duv_studio.engine.performance.limits import limits_of
from duv_studio.errors import DuvError
from tests.songs import PPQ, make_song, make_track


def two_tracks() -> Song:
    rows = [(i * PPQ, PPQ, 60, 80) for i in range(4)]
    return make_song(make_track(rows), make_track(rows, index=1, channel=1))


def test_a_chosen_family_replaces_the_guess_and_its_reason() -> None:
    song = two_tracks()
    made = with_families(song, {"1:0:1": Family.GUITAR, "9:0:0": Family.BASS})
    assert [(t.family, t.family_reason) for t in made.tracks] == [
        (Family.PIANO, "test"),
        (Family.GUITAR, SET_BY_USER),
    ]
    assert made.tracks[0] is song.tracks[0] and made.tracks[1].notes is song.tracks[1].notes


def test_what_changes_nothing_gives_the_song_itself() -> None:
    song = two_tracks()
    made = with_families(song, {"0:0:0": Family.BASS})
    assert with_families(song, {}) is song
    assert with_families(song, {"7:0:7": Family.BASS}) is song
    assert with_families(made, {"0:0:0": Family.BASS}) is made


def test_choosing_the_guess_is_a_choice_all_the_same() -> None:
    assert with_families(two_tracks(), {"0:0:0": Family.PIANO}).tracks[0].family_reason == SET_BY_USER


def test_a_family_may_be_given_by_its_name() -> None:
    made = with_families(two_tracks(), {"0:0:0": "drums"})  # type: ignore[dict-item]
    assert made.tracks[0].family is Family.DRUMS
    with pytest.raises(DuvError, match=r"0:0:0 is \"tuba\""):
        with_families(two_tracks(), {"0:0:0": "tuba"})  # type: ignore[dict-item]


def test_the_same_choice_gives_the_same_object_so_that_limits_are_worked_out_once() -> None:
    song = two_tracks()
    one, two = (with_families(song, {"0:0:0": Family.BASS}) for _ in range(2))
    assert one is two and limits_of(one) is limits_of(two)
    assert with_families(song, {"0:0:0": Family.GUITAR}) is not one


def test_few_choices_are_remembered() -> None:
    song = two_tracks()
    made = [with_families(song, {"0:0:0": family}) for family in Family]
    again = [with_families(song, {"0:0:0": family}) for family in reversed(Family)]
    assert [a is b for a, b in zip(made, reversed(again), strict=True)] == [False] * 3 + [True] * 4
