"""Parts: instruments that play one after the other on a channel are tracks of their own, and one file in the end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.midi.diff import other_changes
from duv_studio.engine.midi.midi_file import encode, parse
from duv_studio.engine.midi.song import Family, Song, TrackPerformance
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.blend import render
from tests.midi_builder import Event, NoteTuple, TrackSpec, build_song
from tests.songs import law, predict

BAR = 1920
Heard = list[tuple[int | None, str, int]]  # program, family, number of notes


def stretch(bar: int, bars: int = 2, pitch: int = 60) -> list[NoteTuple]:
    """Quarter notes, four in a bar."""
    return [(bar * BAR + i * 480, 400, pitch + i % 5, 80 + i % 7) for i in range(4 * bars)]


def program(bar: float, number: int, channel: int = 0) -> Event:
    return round(bar * BAR), bytes([0xC0 | channel, number])


def song_of(changes: list[Event], *, name: str = "", bars: int = 6, channel: int = 0, smf_format: int = 1) -> Song:
    spec = TrackSpec(stretch(0, bars), channel=channel, name=name, events=changes)
    return parse(build_song([spec], smf_format=smf_format))


def heard(song: Song) -> Heard:
    return [(track.program, str(track.family), len(track.notes)) for track in song.tracks]


@pytest.mark.parametrize("smf_format", [0, 1])
@pytest.mark.parametrize(
    ("what", "name", "changes", "expected"),
    [
        ("bass, then strings", "Instr 1", [program(0, 33), program(2, 48)], [(33, "bass", 8), (48, "strings", 16)]),
        ("flute, then trumpet", "", [program(0, 73), program(3, 56)], [(73, "other", 12), (56, "other", 12)]),
        ("violin, then cello", "", [program(0, 40), program(3, 42)], [(40, "strings", 12), (42, "strings", 12)]),
        ("piano, then harpsichord", "", [program(0, 0), program(3, 6)], [(0, "piano", 12), (6, "piano", 12)]),
        ("there and back twice", "", [program(b, 33 if b % 2 else 73) for b in range(6)],
         [(73, "other", 12), (33, "bass", 12)]),
        ("three instruments", "", [program(0, 0), program(2, 73), program(4, 33)],
         [(0, "piano", 8), (73, "other", 8), (33, "bass", 8)]),
        ("strings, then a piano that was chosen", "Strings", [program(0, 48), program(2, 0)],
         [(48, "strings", 8), (0, "piano", 16)]),
        ("no program, then late another instrument", "", [program(2, 33)], [(None, "piano", 8), (33, "bass", 16)]),
        ("a name, then late another instrument", "Violin", [program(0, 0), program(2, 33)],
         [(0, "strings", 8), (33, "bass", 16)]),
    ],
)  # fmt: skip
def test_another_instrument_is_a_part_of_its_own(
    what: str, name: str, changes: list[Event], expected: Heard, smf_format: int
) -> None:
    assert heard(song_of(changes, name=name, smf_format=smf_format)) == expected, what


@pytest.mark.parametrize(
    ("what", "name", "changes", "expected", "family"),
    [
        ("acoustic, then electric piano", "", [program(0, 0), program(2, 4)], 0, Family.PIANO),
        ("the same with a name", "Piano", [program(0, 0), program(2, 4)], 0, Family.PIANO),
        ("clean, then distorted guitar", "", [program(0, 27), program(2, 30), program(4, 27)], 27, Family.GUITAR),
        ("arco and pizzicato", "", [program(0, 40), program(2, 45), program(4, 40)], 40, Family.STRINGS),
        ("tremolo first", "", [program(0, 44), program(2, 48)], 44, Family.STRINGS),
        ("open and muted trumpet", "", [program(0, 56), program(2, 59)], 56, Family.OTHER),
        ("twice at the beginning", "", [program(0, 0), program(0, 33)], 33, Family.BASS),
        ("after the first note", "", [program(0.1, 33)], 33, Family.BASS),
        ("within the first bar", "", [program(0.9, 33)], 33, Family.BASS),
        ("behind the last note", "", [program(0, 33), program(6.5, 48)], 33, Family.BASS),
        ("none while notes begin", "", [program(0, 33), program(2.05, 48), program(2.2, 33)], 33, Family.BASS),
        ("a name, and late the instrument it speaks of", "Bass", [program(0, 0), program(2, 33)], 33, Family.BASS),
        ("a name alone", "Cello", [], None, Family.STRINGS),
        ("the same again", "", [program(b, 48) for b in range(6)], 48, Family.STRINGS),
    ],
)  # fmt: skip
def test_one_instrument_stays_one_track(
    what: str, name: str, changes: list[Event], expected: int | None, family: Family
) -> None:
    assert heard(song_of(changes, name=name)) == [(expected, str(family), 24)], what


def test_kits_of_a_drummer_stay_one_track() -> None:
    assert len(song_of([program(0, 0), program(2, 16), program(4, 48)], name="Drums").tracks) == 1
    assert len(song_of([program(0, 0, 9), program(2, 16, 9), program(4, 48, 9)], channel=9).tracks) == 1


def test_a_note_over_a_change_belongs_to_the_instrument_that_begins_it() -> None:
    notes = [(0, 3 * BAR, 40, 80), (2 * BAR, 480, 72, 80)]
    song = parse(build_song([TrackSpec(notes, events=[program(0, 33), program(1, 48)])]))
    assert [track.notes.pitch.tolist() for track in song.tracks] == [[40], [72]]


def test_the_first_part_keeps_key_and_name_and_later_ones_have_their_sound_in_both() -> None:
    song = song_of([program(0, 33), program(2, 48), program(4, 0)], name="Instr 1")
    assert [track.key for track in song.tracks] == ["1:0:0", "1:0:0:48", "1:0:0:0"]
    assert [t.name for t in song.tracks] == [
        "Instr 1",
        "Instr 1 · String Ensemble 1",
        "Instr 1 · Acoustic Grand Piano",
    ]
    assert [track.index for track in song.tracks] == [0, 1, 2]
    assert [track.name for track in song_of([program(0, 33), program(2, 48)]).tracks] == ["", ""]


class TestOtherChunks:
    """In a type 1 file program changes may stand in another chunk than the notes."""

    def test_changes_in_another_chunk_count(self) -> None:
        conductor = TrackSpec(events=[program(0, 33, 2), program(2, 48, 2)])
        song = parse(build_song([conductor, TrackSpec(stretch(0, 6), channel=2)]))
        assert heard(song) == [(33, "bass", 8), (48, "strings", 16)]

    def test_a_chunk_s_own_changes_come_first(self) -> None:
        one = TrackSpec(stretch(0, 6), program=33)
        other = TrackSpec(stretch(0, 6, 72), program=48)
        assert heard(parse(build_song([one, other]))) == [(33, "bass", 24), (48, "strings", 24)]

    def test_sequences_of_a_type_2_file_know_nothing_of_each_other(self) -> None:
        song = parse(build_song([TrackSpec(stretch(0), program=33), TrackSpec(stretch(0, 2))], smf_format=2))
        assert heard(song) == [(33, "bass", 8), (None, "piano", 8)]


def test_edits_of_both_parts_are_written_into_their_chunk() -> None:
    song = song_of([program(0, 33), program(2, 48)])
    louder = tuple(TrackPerformance(t.notes.velocity + 1 + t.index, t.notes.duration - 20) for t in song.tracks)
    data = encode(song, louder)
    again = parse(data)
    for track, asked in zip(again.tracks, louder, strict=True):
        assert np.array_equal(track.notes.velocity, asked.velocity)
        assert np.array_equal(track.notes.duration, asked.duration)
    assert other_changes(song.source.data, data) == ""


@law
@given(
    st.lists(st.tuples(st.integers(0, 23), st.sampled_from([0, 33, 45, 48, 73])), max_size=5),
    st.lists(st.tuples(st.integers(0, 23), st.integers(1, 1200), st.sampled_from([40, 60])), min_size=1, max_size=12),
    st.integers(0, 99),
)
def test_what_is_played_is_what_is_read_again(
    changes: list[tuple[int, int]], rows: list[tuple[int, int, int]], seed: int
) -> None:
    notes = [(beat * 240, duration, pitch, 80) for beat, duration, pitch in rows]
    events = [(beat * 240, bytes([0xC0, number])) for beat, number in changes]
    song = parse(build_song([TrackSpec(notes, events=events)]))
    assert sum(len(track.notes) for track in song.tracks) == len(notes)
    assert len({track.key for track in song.tracks}) == len(song.tracks)
    played = render(song, predict(song, seed), Settings(seed=seed, variation=1.0, intensity=1.5))
    for track, asked in zip(parse(encode(song, played)).tracks, played, strict=True):
        assert np.array_equal(track.notes.velocity, asked.velocity)
        assert np.array_equal(track.notes.duration, asked.duration)
