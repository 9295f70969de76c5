"""Several channels: what an MPE controller or a guitar spreads over them is one track, and an ensemble is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.midi.diff import other_changes
from duv_studio.engine.midi.midi_file import encode, parse
from duv_studio.engine.midi.song import Family, Song, TrackPerformance
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.blend import render
from duv_studio.engine.performance.limits import limits_of
from tests.midi_builder import Event, header, meta, note_off, note_on, track_chunk
from tests.songs import law, predict

Played = tuple[int, int, int, int]  # channel, onset, duration, pitch
CHORDS = ((60, 64, 67, 72), (62, 65, 69), (59, 62, 67, 71), (60, 65, 69, 74, 77))
LINE = (60, 67, 64, 72, 65, 69, 62, 71)


def spread(channels: Sequence[int], beats: int = 28) -> list[Played]:
    """Chords whose notes take the channels in turn, as a controller gives them out."""
    chords = [(beat * 480, pitch) for beat in range(beats) for pitch in CHORDS[beat % len(CHORDS)]]
    return [(channels[i % len(channels)], onset, 430, pitch) for i, (onset, pitch) in enumerate(chords)]


def first_free(channels: Sequence[int], beats: int = 28) -> list[Played]:
    """The same where each note takes the first channel that is free."""
    return [
        (channels[k], beat * 480, 430, pitch)
        for beat in range(beats)
        for k, pitch in enumerate(CHORDS[beat % len(CHORDS)])
    ]


def strummed(channels: Sequence[int], beats: int = 24, delay: int = 0) -> list[Played]:
    """A string per channel, from low to high, the highest first on the first channel; each chord one stroke."""
    shapes = ((64, 60, 55, 52, 48, 43), (65, 60, 57, 53, 48, 41), (67, 59, 55, 50, 47, 43))
    return [
        (channel, beat * 480 + delay * (len(channels) - k), 430, shapes[beat % 3][k])
        for beat in range(beats)
        for k, channel in enumerate(channels)
    ]


def ensemble(channels: Sequence[int], beats: int = 24) -> list[Played]:
    """Voices that strike together, each in its register."""
    return [
        (channel, beat * 480, 430, 36 + 7 * k + (beat * (k + 1)) % 5)
        for beat in range(beats)
        for k, channel in enumerate(channels)
    ]


def line(channels: Sequence[int], beats: int = 32) -> list[Played]:
    """One note after the other, from channel to channel."""
    return [(channels[i % len(channels)], i * 480, 430, 36 + LINE[i % len(LINE)] - 60) for i in range(beats)]


def thirds(channels: Sequence[int]) -> list[Played]:
    return [(c, beat * 480, 430, 50 + c + 4 * k) for beat in range(9) for c in channels for k in (0, 1)]


def expression(notes: Sequence[Played], *, at_onset: bool) -> list[Event]:
    """A bend before each note or while it sounds, and pressure."""
    bends = [(onset if at_onset else onset + 100, bytes([0xE0 | c, 0, 70])) for c, onset, _, _ in notes]
    return bends + [(onset + 120, bytes([0xD0 | c, 50])) for c, onset, _, _ in notes]


def zone(master: int, members: int, swapped: bool = False) -> list[Event]:
    """The MPE Configuration Message."""
    choice = [bytes([0xB0 | master, 101, 0]), bytes([0xB0 | master, 100, 6])]
    return [(0, event) for event in (choice[::-1] if swapped else choice)] + [(0, bytes([0xB0 | master, 6, members]))]


def programs(numbers: dict[int, int]) -> list[Event]:
    return [(0, bytes([0xC0 | channel, number])) for channel, number in numbers.items()]


def the_same(channels: Sequence[int], number: int) -> list[Event]:
    return programs(dict.fromkeys(channels, number))


def chunk_of(notes: Sequence[Played], events: Sequence[Event] = (), name: str = "") -> bytes:
    ranked = [(0, -1, meta(0x03, name.encode()))] if name else []
    ranked += [(tick, 0, event) for tick, event in events]
    for channel, onset, duration, pitch in notes:
        ranked += [(onset, 2, note_on(pitch, 90, channel)), (onset + duration, 1, note_off(pitch, channel))]
    return track_chunk([(tick, event) for tick, _, event in sorted(ranked, key=lambda entry: entry[:2])])


def song_of(*chunks: bytes, smf_format: int = 0) -> Song:
    return parse(header(smf_format, len(chunks), 480) + b"".join(chunks))


def tracks_of(song: Song) -> list[tuple[int, tuple[int, ...], int | None, str, int]]:
    """Channel (from 1), channels, program, family, number of notes."""
    return [
        (t.channel + 1, tuple(c + 1 for c in t.channels), t.program, str(t.family), len(t.notes)) for t in song.tracks
    ]


LOWER, UPPER = range(1, 16), range(14, 8, -1)
N = len(spread([1]))


class TestAnnouncedZones:
    @pytest.mark.parametrize("smf_format", [0, 1])
    @pytest.mark.parametrize(
        ("what", "notes", "events", "expected"),
        [
            ("a lower zone", spread(LOWER), zone(0, 15) + programs({0: 4}), (1, tuple(range(2, 17)), 4, "piano")),
            ("numbers the other way", spread(LOWER), zone(0, 15, True) + programs({0: 4}),
             (1, tuple(range(2, 17)), 4, "piano")),
            ("a small zone", spread(range(1, 6)), zone(0, 5) + programs({0: 48}), (1, (2, 3, 4, 5, 6), 48, "strings")),
            ("an upper zone", spread(UPPER), zone(15, 6) + programs({15: 81}), (16, tuple(range(10, 16)), 81, "other")),
            ("no program", spread(range(1, 9)), zone(0, 8), (1, tuple(range(2, 10)), None, "piano")),
            ("the first free channel", first_free(range(1, 9)), zone(0, 8) + programs({0: 4}),
             (1, tuple(range(2, 7)), 4, "piano")),
            ("one line on one channel", line([1]), zone(0, 8) + programs({0: 4}), (1, (2,), 4, "piano")),
            ("programs of the members, all one", spread(range(1, 6)), zone(0, 5) + the_same(range(1, 6), 40),
             (1, (2, 3, 4, 5, 6), 40, "strings")),
            ("switched off at the end", spread(range(1, 6)), zone(0, 5) + [(99999, e) for _, e in zone(0, 0)],
             (1, (2, 3, 4, 5, 6), None, "piano")),
        ],
    )  # fmt: skip
    def test_a_zone_is_one_track(
        self, what: str, notes: list[Played], events: list[Event], expected: tuple[object, ...], smf_format: int
    ) -> None:
        song = song_of(chunk_of(notes, events, "Seaboard"), smf_format=smf_format)
        assert tracks_of(song) == [(*expected, len(notes))], what
        assert song.tracks[0].name == "Seaboard"

    def test_the_master_s_own_notes_pedal_and_key_are_the_instrument_s(self) -> None:
        notes = [*spread(range(1, 6)), (0, 0, 430, 40)]
        song = song_of(chunk_of(notes, [*zone(0, 5), (0, b"\xb0\x40\x7f")]))
        assert tracks_of(song) == [(1, (1, 2, 3, 4, 5, 6), None, "piano", N + 1)]
        assert (song.tracks[0].key, song.tracks[0].pedal) == ("0:0:0", True)
        assert song_of(chunk_of(notes[:-1], [*zone(0, 5), (0, b"\xb0\x40\x7f")])).tracks[0].pedal

    def test_two_zones_are_two_instruments_and_drums_beside_a_zone_are_drums(self) -> None:
        both = chunk_of(spread(range(1, 6)) + spread(range(14, 9, -1)), zone(0, 5) + zone(15, 5))
        assert [t[:2] for t in tracks_of(song_of(both))] == [(1, (2, 3, 4, 5, 6)), (16, (11, 12, 13, 14, 15))]
        drums = [(9, i * 480, 100, 36) for i in range(20)]
        with_drums = song_of(chunk_of(spread(range(1, 6)) + drums, zone(0, 5)))
        assert [t[3] for t in tracks_of(with_drums)] == ["piano", "drums"]

    def test_a_later_zone_takes_channels_from_the_other(self) -> None:
        song = song_of(chunk_of(spread([1, 2, 3, 12, 13, 14]), zone(0, 15) + zone(15, 3)))
        assert [t[:2] for t in tracks_of(song)] == [(1, (2, 3, 4)), (16, (13, 14, 15))]

    def test_a_change_of_the_master_s_program_makes_two_parts(self) -> None:
        events = zone(0, 8) + programs({0: 4}) + [(14 * 480, b"\xc0\x30")]
        song = song_of(chunk_of(spread(range(1, 9)), events, "Seaboard"))
        assert [(t.key, t.program, str(t.family)) for t in song.tracks] == [
            ("0:0:0", 4, "piano"),
            ("0:0:0:48", 48, "strings"),
        ]

    def test_channels_with_programs_of_their_own_are_no_members(self) -> None:
        song = song_of(chunk_of(spread(range(1, 6)), zone(0, 15) + programs({1: 0, 2: 33, 3: 48, 4: 73, 5: 25})))
        assert len(song.tracks) == 5

    def test_a_chunk_per_channel_is_one_track(self) -> None:
        notes = spread(range(1, 9))
        chunks = [chunk_of([n for n in notes if n[0] == c], name=f"Seaboard {c}") for c in range(1, 9)]
        song = song_of(chunk_of([], zone(0, 8) + programs({0: 4}), "Seaboard"), *chunks, smf_format=1)
        assert tracks_of(song) == [(1, tuple(range(2, 10)), 4, "piano", N)]
        assert sorted(zip(song.tracks[0].notes.onset.tolist(), song.tracks[0].notes.pitch.tolist(), strict=True)) == (
            sorted((onset, pitch) for _, onset, _, pitch in notes)
        )

    def test_a_zone_may_be_announced_in_another_chunk_than_its_notes(self) -> None:
        conductor = chunk_of([], zone(0, 15))
        song = song_of(conductor, chunk_of(spread(LOWER), programs({0: 4}), "Seaboard"), smf_format=1)
        assert tracks_of(song) == [(1, tuple(range(2, 17)), 4, "piano", N)]

    def test_a_second_instrument_is_known_by_what_it_does(self) -> None:
        chunks = [chunk_of(spread(range(1, 8)), events, "Pad") for events in (zone(0, 7), [])]
        assert [t[1] for t in tracks_of(song_of(*chunks, smf_format=1))] == [tuple(range(2, 9))] * 2

    def test_a_zone_says_nothing_of_a_band_in_other_chunks(self) -> None:
        names = {1: "Bass", 2: "Strings", 9: "Kit", 3: "Lead"}
        chunks = [chunk_of([(c, i * 480, 430, 60) for i in range(20)], name=name) for c, name in names.items()]
        seaboard = chunk_of([(0, i * 480, 430, 60) for i in range(20)], zone(0, 15), "Seaboard")
        assert len(song_of(seaboard, *chunks, smf_format=1).tracks) == 5


class TestUnannounced:
    @pytest.mark.parametrize(
        ("what", "notes", "events", "expected"),
        [
            ("bends before each note", first_free(range(1, 9)), expression(first_free(range(1, 9)), at_onset=True),
             (2, (2, 3, 4, 5, 6), None)),
            ("bends while notes sound, in turns", spread(range(1, 9)), expression(spread(range(1, 9)), at_onset=False),
             (2, tuple(range(2, 10)), None)),
            ("nothing but the turns", spread(range(1, 16)), [], (2, tuple(range(2, 17)), None)),
            ("a program on the channel before", spread(range(1, 8)), programs({0: 48}), (1, tuple(range(2, 9)), 48)),
            ("one program on all", spread(range(7)), the_same(range(7), 81), (1, tuple(range(1, 8)), 81)),
        ],
    )  # fmt: skip
    def test_a_controller_is_known_by_what_it_does(
        self, what: str, notes: list[Played], events: list[Event], expected: tuple[object, ...]
    ) -> None:
        song = song_of(chunk_of(notes, events, "Controller"))
        assert [(t.channel + 1, tuple(c + 1 for c in t.channels), t.program) for t in song.tracks] == [expected], what
        assert song.tracks[0].family is not Family.DRUMS

    def test_a_chunk_per_channel_is_one_track_too(self) -> None:
        notes = spread(range(1, 9))
        chunks = [
            chunk_of(own, expression(own, at_onset=True), "Controller")
            for c in range(1, 9)
            for own in [[n for n in notes if n[0] == c]]
        ]
        assert tracks_of(song_of(*chunks, smf_format=1))[0][1:] == (tuple(range(2, 10)), None, "piano", N)

    @pytest.mark.parametrize(
        ("what", "notes", "events", "expected"),
        [
            ("an ensemble", ensemble(range(6)), the_same(range(6), 56), 6),
            ("an ensemble that bends", ensemble(range(6)), expression(ensemble(range(6)), at_onset=False), 6),
            ("different programs", spread(range(8)), programs({c: 8 * c for c in range(8)}), 8),
            ("three channels", spread(range(3)), [], 3),
            ("chords on every channel", thirds(range(6)), [], 6),
            ("a picked pattern over strings", [(i % 5, i * 240, 230, 40 + 6 * (i % 5)) for i in range(60)], [], 5),
            ("a band with drums", ensemble([0, 1, 2, 3, 9]), programs({0: 0, 1: 33, 2: 48, 3: 73}), 5),
            ("a few notes", spread(range(1, 6), 2), [], 5),
        ],
    )  # fmt: skip
    def test_an_ensemble_is_no_controller(
        self, what: str, notes: list[Played], events: list[Event], expected: int
    ) -> None:
        assert len(song_of(chunk_of(notes, events)).tracks) == expected, what


class TestStringsOfAGuitar:
    @pytest.mark.parametrize(
        ("what", "notes", "name", "program", "smf_format", "expected"),
        [
            ("six strings", strummed(range(6)), "Steel Guitar", 25, 1, Family.GUITAR),
            ("strokes of the hand", strummed(range(6), delay=8), "", 27, 1, Family.GUITAR),
            ("by its name", strummed(range(6)), "Guitare", None, 1, Family.GUITAR),
            ("beyond the drums' channel", strummed([6, 7, 8, 10, 11, 12]), "", 25, 1, Family.GUITAR),
            ("in one chunk with all", strummed(range(6)), "", 25, 0, Family.GUITAR),
            ("a bass of four strings", line([3, 0, 2, 1, 1]), "", 33, 1, Family.BASS),
        ],
    )  # fmt: skip
    def test_a_channel_per_string_is_one_track(
        self, what: str, notes: list[Played], name: str, program: int | None, smf_format: int, expected: Family
    ) -> None:
        channels = sorted({channel for channel, *_ in notes})
        events = [] if program is None else programs(dict.fromkeys(channels, program))
        song = song_of(chunk_of(notes, events, name), smf_format=smf_format)
        assert [(t.family, t.channels, t.channel, t.program, len(t.notes)) for t in song.tracks] == [
            (expected, tuple(channels), channels[0], program, len(notes))
        ], what

    @pytest.mark.parametrize(
        ("what", "notes", "numbers", "name", "smf_format", "expected"),
        [
            ("violins", strummed(range(4)), dict.fromkeys(range(4), 40), "", 1, 4),
            ("no program and no name", strummed(range(6)), {}, "", 1, 6),
            ("two guitars", strummed(range(2)), {0: 25, 1: 25}, "", 1, 2),
            ("a guitar and a bass", strummed(range(2)), {0: 25, 1: 33}, "", 0, 2),
            ("other guitars", strummed(range(4)), {0: 24, 1: 25, 2: 27, 3: 30}, "", 0, 4),
            ("guitarists who never strike together", line(range(4)), dict.fromkeys(range(4), 27), "", 0, 4),
            ("layers of a line", [(c, i * 480, 430, LINE[i % 8]) for i in range(24) for c in range(3)],
             dict.fromkeys(range(3), 25), "", 1, 3),
            ("chords on each", thirds(range(4)), dict.fromkeys(range(4), 25), "", 1, 4),
        ],
    )  # fmt: skip
    def test_others_are_no_strings(
        self, what: str, notes: list[Played], numbers: dict[int, int], name: str, smf_format: int, expected: int
    ) -> None:
        assert len(song_of(chunk_of(notes, programs(numbers), name), smf_format=smf_format).tracks) == expected, what


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("notes", "events"),
    [
        (spread(range(1, 9)), []),
        (first_free(range(1, 9)), expression(first_free(range(1, 9)), at_onset=True)),
        (spread(range(1, 9)), expression(spread(range(1, 9)), at_onset=False)),
        (strummed(range(6), delay=8), the_same(range(6), 25)),
        (line(range(4)), the_same(range(4), 33)),
        (ensemble(range(6)), the_same(range(6), 25)),
        (thirds(range(4)), the_same(range(4), 25)),
    ],
)
def test_other_ends_of_notes_make_no_other_tracks(notes: list[Played], events: list[Event], seed: int) -> None:
    song = song_of(chunk_of(notes, events), smf_format=1)
    rng = np.random.default_rng(seed)
    moved = [TrackPerformance(t.notes.velocity, rng.integers(1, 2000, len(t.notes))) for t in song.tracks]
    again = parse(encode(song, tuple(moved)))
    assert [(t.key, t.channels, len(t.notes)) for t in again.tracks] == [
        (t.key, t.channels, len(t.notes)) for t in song.tracks
    ]


def test_a_channel_plays_one_note_at_a_time_and_leaves_the_others_alone() -> None:
    """A pitch that another channel strikes again is another key, but what comes next on the channel is its string."""
    song = song_of(chunk_of(strummed(range(6), delay=8), the_same(range(6), 25)), smf_format=1)
    (track,), (limits,) = song.tracks, limits_of(song)
    assert track.notes.channel is not None
    for channel in range(6):
        own = np.flatnonzero(track.notes.channel == channel)
        latest = track.notes.onset[own] + limits.longest[own]
        assert (latest[:-1] < track.notes.onset[own][1:]).all() and (latest > track.notes.end[own]).any()
    repeated = [(1 + i % 5, i * 480, 480, 60) for i in range(20)]
    (track,), (limits,) = (of := song_of(chunk_of(repeated, zone(0, 5)))).tracks, limits_of(of)
    assert (limits.longest > track.notes.duration).mean() > 0.5


@law
@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.integers(0, 23), st.integers(1, 1200), st.sampled_from([60, 64])),
        min_size=1,
        max_size=20,
    ),
    st.integers(0, 99),
    st.booleans(),
)
def test_what_is_played_is_what_is_read_again(rows: list[Played], seed: int, apart: bool) -> None:
    notes = [(channel, beat * 240, duration, pitch) for channel, beat, duration, pitch in rows]
    if apart:
        own = [chunk_of([n for n in notes if n[0] == c]) for c in sorted({n[0] for n in notes})]
        song = song_of(chunk_of([], zone(0, 5)), *own, smf_format=1)
    else:
        song = song_of(chunk_of(notes, zone(0, 5)))
    assert song.note_count == len(notes)
    assert encode(song, song.as_written()) == song.source.data
    played = render(song, predict(song, seed), Settings(seed=seed, variation=1.0, intensity=1.5))
    data = encode(song, played)
    for track, asked in zip(parse(data).tracks, played, strict=True):
        assert np.array_equal(track.notes.velocity, asked.velocity)
        assert np.array_equal(track.notes.duration, asked.duration)
    assert other_changes(song.source.data, data) == ""
