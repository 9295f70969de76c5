"""Files that differ only in what a performance may change are told from files that differ in more."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.diff import other_changes
from duv_studio.engine.midi.song import Performance, TrackPerformance
from tests.midi_builder import TrackSpec, build_song, meta

EVENTS = [(0, bytes([0xB0, 64, 127])), (480, meta(0x05, b"la"))]


def song(**changes: object) -> bytes:
    whole = {"notes": [(i * 240, 200, 60 + i % 5, 80) for i in range(16)], "name": "Piano", "events": EVENTS}
    return build_song([TrackSpec(**{**whole, **changes})], tempos=[(0, 120.0)])  # type: ignore[arg-type]


def played(data: bytes) -> bytes:
    """The file with other velocities and lengths, as the engine writes it; the last note ends later."""
    read = midi_file.parse(data)
    notes = read.tracks[0].notes
    rng = np.random.default_rng(1)
    velocity = rng.integers(1, 127, len(notes.onset))
    duration = np.r_[rng.integers(20, 230, len(notes.onset) - 1), 400]
    return midi_file.encode(read, Performance((TrackPerformance(velocity, duration),)))


def test_velocities_and_note_ends_may_change() -> None:
    assert played(song()) != song()
    assert other_changes(song(), played(song())) == ""


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"notes": [(i * 240, 200, 60 + i % 4, 80) for i in range(16)]}, "note-offs"),
        ({"notes": [(i * 240 + i % 2, 200, 60 + i % 5, 80) for i in range(16)]}, "no note-offs"),
        ({"name": "Klavier"}, "no note-offs"),
        ({"events": EVENTS[:1]}, "no note-offs"),
        ({"events": [(1, EVENTS[0][1]), EVENTS[1]]}, "no note-offs"),
        ({"events": [(0, bytes([0xB0, 64, 126])), EVENTS[1]]}, "no note-offs"),
    ],
)
def test_nothing_else_may(changes: dict[str, object], word: str) -> None:
    assert word in other_changes(song(), song(**changes))


def test_header_and_other_chunks_stay() -> None:
    assert "header" in other_changes(song(), song() + b"XFIH\0\0\0\1x")
    assert "header" in other_changes(song(), song()[:13] + b"\x20" + song()[14:])
