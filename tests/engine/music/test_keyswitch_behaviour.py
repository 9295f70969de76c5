"""Key-switches by what they do: layouts of sample libraries are found whole, music that looks alike never is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from duv_studio.engine.midi.song import Family, Track
from duv_studio.engine.music.keyswitch import find_keyswitches
from tests.songs import PPQ, make_track

Note = tuple[float, float, int]  # beat, length in beats, pitch
_VELOCITIES = (20, 110, 64, 97, 1, 127, 50, 80)


def track_of(notes: Sequence[Note], name: str, program: int | None, family: Family) -> Track:
    rows = [
        (round(beat * PPQ), max(round(length * PPQ), 1), pitch, _VELOCITIES[i % len(_VELOCITIES)])
        for i, (beat, length, pitch) in enumerate(notes)
    ]
    return make_track(rows, name=name, program=program, family=family)


def line(low: int, bars: int = 8, late: float = 0.0) -> list[Note]:
    """Quarters and eighths over an octave, from `low` up."""
    steps = (0, 4, 7, 5, 2, 9, 12, 7, 4, 11)
    beats = [bar * 4 + beat for bar in range(bars) for beat in (0, 1, 1.5, 2, 3, 3.5)]
    return [(beat + late, 0.45, low + steps[i * 7 % 10]) for i, beat in enumerate(beats)]


def long_line(low: int, bars: int = 8) -> list[Note]:
    return [(beat, 2.0, low + (0, 4, 7, 5, 12)[i % 5]) for i, beat in enumerate(range(0, bars * 4, 2))]


def chords(low: int, bars: int = 8) -> list[Note]:
    return [(beat, 1.9, low + p) for beat in range(0, bars * 4, 2) for p in (beat % 5, 4 + beat % 5, 7 + beat % 5)]


def switches(
    pitches: Sequence[int], at: float = 0.0, length: float = 0.12, bars: int = 8, every: int = 1
) -> list[Note]:
    starts = range(0, bars, every)
    return [(max(bar * 4 + at, 0), length, pitches[i % len(pitches)]) for i, bar in enumerate(starts)]


SAMPLED: list[tuple[str, int | None, Family, int]] = [
    ("Violin", 40, Family.STRINGS, 55),
    ("Violins 1 CSS", None, Family.STRINGS, 55),
    ("Celli", None, Family.STRINGS, 36),
    ("2 French Horn KS Master", 60, Family.OTHER, 46),
    ("French Horn", None, Family.OTHER, 46),
    ("Trumpet", None, Family.OTHER, 58),
    ("Bassoon", 70, Family.OTHER, 40),
    ("Choir", 52, Family.OTHER, 50),
    ("Flute", 73, Family.OTHER, 60),
    ("Guitar", 27, Family.GUITAR, 40),
    ("Ample M", 25, Family.GUITAR, 40),
    ("Strings", 48, Family.STRINGS, 48),
    ("Strings", None, Family.STRINGS, 48),
    ("Kontakt", None, Family.PIANO, 55),
    ("Track 3", 0, Family.PIANO, 50),
    ("", None, Family.PIANO, 50),
]
PLACES: list[tuple[str, float, float]] = [
    ("on the bar", 0.0, 0.12),
    ("a 32nd before", -0.125, 0.12),
    ("a 16th before", -0.25, 0.2),
    ("an eighth before", -0.5, 0.25),
    ("held through the bar", 0.0, 3.99),
]


@pytest.mark.parametrize(("name", "program", "family", "low"), SAMPLED, ids=lambda value: str(value))
@pytest.mark.parametrize(("where", "at", "length"), PLACES, ids=lambda value: str(value))
@pytest.mark.parametrize("pitches", [(24, 25), (24, 25, 26), (12, 13, 14), (0, 1), (24, 26, 27, 25), (25, 24, 25, 27)])
def test_switches_are_found_whole(
    name: str, program: int | None, family: Family, low: int, where: str, at: float, length: float,
    pitches: tuple[int, ...],
) -> None:  # fmt: skip
    for played in (line(low), line(low, late=0.02), long_line(low)):
        track = track_of(sorted(played + switches(pitches, at, length)), name, program, family)
        found = find_keyswitches(track, PPQ)
        assert found.tolist() == np.isin(track.notes.pitch, pitches).tolist(), where


@pytest.mark.parametrize(
    ("what", "pitches", "at", "length", "name", "program", "family", "played"),
    [
        ("one pitch whose velocity switches", [24], 0, 0.12, "Violins 1 CSS", None, Family.STRINGS, line(55)),
        ("one pitch under a horn", [25], 0, 0.12, "Horn", 60, Family.OTHER, line(50)),
        ("eleven semitones under a guitar", [24, 25, 26, 27, 28, 29], 0, 0.12, "Gtr", 27, Family.GUITAR, line(40)),
        ("ten semitones under a guitar", [28, 29, 30], 0, 0.12, "Gtr", 24, Family.GUITAR, line(40)),
        ("eight semitones under a cello", [26, 27, 28], 0, 0.12, "Cello", 42, Family.STRINGS, line(36)),
        ("over a flute", [108, 110], 0, 0.12, "Flute", 73, Family.OTHER, line(60)),
        ("over a bass", [96, 97, 98], 0, 0.12, "Bass", 33, Family.BASS, line(28)),
        ("eight semitones over a trumpet", [93, 94], -0.25, 0.12, "Trumpet", 56, Family.OTHER, line(73)),
        ("under the keys of a piano", [12, 13], 0, 0.12, "Piano", 0, Family.PIANO, line(48)),
        ("under chords of strings", [24, 25, 26], 0, 0.12, "Strings", 48, Family.STRINGS, chords(48)),
        ("under strummed chords", [24, 25, 26], -0.25, 0.2, "Gtr", 25, Family.GUITAR, chords(45)),
        ("under chords of who knows what", [24, 25, 26], 0, 0.12, "Kontakt", None, Family.PIANO, chords(48)),
    ],
)  # fmt: skip
def test_more_layouts(
    what: str, pitches: list[int], at: float, length: float, name: str, program: int | None, family: Family,
    played: list[Note],
) -> None:  # fmt: skip
    track = track_of(sorted(played + switches(pitches, at, length)), name, program, family)
    assert find_keyswitches(track, PPQ).tolist() == np.isin(track.notes.pitch, pitches).tolist(), what


def test_switches_on_both_sides() -> None:
    notes = sorted(line(55) + switches([24, 25], every=2) + switches([118, 119], at=2, every=4))
    track = track_of(notes, "Violin", 40, Family.STRINGS)
    assert find_keyswitches(track, PPQ).tolist() == [p < 55 or p > 100 for p in track.notes.pitch.tolist()]


@pytest.mark.parametrize(
    ("name", "program", "family", "notes", "all_are"),
    [
        ("Violin KS", 40, Family.STRINGS, switches([24, 25, 26]), True),
        ("Keyswitches", None, Family.PIANO, switches([24, 25, 26]), True),
        ("Bass Key-Switch", 33, Family.BASS, switches([12, 14]), True),
        ("Violin KS", 40, Family.STRINGS, line(55), False),
        ("Bass KS", 33, Family.BASS, line(28), False),
        ("Violin", 40, Family.STRINGS, switches([24, 25, 26]), False),  # no one says so: an octave too low, perhaps
        ("Tasks", None, Family.PIANO, switches([24, 25, 26]), False),
    ],
)
def test_a_track_of_switches_alone_says_so(
    name: str, program: int | None, family: Family, notes: list[Note], all_are: bool
) -> None:
    found = find_keyswitches(track_of(notes, name, program, family), PPQ)
    assert found.tolist() == [all_are] * len(notes)


def pedal(pitch: int, length: float, bars: int = 8) -> list[Note]:
    return [(bar * 4, length, pitch) for bar in range(bars)]


def roots(pitches: Sequence[int], length: float = 3.9, bars: int = 8) -> list[Note]:
    return [(bar * 4, length, pitches[bar % len(pitches)]) for bar in range(bars)]


def octaves(notes: Sequence[Note], down: int = 12) -> list[Note]:
    return [*notes, *((beat, length, pitch - down) for beat, length, pitch in notes)]


P, S, G, B, O = Family.PIANO, Family.STRINGS, Family.GUITAR, Family.BASS, Family.OTHER  # noqa: E741
LOOKALIKES: list[tuple[str, list[Note], str, int | None, Family]] = [
    ("left-hand octaves", [*chords(60), *octaves(roots([36, 41, 43, 36]))], "Piano", 0, P),
    ("left-hand octaves of a part without a name", [*chords(60), *octaves(roots([36, 41, 43, 36]))], "", None, P),
    ("a single bass note in every bar", [*chords(60), *roots([36, 33, 29, 31])], "Piano", 0, P),
    ("the same without a program", [*chords(60), *roots([36, 33, 29, 31])], "Track 1", None, P),
    ("a bass under one line", [*line(60), *roots([36, 33, 29, 31])], "Right and left", None, P),
    ("a pedal point under chords", [*chords(55), *pedal(24, 3.9)], "Kontakt", None, P),
    ("a pedal point under a line", [*line(60), *pedal(28, 3.9)], "Kontakt", None, P),
    ("stride", [*((b + 1, 0.5, p) for b, _, p in chords(60)), *roots([36, 31], 0.5)], "", 0, P),
    ("a low final note", [*line(60), (32, 4, 24)], "Piano", 0, P),
    ("a low final chord", [*line(60), (32, 4, 24), (32, 4, 36), (32, 4, 60)], "Kontakt", None, P),
    ("a chromatic descent in the bass", [*chords(60), *roots([36, 35, 34, 33])], "Piano", 0, P),
    ("one high note, the climax", [*line(60), (32, 1, 100)], "Violin", 40, S),
    ("a leap down in the line", [*line(60), (32, 1, 36), (33, 1, 60)], "", None, P),
    ("a bass drop", [*chords(55), (16, 4, 24), (20, 4, 24)], "Synth", 81, O),
    ("sub hits under a synthesizer", [*line(60), *pedal(24, 0.25)], "Synth Lead", None, O),
    ("sub hits under chords", [*chords(60), *pedal(29, 0.25)], "Keys", None, O),
    ("synth bass octaves", [(i / 2, 0.4, 28 + 12 * (i % 2)) for i in range(64)], "Synth Bass", 38, B),
    ("the low E of a guitar", [*line(52), *pedal(40, 3.9)], "Guitar", 24, G),
    ("the low D of a guitar", [*line(50), *pedal(38, 3.9)], "Guitar", 24, G),
    ("fingerpicking over two bass strings", [*line(57), *roots([40, 45], 2)], "Guitar", 24, G),
    ("a seven-string riff", [(i / 2, 0.4, (35, 47, 49)[i % 3]) for i in range(64)], "Guitar", 30, G),
    ("the low C of a cello", [*line(48), *pedal(36, 3.9)], "Cello", 42, S),
    ("a cello that changes register", [(i, 0.9, 38 if i % 8 == 7 else 60 + i % 5) for i in range(64)], "Cello", 42, S),
    ("contrabass under strings", [*chords(60), *roots([36, 33, 29, 31])], "Strings", 48, S),
    ("contrabass in octaves with the cellos", octaves(roots([45, 41, 43, 40]), 24)
        + octaves(roots([57, 53, 55, 52])), "Strings", 48, S),
    ("double bass pizzicati", [*chords(60), *roots([36, 31], 0.25)], "Strings", 48, S),
    ("a low five-string bass", [(i / 2, 0.4, (23, 23, 35, 33)[i % 4]) for i in range(64)], "Bass", 33, B),
    ("walking bass", [(i, 0.9, 28 + (0, 4, 7, 9, 16, 12, 9, 5)[i % 8]) for i in range(64)], "Bass", 32, B),
    ("a popped octave", [(i, 0.9, 74 if i == 31 else 28 + i % 5) for i in range(64)], "Bass", 36, B),
    ("an octave-doubled bass", octaves([(i, 0.9, 32 + i % 3) for i in range(32)]), "Bass", 33, B),
    ("a harp glissando", [(i / 8, 0.3, 24 + i) for i in range(80)] + line(60), "Harp", 46, O),
    ("a harp's bass", [*line(60), *roots([24, 26, 28])], "Harp", 46, O),
    ("organ pedals", [*chords(60), *roots([24, 26, 28, 24])], "Church Organ", 19, O),
    ("timpani", [*line(60), *pedal(41, 0.12)], "Timpani", 47, Family.PERCUSSION),
    ("drums", [*line(36), *switches([12, 13])], "Drums", None, Family.DRUMS),
    ("a kick under everything", [*chords(60), *pedal(24, 0.1)], "Kit", None, Family.DRUMS),
    ("basses of a choir", [*chords(60), *roots([41, 36, 38])], "Choir", 52, O),
    ("a tuba's pedal", [*line(46), *pedal(29, 3.9)], "Tuba", 58, O),
    ("bells over a pad", [*chords(48), *((bar * 4 + 3.5, 0.12, 96) for bar in range(8))], "Pad", 89, O),
    ("a piano's top", [*chords(48), *((bar * 4, 0.12, 103 + bar % 3) for bar in range(8))], "Piano", 0, P),
]  # fmt: skip


@pytest.mark.parametrize(("what", "notes", "name", "program", "family"), LOOKALIKES, ids=[row[0] for row in LOOKALIKES])
@pytest.mark.parametrize("part", ["whole", "first half"])
def test_music_that_looks_alike_is_left_alone(
    what: str, notes: list[Note], name: str, program: int | None, family: Family, part: str
) -> None:
    ordered = sorted(notes)
    track = track_of(ordered if part == "whole" else ordered[: len(ordered) // 2], name, program, family)
    assert not find_keyswitches(track, PPQ).any(), what


@pytest.mark.parametrize("make", [line, long_line, chords])
@pytest.mark.parametrize(("name", "program", "family", "low"), SAMPLED, ids=lambda value: str(value))
def test_a_part_alone_has_none(
    make: Callable[[int], list[Note]], name: str, program: int | None, family: Family, low: int
) -> None:
    for octave in (0, 12, 24):
        assert not find_keyswitches(track_of(sorted(make(low + octave)), name, program, family), PPQ).any()
