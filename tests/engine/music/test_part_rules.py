"""Rows about parts on a song: which tracks they reach, which of them wins, and what is told."""

from __future__ import annotations

from typing import Any

import pytest

from duv_studio.engine.midi.song import Family, Song
from duv_studio.engine.music.part_rows import parse_rules
from duv_studio.engine.music.part_rules import settings_with
from duv_studio.engine.music.selection import select
from duv_studio.engine.music.settings import Settings
from duv_studio.errors import DuvError
from tests.songs import PPQ, make_song, make_track


@pytest.fixture
def song() -> Song:
    kit = [(i * PPQ, PPQ // 4, (36, 42, 38, 46)[i % 4], 100) for i in range(16)]
    line = [(i * PPQ, PPQ, 60 + i % 5, 80) for i in range(16)]
    return make_song(
        make_track(kit, name="Drums", channel=9, family=Family.DRUMS),
        make_track(line, index=1, name="Church Organ", program=19, family=Family.OTHER),
        make_track([(i * PPQ, 9, 60, 90) for i in range(16)], index=2, name="Kick", program=None, family=Family.PIANO),
        make_track(line, index=3, name="", program=33, family=Family.BASS),
    )


def keys(song: Song) -> list[str]:
    return [track.key for track in song.tracks]


def made(song: Song, *rows: Any, settings: Settings | None = None) -> Settings:
    return settings_with(song, settings or Settings(), parse_rules(rows))


@pytest.mark.parametrize(
    ("row", "field", "expected"),
    [
        ("Organ: velocity=0", "track_velocity", {1: 0.0}),
        ("Organ: duration=50%", "track_duration", {1: 0.5}),
        ("Organ|Drums: intensity=.25", "track_intensity", {0: 0.25, 1: 0.25}),
        ("Drums: protect=kick", "protected_pitches", {0: {35, 36}}),
        ("Drums: protect=kick, open hat,C2-D2", "protected_pitches", {0: {35, 36, 46, 37, 38}}),
        (".*: protect=kick", "protected_pitches", {0: {35, 36}, 1: set(), 2: set(), 3: set()}),
        ("Organ: protect=C4,62", "protected_pitches", {1: {60, 62}}),
        ("Organ: protect=all", "protected_pitches", {1: set(range(128))}),
        ("Organ: keyswitch=C0-B0", "keyswitches", {1: set(range(12, 24))}),
        ("Organ: keyswitch=none", "keyswitches", {1: set()}),
        ("Organ: include=no", "track_included", {1: False}),
        ("Organ: exclude=no", "track_included", {1: True}),
        ("Electric Bass: velocity=1", "track_velocity", {3: 1.0}),  # without a name it goes by its sound
        ("Kick: family=drums", "track_family", {2: Family.DRUMS}),
        ("Kick: family=drums protect=kick", "protected_pitches", {2: {60}}),
        ({"match": "Organ", "velocity": 0, "duration": 0.5}, "track_duration", {1: 0.5}),
        ({"match": "Drums", "protect": ["kick", 42]}, "protected_pitches", {0: {35, 36, 42}}),
    ],
)
def test_a_row_reaches_the_tracks_that_it_names(song: Song, row: Any, field: str, expected: dict[int, Any]) -> None:
    assert getattr(made(song, row), field) == {keys(song)[i]: value for i, value in expected.items()}


def test_later_rows_win_by_field(song: Song) -> None:
    of = made(song, ".*: velocity=0.5 duration=0.5", "Organ: velocity=0", "Organ|Drums: duration=1")
    drums, organ, kick, bass = keys(song)
    assert of.track_velocity == {drums: 0.5, organ: 0.0, kick: 0.5, bass: 0.5}
    assert of.track_duration == {drums: 1.0, organ: 1.0, kick: 0.5, bass: 0.5}
    assert made(song, "Drums: protect=kick", "Drums: protect=none").protected_pitches == {drums: frozenset()}


def test_rows_go_over_what_was_set(song: Song) -> None:
    drums, organ, *_ = keys(song)
    before = Settings(seed=7, track_velocity={drums: 0.1, organ: 0.1}, track_family={organ: Family.PIANO})
    after = made(song, "Organ: velocity=0.2", settings=before)
    assert after.track_velocity == {drums: 0.1, organ: 0.2}
    assert (after.seed, after.track_family) == (7, {organ: Family.PIANO})
    assert made(song, settings=before) is before


def test_a_kept_kick_is_protected_and_said(song: Song) -> None:
    chosen = select(song, made(song, "Drums: protect=kick"))
    assert chosen[0].protected.tolist() == [p == 36 for p in song.tracks[0].notes.pitch.tolist()]
    assert chosen[0].protected_reason == "kept: kick"
    assert not any(other.protected.any() for other in chosen[1:])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Tuba: velocity=0", r'Tuba: velocity=0\': no track has a name that matches "Tuba"'),
        ({"match": "Tuba", "velocity": 0}, 'parts, row 1, "Tuba": no track has a name that matches "Tuba"'),
        ("Organ: protect=kick", '"kick" is a piece of a drum kit, and no track that matches "Organ" has one'),
    ],
)
def test_a_row_without_use_is_told_unless_a_batch_asks(song: Song, row: Any, message: str) -> None:
    with pytest.raises(DuvError, match=message):
        made(song, row)
    skipped = settings_with(song, Settings(), parse_rules([row]), strict=False)
    assert not any(skipped.protected_pitches.values()) and not skipped.track_velocity
