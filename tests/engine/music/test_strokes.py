"""Strokes over strings are told from everything else that is quick: runs, graces, trills, glissandi, 32nds, rolls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.chords import chord_ids, chords_of, stroke_ids
from tests.midi_builder import NoteTuple, TrackSpec, build_song

E_MAJOR = (40, 47, 52, 56, 59, 64)
TWELVE = (40, 52, 47, 59, 52, 64, 56, 68, 59, 59, 64, 64)  # courses of two
PPQ = 480
Rows = list[tuple[float, float, int]]  # start and end in seconds, pitch


def stroke(at: float, spread: float, pitches: Sequence[int] = E_MAJOR, length: float = 0.3) -> Rows:
    """Strings one after the other, damped together."""
    step = spread / (len(pitches) - 1)
    return [(at + k * step, at + length, pitch) for k, pitch in enumerate(pitches)]


def run(at: float, gap: float, pitches: Sequence[int], held: float = 1.0) -> Rows:
    """Notes one after the other, each `held` times as long as it takes to the next; the last for long."""
    rows = [(at + k * gap, at + (k + held) * gap, pitch) for k, pitch in enumerate(pitches)]
    return [*rows[:-1], (rows[-1][0], rows[-1][0] + 0.5, rows[-1][2])]


def found(rows: Rows) -> list[int]:
    """Sizes of the strokes."""
    start, end, pitch = (np.array(column) for column in zip(*sorted(rows), strict=True))
    ids = stroke_ids(start, end, pitch)
    return sorted(np.unique(ids[ids >= 0], return_counts=True)[1].tolist())


@pytest.mark.parametrize("spread", [0.01, 0.03, 0.06, 0.1, 0.15, 0.19])
@pytest.mark.parametrize("up", [False, True], ids=["down", "up"])
@pytest.mark.parametrize("pitches", [E_MAJOR, E_MAJOR[:3], (50, 57, 62, 66), (45, 52, 57, 60, 64)], ids=len)
def test_a_stroke_is_one(pitches: Sequence[int], up: bool, spread: float) -> None:
    strings = pitches[::-1] if up else pitches
    expected = [len(strings)] if spread / (len(strings) - 1) <= 0.045 else []
    for at in (0.0, 1.37, 100.001):
        assert found(stroke(at, spread, strings)) == expected


def test_so_are_twelve_strings_muted_ones_and_one_that_is_out_of_order() -> None:
    assert found(stroke(1.0, 0.08, TWELVE)) == [12]
    assert found(run(1.0, 0.012, E_MAJOR, held=3.0)) == [6]
    assert found(stroke(1.0, 0.06, (40, 47, 56, 52, 59, 64))) == [6]


def test_strokes_that_follow_quickly_are_told_apart() -> None:
    """Sixteenths at 150 BPM, down and up."""
    rows: Rows = []
    for k in range(8):
        rows += stroke(k * 0.1, 0.06, E_MAJOR if k % 2 == 0 else E_MAJOR[::-1], length=0.098)
    assert found(rows) == [6] * 8


@pytest.mark.parametrize(
    ("what", "rows"),
    [
        ("a block chord", stroke(1.0, 0.0)),
        ("32nds at 180", run(1.0, 60 / 180 / 8, (60, 64, 67, 72, 76, 79))),
        ("32nds at 180, slurred", run(1.0, 60 / 180 / 8, (60, 64, 67, 72, 76, 79), held=1.3)),
        ("64ths at 90", run(1.0, 60 / 90 / 16, (60, 64, 67, 72))),
        ("a scale in 40 ms", run(1.0, 0.04, (60, 62, 64, 65, 67))),
        ("two graces before a note", run(1.0, 0.04, (60, 62, 64))),
        ("an arpeggio as a grace", run(1.0, 0.04, (60, 64, 67, 72))),
        ("a trill", run(1.0, 0.04, (60, 62) * 4)),
        ("a trill in thirds that rings", run(1.0, 0.04, (60, 64) * 4, held=4)),
        ("a glissando that rings", run(1.0, 0.02, range(48, 72), held=20)),
        ("a short glissando that rings", run(1.0, 0.02, range(48, 54), held=20)),
        ("an arpeggio in sixteenths at 120 with the pedal down", run(1.0, 0.125, (48, 52, 55, 60), held=10)),
        ("a long roll", stroke(1.0, 0.4)),
        ("a tremolo", run(1.0, 0.04, (60,) * 10, held=0.9)),
        ("two voices", stroke(1.0, 0.02, (48, 60))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_else_is(what: str, rows: Rows) -> None:
    for shift in (0, 7):
        assert found([(a, b, p + shift) for a, b, p in rows]) == [], what


@pytest.mark.parametrize("bpm", [60, 90, 120, 150, 180])
@pytest.mark.parametrize("spread", [0.03, 0.06, 0.1])
def test_chords_of_a_song_hold_whole_strokes_at_any_tempo(bpm: int, spread: float) -> None:
    per_second = bpm / 60 * PPQ
    notes: list[NoteTuple] = []
    for k in range(40):
        for string, pitch in enumerate(E_MAJOR if k % 3 else E_MAJOR[::-1]):
            late = round(string / 5 * spread * per_second)
            notes.append((k * PPQ // 2 + late, PPQ // 2 - 20 - late, pitch, 80))
    song = midi_file.parse(build_song([TrackSpec(sorted(notes), program=25)], ppq=PPQ, tempos=[(0, bpm)]))
    (track,) = song.tracks
    assert np.bincount(chords_of(song, track)).tolist() == [6] * 40


def test_drums_have_none() -> None:
    notes = [(k * 480 + j * 10, 100, 36 + 4 * j, 90) for k in range(8) for j in range(4)]
    song = midi_file.parse(build_song([TrackSpec(notes, channel=9)], ppq=PPQ))
    (track,) = song.tracks
    assert track.family is Family.DRUMS
    np.testing.assert_array_equal(chords_of(song, track), chord_ids(track.notes.onset / PPQ))
