"""Selection: include, exclude, choices by hand and protected notes, each with its reason."""

from __future__ import annotations

import pytest

from duv_studio.engine.midi.song import Family, Song, Track
from duv_studio.engine.music.selection import select
from duv_studio.engine.music.settings import Settings
from duv_studio.errors import DuvError
from tests.songs import PPQ, make_song, make_track

ROW = (0, PPQ, 60, 80)


def named(index: int, name: str, program: int | None = 0, channel: int | None = None) -> Track:
    return make_track([ROW], index=index, name=name, program=program, channel=index if channel is None else channel)


@pytest.fixture
def song() -> Song:
    return make_song(named(0, "Gtr Lead", 27), named(1, "ベース", 33), named(2, "", 48), named(3, " ", None, 9))


def outcome(song: Song, **settings: object) -> list[tuple[bool, str]]:
    return [(s.included, s.reason) for s in select(song, Settings(**settings))]  # type: ignore[arg-type]


def test_without_patterns_everything_is_included(song: Song) -> None:
    assert outcome(song) == outcome(song, include="", exclude="") == [(True, "included")] * 4


def test_include_keeps_what_it_matches(song: Song) -> None:
    no = (False, 'not matched by include "(?i)gtr|ベース"')
    yes = (True, 'matches include "(?i)gtr|ベース"')
    assert outcome(song, include="(?i)gtr|ベース") == [yes, yes, no, no]


def test_exclude_beats_include(song: Song) -> None:
    assert outcome(song, include="Lead", exclude="Gtr")[0] == (False, 'excluded by "Gtr"')


def test_unnamed_tracks_go_by_their_sound(song: Song) -> None:
    assert [i for i, _ in outcome(song, include="String Ensemble|Drums")] == [False, False, True, True]


def test_named_tracks_do_not_go_by_their_sound(song: Song) -> None:
    assert not any(included for included, _ in outcome(song, include="Electric"))


@pytest.mark.parametrize("wanted", [True, False])
def test_a_choice_by_hand_beats_both_patterns(song: Song, wanted: bool) -> None:
    key = song.tracks[0].key
    result = outcome(song, include="Gtr" if not wanted else "no such", exclude="Gtr", track_included={key: wanted})
    assert result[0] == (wanted, "switched on by hand" if wanted else "switched off by hand")
    assert not result[1][0]


@pytest.mark.parametrize("which", ["include", "exclude"])
def test_a_wrong_pattern_is_an_error_even_when_all_is_chosen_by_hand(song: Song, which: str) -> None:
    by_hand = {track.key: True for track in song.tracks}
    with pytest.raises(DuvError, match=f'the {which} pattern "\\(" is wrong at position 1'):
        outcome(song, **{which: "("}, track_included=by_hand)


def test_keyswitches_are_protected_unless_told_otherwise() -> None:
    rows = [(0, PPQ, 12, 100), *((i * PPQ, PPQ, 60 + i, 80) for i in range(8))]
    song = make_song(make_track(rows, family=Family.GUITAR, program=27, name="Gtr"))
    protected = select(song, Settings())[0]
    assert protected.protected.tolist() == [True] + [False] * 8
    assert protected.protected_reason == "key-switch C0, apart from what is played"
    free = select(song, Settings(protect_keyswitches=False))[0]
    assert not free.protected.any()
    assert free.protected_reason == ""


def test_named_keyswitches_stand_instead_of_those_that_are_found() -> None:
    rows = [(0, PPQ, 12, 100), *((i * PPQ, PPQ, 60 + i, 80) for i in range(8))]
    song = make_song(make_track(rows, family=Family.GUITAR, program=27, name="Gtr"))
    key = song.tracks[0].key
    for protect in (True, False):
        (named,) = select(song, Settings(protect_keyswitches=protect, keyswitches={key: frozenset({61, 62, 99})}))
        assert named.protected.tolist() == named.keyswitches.tolist() == [False, False, True, True, *[False] * 5][:9]
        assert named.protected_reason == "key-switch C#4, D4, set by you"
    (none,) = select(song, Settings(keyswitches={key: frozenset()}))
    assert not none.protected.any() and none.protected_reason == ""


def test_pitches_that_are_kept_are_read_and_say_why() -> None:
    rows = [(i * PPQ, PPQ, (48, 60, 36, 67)[i % 4], 80) for i in range(9)]
    song = make_song(make_track(rows, family=Family.DRUMS, channel=9), make_track(rows, index=1))
    kept = {track.key: frozenset({36, 67}) for track in song.tracks}
    kit, piano = select(song, Settings(protected_pitches=kept))
    assert kit.protected.tolist() == [p in (36, 67) for _, _, p, _ in rows] and not kit.keyswitches.any()
    assert (kit.protected_reason, piano.protected_reason) == ("kept: kick, agogo", "kept: C2, G4")
