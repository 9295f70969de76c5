"""Which preset a note is played with: programs, banks, kits, what is chosen for listening."""

from __future__ import annotations

from dataclasses import replace

import pytest

from duv_studio.engine.midi.song import Family, Song
from tests.midi_builder import Event, TrackSpec, note_off, note_on, sysex
from tests.sound.schedule.scores import control, program, scores_of, song_of

NOTES = [(0, 200, 60, 80), (960, 200, 62, 80)]
GS_RHYTHM = sysex(bytes([0x41, 0x10, 0x42, 0x12, 0x40, 0x11, 0x15, 0x01, 0x19, 0xF7]))  # part of channel 1
XG_DRUMS = sysex(bytes([0x43, 0x10, 0x4C, 0x08, 0x00, 0x07, 0x02, 0xF7]))

PRESETS: list[tuple[str, TrackSpec, list[tuple[int, int]]]] = [
    ("no program", TrackSpec(NOTES), [(0, 0), (0, 0)]),
    ("a program", TrackSpec(NOTES, program=24), [(0, 24), (0, 24)]),
    ("another between the notes", TrackSpec(NOTES, program=24, events=[program(500, 27)]), [(0, 24), (0, 27)]),
    ("sent late", TrackSpec(NOTES, events=[program(100, 24)]), [(0, 24), (0, 24)]),
    ("a bank", TrackSpec(NOTES, events=[control(0, 0, 8), program(0, 24)]), [(8, 24), (8, 24)]),
    ("a bank waits for its program", TrackSpec(
        NOTES, events=[program(0, 24), control(500, 0, 8), program(1100, 24)],
    ), [(0, 24), (0, 24)]),
    ("its fine number is no GS bank", TrackSpec(NOTES, events=[control(0, 32, 3), program(0, 24)]), [(0, 24)] * 2),
    ("a bank of GM2", TrackSpec(
        NOTES, events=[control(0, 0, 121), control(0, 32, 3), program(0, 24)],
    ), [(3, 24)] * 2),
    ("a bank with no program", TrackSpec(NOTES, events=[control(0, 0, 8)]), [(8, 0)] * 2),
    ("drums", TrackSpec(NOTES, channel=9), [(128, 0)] * 2),
    ("another kit", TrackSpec(NOTES, channel=9, program=25), [(128, 25)] * 2),
    ("a GS rhythm part", TrackSpec(NOTES, program=8, events=[(0, GS_RHYTHM)]), [(128, 8)] * 2),
    ("an XG drum part", TrackSpec(NOTES, events=[(0, XG_DRUMS)]), [(128, 0)] * 2),
    ("named drums, no program", TrackSpec(NOTES, name="Drums"), [(128, 0)] * 2),
    ("named drums, with a program", TrackSpec(NOTES, name="Steel drums", program=114), [(0, 114)] * 2),
]  # fmt: skip


@pytest.mark.parametrize(("name", "spec", "expected"), PRESETS, ids=[name for name, _, _ in PRESETS])
def test_a_note_has_the_preset_in_force(name: str, spec: TrackSpec, expected: list[tuple[int, int]]) -> None:
    [score] = scores_of(song_of(spec))
    assert list(zip(score.bank.tolist(), score.program.tolist(), strict=True)) == expected, name


def test_what_the_user_says_is_drums_plays_a_kit() -> None:
    song = song_of(TrackSpec(NOTES, program=5))
    [track] = song.tracks
    drums: Song = replace(song, tracks=(replace(track, family=Family.DRUMS, guessed=track.family),))
    [score] = scores_of(drums)
    assert set(score.bank.tolist()) == {128}
    assert set(score.program.tolist()) == {0}, "program 5 chose no kit"


def test_a_program_for_listening_overrides_all_of_the_track() -> None:
    song = song_of(
        TrackSpec(NOTES, program=24, events=[control(0, 0, 8), program(500, 27)]),
        TrackSpec(NOTES, channel=9, program=25),
        TrackSpec(NOTES, channel=3, program=40),
    )
    melodic, kit, other = scores_of(song, programs={0: 70, 1: 16})
    assert (set(melodic.bank.tolist()), set(melodic.program.tolist())) == ({0}, {70})
    assert (set(kit.bank.tolist()), set(kit.program.tolist())) == ({128}, {16})
    assert set(other.program.tolist()) == {40}


def test_the_parts_of_a_channel_have_their_own_programs() -> None:
    song = song_of(TrackSpec(NOTES, program=0, events=[program(500, 73)]))
    piano, flute = scores_of(song)
    assert (piano.program.tolist(), flute.program.tolist()) == ([0], [73])


def test_the_soft_pedal_softens_what_is_struck_while_it_is_down() -> None:
    pedal = [control(500, 67, 127), control(1500, 67, 0)]
    notes = [(0, 200, 60, 80), (960, 200, 62, 80), (1600, 100, 64, 80), (1000, 50, 66, 1)]
    [score] = scores_of(song_of(TrackSpec(notes, events=pedal)))
    assert score.velocity.tolist() == [80, 64, 1, 80]
    on_kit = [(tick, bytes([0xB9, *event[1:]])) for tick, event in pedal]
    [drums] = scores_of(song_of(TrackSpec(notes, channel=9, events=on_kit)))
    assert drums.velocity.tolist() == [80, 80, 1, 80]


def test_extremes_of_keys_and_velocities_are_kept() -> None:
    events: list[Event] = [(0, note_on(0, 1)), (0, note_on(127, 127)), (480, note_off(0)), (480, note_off(127))]
    [score] = scores_of(song_of(TrackSpec(events=events)))
    assert (score.key.tolist(), score.velocity.tolist()) == ([0, 127], [1, 127])
    tone = score.tone(1)
    assert (tone.bank, tone.program, tone.key, tone.velocity) == (0, 0, 127, 127)
    assert tone.length == pytest.approx(0.5, abs=0.001)
