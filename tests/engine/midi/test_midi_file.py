"""What a MIDI file means as a Song: tracks, names, programs, ports; and what is said of files that cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.midi_file import encode, parse, read
from duv_studio.engine.midi.song import Family, Song, TrackPerformance
from duv_studio.errors import DuvError
from tests.engine.plain_midi import read_chunks
from tests.midi_builder import TrackSpec, build_song, chunk, header, meta, note_off, note_on, sysex, track_chunk

ONE_NOTE = (0, 480, 60, 80)


def _song(*events: tuple[int, bytes], smf_format: int = 1) -> Song:
    return parse(header(smf_format, 1, 480) + track_chunk(events))


def _notes(song: Song, track: int = 0) -> list[tuple[int, int, int, int]]:
    n = song.tracks[track].notes
    return list(zip(n.onset.tolist(), n.duration.tolist(), n.pitch.tolist(), n.velocity.tolist(), strict=True))


class TestTracks:
    def test_a_song_of_two_tracks(self) -> None:
        piano = TrackSpec([(0, 470, 60, 80), (480, 480, 64, 70), (480, 240, 67, 71)], name="Piano", program=0)
        drums = TrackSpec([(0, 10, 36, 100)], channel=9)
        song = parse(build_song([piano, drums], signatures=[(0, 3, 4)], tempos=[(0, 90)]))
        assert [(t.index, t.chunk, t.channel, t.key, t.family) for t in song.tracks] == [
            (0, 1, 0, "1:0:0", Family.PIANO),
            (1, 2, 9, "2:0:9", Family.DRUMS),
        ]
        assert _notes(song) == [(0, 470, 60, 80), (480, 480, 64, 70), (480, 240, 67, 71)]
        assert song.tempo.bpm_at(0) == pytest.approx(90, rel=1e-5)
        assert song.meter.position(3 * 480).bar == 1
        assert (song.ppq, song.end_tick, song.note_count, song.warnings) == (480, 960, 4, ())

    def test_a_type_0_file_holds_a_track_per_channel(self) -> None:
        specs = [TrackSpec([(c, 10, 60, 1 + c)], channel=c, name=f"Part {c}", program=c) for c in range(16)]
        song = parse(build_song(specs, smf_format=0))
        assert [(t.channel, t.name, t.program) for t in song.tracks] == [(c, f"Part {c}", c) for c in range(16)]
        assert [_notes(song, c) for c in range(16)] == [[(c, 10, 60, 1 + c)] for c in range(16)]

    def test_chunks_and_channels_without_notes_are_no_tracks(self) -> None:
        song = parse(build_song([TrackSpec(name="Only words"), TrackSpec([ONE_NOTE], events=[(0, b"\xb3\x07\x40")])]))
        assert [(t.chunk, t.channel) for t in song.tracks] == [(2, 0)]

    def test_arrays_are_read_only(self) -> None:
        with pytest.raises(ValueError, match="read-only"):
            parse(build_song([[ONE_NOTE]])).tracks[0].notes.velocity[0] = 1

    def test_type_2_sequences_share_the_first_one_s_clock(self) -> None:
        data = build_song([TrackSpec([ONE_NOTE], events=[(0, meta(0x58, b"\x07\x03\x18\x08"))])], smf_format=2)
        song = parse(data)
        assert len(song.tracks) == 1
        assert song.meter.numerator.tolist() == [4]

    def test_clocks_in_any_chunk_of_a_type_1_file_count(self) -> None:
        events = [(0, meta(0x58, b"\x07\x03\x18\x08")), (960, meta(0x51, b"\x0f\x42\x40"))]
        song = parse(build_song([TrackSpec([ONE_NOTE], events=events)], tempos=[(0, 120)]))
        assert song.meter.numerator.tolist() == [7]
        assert song.tempo.usec.tolist() == [500_000, 1_000_000]

    @pytest.mark.parametrize(
        "event", [meta(0x51, b"\0\0\0"), meta(0x51, b"\1"), meta(0x58, b"\0\2\x18\x08"), meta(0x58, b"\4\x20\x18\x08")]
    )
    def test_impossible_clocks_are_left_alone(self, event: bytes) -> None:
        song = _song((0, event), (0, note_on(60, 1)), (9, note_off(60)))
        assert (song.tempo.usec.tolist(), song.meter.denominator.tolist()) == ([500_000], [4])


class TestPairing:
    def test_overlapping_notes_end_in_the_order_in_which_they_began(self) -> None:
        song = _song((0, note_on(60, 1)), (5, note_on(60, 2)), (7, note_off(60)), (20, note_off(60)))
        assert _notes(song) == [(0, 7, 60, 1), (5, 15, 60, 2)]

    def test_a_silent_note_on_is_a_note_off(self) -> None:
        assert _notes(_song((0, note_on(60, 1)), (7, note_on(60, 0)))) == [(0, 7, 60, 1)]

    def test_channels_and_ports_do_not_end_each_other_s_notes(self) -> None:
        song = _song(
            (0, note_on(60, 1)),
            (0, meta(0x21, b"\x01")),
            (1, note_on(60, 2)),
            (2, note_on(60, 3, channel=5)),
            (4, note_off(60)),
            (5, note_off(60, channel=5)),
            (6, meta(0x21, b"\x00")),
            (8, note_off(60)),
        )
        assert [(t.port, t.channel) for t in song.tracks] == [(0, 0), (1, 0), (1, 5)]
        assert [_notes(song, i) for i in range(3)] == [[(0, 8, 60, 1)], [(1, 3, 60, 2)], [(2, 3, 60, 3)]]

    def test_a_note_off_of_nothing_ends_nothing(self) -> None:
        song = _song((0, note_off(60)), (3, note_on(60, 1)), (7, note_off(60)), (9, note_off(60)))
        assert _notes(song) == [(3, 4, 60, 1)]

    def test_a_note_never_ended_lasts_to_the_end_of_its_chunk(self) -> None:
        song = parse(header(1, 1, 480) + track_chunk([(3, note_on(60, 1)), (5, note_on(62, 2))], end=100))
        assert _notes(song) == [(3, 97, 60, 1), (5, 95, 62, 2)]
        assert song.tracks[0].notes.off_event.tolist() == [-1, -1]

    def test_a_note_may_have_no_length(self) -> None:
        assert _notes(_song((4, note_on(60, 1)), (4, note_off(60)), (4, note_on(60, 2)))) == [
            (4, 0, 60, 1),
            (4, 0, 60, 2),
        ]


class TestNames:
    @pytest.mark.parametrize(
        ("raw", "name"),
        [
            ("Flöte".encode(), "Flöte"),
            (b"\xef\xbb\xbfPiano", "Piano"),
            ("ピアノ".encode(), "ピアノ"),
            ("ピアノ".encode("cp932"), "ピアノ"),
            ("ドラム 1".encode("cp932"), "ドラム 1"),
            (b"Fl\xf6te", "Flöte"),
            (b"caf\xe9", "café"),
            (b"Bass\x00\x00", "Bass"),
            (b" Lead\r\n", "Lead"),
            (b"", ""),
        ],
    )
    def test_text_is_decoded_for_display(self, raw: bytes, name: str) -> None:
        data = build_song([TrackSpec([ONE_NOTE], name=raw, events=[(0, meta(0x01, raw))])])
        song = parse(data)
        assert song.tracks[0].name == name
        louder = (TrackPerformance(np.array([81]), np.array([470])),)
        assert encode(song, louder).count(meta(0x01, raw)) == 1

    def test_the_first_name_counts_and_an_instrument_name_only_without_one(self) -> None:
        events = [(0, meta(0x04, b"Steinway")), (0, meta(0x03, b"Left hand")), (0, meta(0x03, b"Later"))]
        assert parse(build_song([TrackSpec([ONE_NOTE], events=events)])).tracks[0].name == "Left hand"
        assert parse(build_song([TrackSpec([ONE_NOTE], events=events[:1])])).tracks[0].name == "Steinway"
        assert parse(build_song([[ONE_NOTE]])).tracks[0].name == ""

    def test_a_channel_prefix_names_a_channel_until_a_note_comes(self) -> None:
        song = _song(
            (0, meta(0x03, b"Everything")),
            (0, meta(0x20, b"\x01")),
            (0, meta(0x04, b"Viola")),
            (0, meta(0x20, b"\x02")),
            (0, note_on(60, 1, channel=0)),
            (0, meta(0x04, b"nobody's")),
            (0, note_on(60, 1, channel=1)),
            (0, note_on(60, 1, channel=2)),
        )
        assert [(t.channel, t.name) for t in song.tracks] == [(0, "Everything"), (1, "Viola"), (2, "Everything")]

    def test_a_note_off_that_editing_may_bring_there_leaves_the_prefix_alone(self) -> None:
        events = [
            (0, note_on(60, 1)),
            (2, meta(0x20, b"\x01")),
            (8, meta(0x04, b"Viola")),
            (9, note_off(60)),
            (9, note_on(60, 1, 1)),
        ]
        song = _song(*events)
        shorter = TrackPerformance(np.array([1]), np.array([5]))
        again = parse(encode(song, (shorter, song.as_written()[1])))
        assert [t.name for t in again.tracks] == [t.name for t in song.tracks] == ["", "Viola"]
        assert again.tracks[0].notes.duration.tolist() == [5]


class TestPrograms:
    def test_the_first_program_of_the_chunk_counts(self) -> None:
        events = [(0, b"\xc0\x21"), (5, b"\xc0\x22"), (0, b"\xc1\x05")]
        track = parse(build_song([TrackSpec([ONE_NOTE], events=events)])).tracks[0]
        assert (track.program, track.family) == (33, Family.BASS)

    def test_in_type_1_another_chunk_may_choose_it(self) -> None:
        set_up = TrackSpec(events=[(9, b"\xc0\x18"), (3, b"\xc0\x28"), (0, b"\xc1\x07")])
        own = TrackSpec([ONE_NOTE], channel=1, program=1)
        tracks = parse(build_song([set_up, TrackSpec([ONE_NOTE]), own])).tracks
        assert [t.program for t in tracks] == [40, 1]

    def test_in_type_2_none_but_the_own_counts(self) -> None:
        data = build_song([TrackSpec(program=7), TrackSpec([ONE_NOTE])], smf_format=2)
        assert parse(data).tracks[0].program is None

    def test_ports_are_told_apart(self) -> None:
        specs = [TrackSpec(program=7, port=1), TrackSpec([ONE_NOTE], port=1), TrackSpec([ONE_NOTE])]
        assert [t.program for t in parse(build_song(specs)).tracks] == [7, None]


class TestBadFiles:
    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "empty"),
            (b"hello, world", "not a MIDI file"),
            (build_song([TrackSpec(name="Silence")]), "no notes"),
            (header(1, 0, 96), "no notes"),
            (header(1, 500, 96) + chunk(b"MTrk", bytes(4)) * 500, "no notes"),
            (header(1, 1, 0) + track_chunk([(0, note_on(60, 1))]), "0 ticks"),
            (header(1, 1, 0xE700) + track_chunk([(0, note_on(60, 1))]), "a frame has 0 ticks"),
        ],
    )
    def test_one_sentence_names_file_and_trouble(self, data: bytes, words: str, tmp_path: Path) -> None:
        path = tmp_path / "song.mid"
        path.write_bytes(data)
        with pytest.raises(DuvError, match=words) as caught:
            read(path)
        assert caught.value.file == path
        assert caught.value.hint
        assert "\n" not in str(caught.value) and len(str(caught.value)) < 500

    def test_a_huge_file_of_noise_is_refused_by_its_first_bytes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = _sparse(tmp_path / "film.mid", b"\x12\x34noise")
        monkeypatch.setattr(midi_file, "LARGEST_FILE", None)  # reading on would fail
        with pytest.raises(DuvError, match="not a MIDI file"):
            read(path)

    def test_a_huge_file_that_begins_like_midi_is_refused_by_its_size(self, tmp_path: Path) -> None:
        with pytest.raises(DuvError, match="larger than 32 MB"):
            read(_sparse(tmp_path / "huge.mid", header(1, 1, 96)))

    def test_missing_files_folders_and_devices(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.mid")
        for name, words in (("no.mid", "no such file"), ("", "folder"), ("pipe.mid", "pipe"), ("\0", "null")):
            with pytest.raises(DuvError, match=words) as caught:
                read(tmp_path / name)
            assert caught.value.file == tmp_path / name

    def test_no_permission(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "song.mid"
        path.write_bytes(build_song([[ONE_NOTE]]))

        def refuse(*_: object, **__: object) -> int:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", refuse)
        with pytest.raises(DuvError, match="may not be read"):
            read(path)

    def test_the_song_knows_its_path_wherever_the_program_goes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "song.mid").write_bytes(build_song([[ONE_NOTE]]))
        monkeypatch.chdir(tmp_path)
        assert read("song.mid").path == tmp_path / "song.mid"


def _sparse(path: Path, beginning: bytes) -> Path:
    """A file of 300 MB that takes no room."""
    with path.open("wb") as file:
        file.write(beginning)
        file.truncate(300 * 2**20)
    return path


class TestTruncatedFiles:
    WHOLE = build_song(
        [
            TrackSpec([(i * 480, 240, 60, 50 + i) for i in range(8)], name="Flute", program=73),
            TrackSpec([(i * 480, 400, 40, 90) for i in range(8)], channel=1, events=[(960, sysex(b"\x01\x02\xf7"))]),
        ],
        signatures=[(0, 2, 4)],
    )

    def test_cut_off_anywhere_it_is_refused_or_read_as_far_as_it_goes(self) -> None:
        whole = parse(self.WHOLE)
        first_note = (
            whole.source.chunks[1].offset + 8 + int(whole.source.chunks[1].events.start[2])
        )  # after name and program
        for size in range(len(self.WHOLE)):
            data = self.WHOLE[:size]
            if size < first_note:
                with pytest.raises(DuvError):
                    parse(data)
            elif size >= first_note + 3:
                song = parse(data)
                assert song.warnings
                assert encode(song) == data
                self._holds_the_beginning_of(song, whole)
                self._is_mended(song)

    @staticmethod
    def _holds_the_beginning_of(song: Song, whole: Song) -> None:
        for track in song.tracks:
            found, full = track.notes, whole.tracks[track.index].notes
            n, ended = len(found), found.off_event >= 0
            assert np.array_equal(found.onset, full.onset[:n])
            assert np.array_equal(found.velocity, full.velocity[:n])
            assert np.array_equal(found.duration[ended], full.duration[:n][ended])

    @staticmethod
    def _is_mended(song: Song) -> None:
        performance = tuple(TrackPerformance(np.full(len(t.notes), 99), t.notes.duration) for t in song.tracks)
        written = encode(song, performance)
        again = parse(written)
        assert again.warnings == ()
        assert [_notes(again, t.index) for t in again.tracks] == [
            [(on, duration, pitch, 99) for on, duration, pitch, _ in _notes(song, t.index)] for t in song.tracks
        ]
        chunks, _ = read_chunks(written)  # asserts that every length is right
        assert int.from_bytes(written[10:12], "big") == len(chunks)
        assert all(c.events[-1][1] == b"\xff\x2f\x00" for c in chunks)
        # What the file broke off in stands behind the end.
        assert [c.tail for c in chunks] == [bytes(c.body[len(c.body) - c.unread :]) for c in song.source.chunks]

    def test_the_loss_is_said(self) -> None:
        body = track_chunk([(0, note_on(60, 1)), (11 * 4 * 480 + 7, note_off(60))])[8:-4]
        data = (
            header(1, 3, 480) + build_song([[ONE_NOTE]])[14:] + b"MTrk\0\0\0\x40" + body + b"\x00\xf0\x30" + b"x" * 38
        )
        song = parse(data)
        assert song.warnings == ("Track 3 breaks off at bar 12; 41 bytes could not be read, 13 bytes are missing.",)
        assert parse(data[: data.rfind(b"MTrk")]).warnings == ("The file announces 3 tracks and holds 2.",)

    def test_a_broken_chunk_in_the_middle_does_not_cost_the_next(self) -> None:
        broken = chunk(b"MTrk", b"\x00\x90\x3c\x40\x05\x80\x3c\x40\x00\xff\x01\xff\x00")
        song = parse(header(1, 2, 96) + broken + track_chunk([(0, note_on(62, 5, 1)), (9, note_off(62, 1))]))
        assert [_notes(song, i) for i in range(2)] == [[(0, 5, 60, 64)], [(0, 9, 62, 5)]]
        assert song.warnings == ("Track 1 breaks off at bar 1; 5 bytes could not be read.",)
        first, second = song.as_written()
        louder = TrackPerformance(np.array([77]), np.array([8]))
        # Editing the sound chunk leaves the broken one as it is; editing the broken one keeps what could not be read.
        assert encode(song, (first, louder))[14 : 14 + len(broken)] == broken
        edited = parse(encode(song, (louder, second)))
        assert (edited.warnings, edited.source.data[22 : 22 + len(broken) - 8]) == (
            song.warnings,
            broken[8:].replace(b"\x3c\x40\x05", b"\x3c\x4d\x05"),
        )
