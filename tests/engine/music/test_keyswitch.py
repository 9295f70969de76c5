"""Key-switches: found where libraries put them, never among notes that are played."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.instrument_ranges import PlayedRange, played_range
from duv_studio.engine.music.keyswitch import describe_keyswitches, find_keyswitches
from tests.songs import PPQ, Row, law, make_track

LONG = 9 * PPQ  # more than two bars


def found(pitches: Sequence[int], family: Family, program: int = 0, length: int = PPQ) -> list[int]:
    rows = [(i * PPQ, length if p < 40 else PPQ, p, 100) for i, p in enumerate(pitches)]
    track = make_track(rows, family=family, program=program)
    return [pitches[i] for i in find_keyswitches(track, PPQ).nonzero()[0]]


NAMES = ("", "Kontakt", "Violin", "Piano", "Trumpet", "Guitar", "Bass", "Synth")
ROWS = st.lists(
    st.tuples(st.integers(0, 40 * PPQ), st.integers(1, 12 * PPQ), st.integers(0, 127), st.integers(1, 127)), max_size=30
)
MELODY = [60, 62, 64, 65, 67, 69, 71, 72]


@pytest.mark.parametrize(
    ("what", "pitches", "family", "program", "expected"),
    [
        ("guitar switches at C1", [24, 26, 45, 48, 52, 55, 60], Family.GUITAR, 27, [24, 26]),
        ("bass switches at C0", [12, 28, 31, 33, 35, 40], Family.BASS, 33, [12]),
        ("bass switches above", [28, 31, 33, 35, 40, 96], Family.BASS, 33, [96]),
        ("string switches at C0", [12, 13, *MELODY], Family.STRINGS, 48, [12, 13]),
        ("violin switches at C1", [24, 36, *MELODY], Family.STRINGS, 40, [24, 36]),
        ("trumpet switches at C1", [24, *MELODY], Family.OTHER, 56, [24]),
        ("only the isolated ones of two", [5, 32, 40, 45, 50, 52], Family.GUITAR, 27, [5]),
        ("piano in its lowest octave", [21, 22, *MELODY, 108], Family.PIANO, 0, []),
        ("drums anywhere", [12, *MELODY], Family.DRUMS, 0, []),
        ("percussion anywhere", [12, *MELODY], Family.PERCUSSION, 112, []),
        ("five-string bass", [23, 28, 33, 38, 40, 43], Family.BASS, 33, []),
        ("seven-string guitar in drop A", [33, 45, 50, 52, 57], Family.GUITAR, 30, []),
        ("eight-string guitar", [30, 37, 42, 45, 49, 54], Family.GUITAR, 30, []),
        ("double bass pedal under high strings", [24, *MELODY], Family.STRINGS, 48, []),
        ("a cello line in a violin track", [43, 45, 69, 72, 76, 77, 79], Family.STRINGS, 40, []),
        ("a far but playable pedal note", [40, *[p + 12 for p in MELODY]], Family.GUITAR, 27, []),
        ("a gap, but above played notes", [30, 40, 60, 62, 64, 65], Family.GUITAR, 27, []),
        ("synth sub bass", [24, 24, 24, *MELODY], Family.OTHER, 81, []),
        ("outside, but not rare", [12, 12, 12, 12, 60, 62, 64], Family.STRINGS, 48, []),
        ("nothing but low notes", [12, 13, 14], Family.BASS, 33, []),
        ("one note", [12], Family.BASS, 33, []),
        ("an empty track", [], Family.GUITAR, 27, []),
    ],
)  # fmt: skip
def test_table(what: str, pitches: list[int], family: Family, program: int, expected: list[int]) -> None:
    assert found(pitches, family, program) == expected, what


def test_latched_switches_need_no_gap() -> None:
    near = [20, 28, 31, 33, 35, 40]
    assert found(near, Family.BASS, length=LONG) == [20]
    assert found(near, Family.BASS, length=PPQ) == []


def test_latched_switches_share_one_velocity() -> None:
    rows = [(0, LONG, 19, 90), (LONG, LONG, 20, 100), *((i * PPQ, PPQ, 28 + i % 5, 80) for i in range(9))]
    assert not find_keyswitches(make_track(rows, family=Family.BASS), PPQ).any()


@law
@given(rows=ROWS, family=st.sampled_from(list(Family)), program=st.none() | st.integers(0, 127), at=st.floats(0, 1))
def test_notes_of_the_ordinary_range_are_never_switches(
    rows: list[Row], family: Family, program: int | None, at: float
) -> None:
    name = NAMES[round(at * (len(NAMES) - 1))]
    known = played_range(make_track([], family=family, program=program, name=name)) or PlayedRange(0, 0, 127, 127)
    ordinary = [(onset, length, min(max(p, known.low), known.high), v) for onset, length, p, v in rows]
    track = make_track(ordinary, family=family, program=program, name=name)
    assert not find_keyswitches(track, PPQ).any()


@law
@given(rows=ROWS, family=st.sampled_from(list(Family)), program=st.none() | st.integers(0, 127))
def test_what_is_found_lies_eight_semitones_apart(rows: list[Row], family: Family, program: int | None) -> None:
    track = make_track(rows, family=family, program=program, name="Kontakt")
    mask, pitch = find_keyswitches(track, PPQ), track.notes.pitch
    short = track.notes.duration <= 8 * PPQ  # those that are latched need no gap
    line = pitch[~mask]
    assert mask.mean() <= 0.6 if len(mask) else True
    assert all(((p <= line.min() - 8) or (p >= line.max() + 8)) for p in pitch[mask & short])


def test_description_names_the_pitches() -> None:
    rows = [(i * PPQ, PPQ, p, 100) for i, p in enumerate([12, 13, 14, 15, 16, *MELODY, *MELODY])]
    track = make_track(rows, family=Family.STRINGS, program=48)
    mask = find_keyswitches(track, PPQ)
    assert describe_keyswitches(track, mask) == "key-switch C0, C#0, D0, D#0 …, apart from what is played"
    assert describe_keyswitches(track, mask & False) == ""
