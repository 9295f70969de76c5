"""Doubles and echoes: which tracks play another's notes again, and which only look like it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from duv_studio.engine.midi.midi_file import parse
from duv_studio.engine.midi.song import Family, Song
from duv_studio.engine.midi.time_maps import TempoMap
from duv_studio.engine.music.doubles import followed, relations
from tests.midi_builder import TrackSpec, build_song
from tests.songs import PPQ, Row, make_song, make_track

EIGHTH = PPQ // 2


def tune(notes: int = 48, seed: int = 0, velocity: int = 90) -> list[Row]:
    """Eighths and rests in a scale."""
    rng = np.random.default_rng(seed)
    steps = np.cumsum(rng.integers(1, 4, notes))
    pitches = rng.choice([60, 62, 64, 65, 67, 69, 71, 72], notes)
    return [(int(s) * EIGHTH, 200, int(p), velocity) for s, p in zip(steps, pitches, strict=True)]


def chords(notes: int = 48) -> list[Row]:
    """The tune above three notes of accompaniment."""
    return sorted(
        row for onset, length, pitch, v in tune(notes)
        for row in [(onset, length, pitch, v), *((onset, length, low, v) for low in (40, 44, 47))]
    )  # fmt: skip


def moved(rows: list[Row], later: int = 0, higher: int = 0, louder: float = 1.0) -> list[Row]:
    return [(on + later, length, pitch + higher, round(v * louder)) for on, length, pitch, v in rows]


def song_of(*tracks: tuple[list[Row], dict[str, Any]]) -> Song:
    defaults: dict[str, Any] = {"family": Family.OTHER, "program": 80, "name": "Lead"}
    return make_song(*(
        make_track(rows, index=i, **defaults | {"channel": i} | own) for i, (rows, own) in enumerate(tracks)
    ))  # fmt: skip


def phrases(song: Song) -> list[str]:
    following = followed(song, frozenset(range(len(song.tracks))))
    return [str(following.get(index, "")) for index in range(len(song.tracks))]


def some(rows: list[Row], keep: Callable[[int], bool]) -> list[Row]:
    return [row for k, row in enumerate(rows) if keep(k)]


STRINGS: dict[str, Any] = {"family": Family.STRINGS, "program": 48, "name": "Strings"}
DRUMS: dict[str, Any] = {"family": Family.DRUMS, "program": None, "name": "Kit"}


@pytest.mark.parametrize(
    ("what", "source", "other", "own", "expected"),
    [
        ("the same notes", tune(), tune(), {}, ""),
        ("softer", tune(), moved(tune(), louder=0.6), {}, ""),
        ("another family", tune(), tune(), STRINGS, ""),
        ("an octave higher", tune(), moved(tune(), higher=12), STRINGS, " (an octave higher)"),
        ("two octaves lower", tune(), moved(tune(), higher=-24), {}, " (2 octaves lower)"),
        ("a few milliseconds off", tune(), moved(tune(), later=7), {}, ""),
        ("a moment later", tune(), moved(tune(), later=30), {}, " (a moment later)"),
        ("nine of ten notes", tune(60), some(tune(60), lambda k: k % 10 > 0), {}, ""),
        ("the second half only", tune(), tune()[24:], STRINGS, ""),
        ("other lengths", tune(), [(on, 400, p, v) for on, _, p, v in tune()], STRINGS, ""),
        ("chords", chords(), chords(), STRINGS, ""),
        ("an echo", tune(), moved(tune(), later=180, louder=0.5), {}, " (echo, 3/32 later)"),
        ("an eighth later", tune(), moved(tune(), later=240, louder=0.8), {}, " (echo, 1/8 later)"),
        ("a triplet later", tune(), moved(tune(), later=160, louder=0.7), {}, " (echo, 1/12 later)"),
        ("two beats later", tune(), moved(tune(), later=960, louder=0.7), {}, " (echo, 1/2 later)"),
        ("no note value later", tune(), moved(tune(), later=317, louder=0.7), {}, " (echo, 330 ms later)"),
        ("the echo of some notes", tune(), moved(some(tune(), lambda k: k % 4 > 1), 180, 0, 0.5), {},
         " (echo, 3/32 later)"),
        ("the echo of chords", chords(), moved(chords(), 180, 0, 0.5), {}, " (echo, 3/32 later)"),
    ],
)  # fmt: skip
def test_a_track_follows_whose_notes_it_plays_again(
    what: str, source: list[Row], other: list[Row], own: dict[str, Any], expected: str
) -> None:
    assert phrases(song_of((source, {}), (other, own))) == ["", f"follows track 1{expected}"], what
    if "echo" not in expected and len(other) == len(source) and "later" not in expected:
        assert phrases(song_of((other, own), (source, {})))[0] == "", what  # the first in the file leads
    else:
        assert phrases(song_of((other, own), (source, {}))) == [f"follows track 2{expected}", ""], what


@pytest.mark.parametrize(
    ("what", "source", "other", "own"),
    [
        ("another tune", tune(), tune(seed=1), {}),
        ("the melody above its accompaniment", chords(), tune(), {}),
        ("a parallel third", tune(), moved(tune(), higher=4), {}),
        ("three of four notes", tune(60), [*some(tune(60), lambda k: k % 4 > 0), (9, 9, 61, 90)], {}),
        ("a canon of equal voices", tune(), moved(tune(), later=960), {}),
        ("a canon a bar later", tune(), moved(tune(), later=1920, louder=0.5), {}),
        ("an imitation by another instrument", tune(), moved(tune(), later=480, louder=0.6), STRINGS),
        ("a louder answer", tune(), moved(tune(), later=480, louder=1.2), {}),
        ("an imitation at the fifth", tune(), moved(tune(), later=480, higher=7, louder=0.6), {}),
        ("a free imitation", tune(), moved(some(tune(), lambda k: k % 8 > 0), 480, 0, 0.6)
         + moved(tune(9, seed=3), 5000, 0, 0.6), {}),
        ("soft off-beats on one pitch", [(i * PPQ, 100, 60, 100) for i in range(40)],
         [(i * PPQ + EIGHTH, 100, 60, 50) for i in range(40)], {}),
        ("a few notes", tune(7), tune(7), {}),
        ("drums and a tune of the same numbers", tune(), tune(), DRUMS),
    ],
)  # fmt: skip
def test_others_follow_no_one(what: str, source: list[Row], other: list[Row], own: dict[str, Any]) -> None:
    assert phrases(song_of((source, {}), (other, own))) == ["", ""], what


def test_drums_double_drums_but_have_no_octaves_and_no_echoes() -> None:
    beat = [(i * EIGHTH, 60, (36, 42, 38, 42, 49)[i % 5], 100) for i in range(64)]
    assert phrases(song_of((beat, DRUMS), (beat, DRUMS)))[1] == "follows track 1"
    assert phrases(song_of((beat, DRUMS), (moved(beat, higher=12), DRUMS))) == ["", ""]
    assert phrases(song_of((beat, DRUMS), (moved(beat, later=120, louder=0.5), DRUMS))) == ["", ""]


def test_two_hands_in_octaves_are_two_hands() -> None:
    piano = {"family": Family.PIANO, "program": 0}
    hands = song_of((tune(), piano | {"name": "Piano RH"}), (moved(tune(), higher=-12), piano | {"name": "Piano LH"}))
    assert phrases(hands) == ["", ""]
    doubled = song_of((tune(), piano | {"name": "Piano"}), (moved(tune(), higher=-12), piano | {"name": "Rhodes"}))
    assert phrases(doubled)[1] == "follows track 1 (an octave lower)"


def test_an_echo_keeps_its_delay_in_beats_or_in_seconds_through_changes_of_tempo() -> None:
    slower = TempoMap(PPQ, [(0, 500_000), (20 * PPQ, 700_000), (40 * PPQ, 400_000)])
    in_beats = replace(song_of((tune(), {}), (moved(tune(), 180, 0, 0.5), {})), tempo=slower)
    assert phrases(in_beats)[1] == "follows track 1 (echo, 3/32 later)"
    delayed = [(round(float(slower.ticks_at(slower.seconds(on) + 0.25))), d, p, 45) for on, d, p, _ in tune()]
    assert (
        phrases(replace(song_of((tune(), {}), (delayed, {})), tempo=slower))[1]
        == "follows track 1 (echo, 250 ms later)"
    )


def test_an_echo_may_be_softer_by_the_volume_of_its_channel() -> None:
    def echo(volume: int) -> list[str]:
        quiet = [(0, bytes([0xB1, 7, volume]))]
        specs = [
            TrackSpec(tune(), program=80, events=[(0, b"\xb0\x07\x64")]),
            TrackSpec(moved(tune(), later=180), channel=1, program=80, events=quiet),
        ]
        return phrases(parse(build_song(specs)))

    assert echo(50)[1] == "follows track 1 (echo, 3/32 later)"
    assert echo(100) == echo(127) == ["", ""]


def test_an_echo_of_which_the_file_does_not_say_what_it_is_follows_too() -> None:
    def phrases_of(name: str, program: int | None) -> list[str]:
        echo = TrackSpec(moved(tune(), 180, 0, 0.5), channel=1, name=name, program=program)
        return phrases(parse(build_song([TrackSpec(tune(), name="Lead", program=program), echo])))

    assert phrases_of("Delay", None) == phrases_of("", None) == phrases_of("", 80)
    assert phrases_of("Delay", None)[1] == "follows track 1 (echo, 3/32 later)"
    assert phrases_of("Violin", None) == ["", ""]


def test_all_layers_and_taps_follow_one_track() -> None:
    song = song_of(
        (tune()[:40], STRINGS), (tune(), {}), (tune(), STRINGS), (moved(tune(), 180, 0, 0.5), {}),
        (moved(tune(), 360, 0, 0.25), {}),
    )  # fmt: skip
    assert phrases(song) == [
        "follows track 2", "", "follows track 2", "follows track 2 (echo, 3/32 later)",
        "follows track 2 (echo, 3/16 later)",
    ]  # fmt: skip
    others = followed(song, frozenset({0, 2, 4}))
    assert {index: relation.source for index, relation in others.items()} == {0: 2}


def test_who_is_not_played_is_not_followed() -> None:
    song = song_of((tune(), {}), (tune(), {}))
    assert followed(song, frozenset({1})) == followed(song, frozenset()) == {}
    assert len(relations(song)[1]) == 1


def test_nothing_is_looked_for_in_a_type_2_file_or_among_hundreds_of_tracks() -> None:
    song = song_of((tune(), {}), (tune(), {}))
    song.source.format = 2  # type: ignore[misc]
    assert relations(replace(song)) == ((), ())
    many = song_of(*[(tune(8), {"channel": 0})] * 129)
    assert not any(relations(many))
