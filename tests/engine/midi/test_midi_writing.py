"""Writing edited songs, case by case: what moves, what stays, and where wishes cannot be met."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from duv_studio.engine.midi.events import MAX_DELTA
from duv_studio.engine.midi.midi_file import encode, parse, read, write
from duv_studio.engine.midi.song import Performance, Song, TrackPerformance
from duv_studio.errors import DuvError
from tests.engine.plain_midi import read_chunks
from tests.midi_builder import TrackSpec, build_song, chunk, header, meta, note_off, note_on, sysex, track_chunk, varlen

Event = tuple[int, bytes]
ON, OFF, END = note_on(60, 64), note_off(60), meta(0x2F)


def _file(*events: Event, end: int | None = None) -> bytes:
    return header(1, 1, 480) + track_chunk(events, end=end)


def _played(song: Song, durations: list[int], velocities: list[int] | None = None) -> Performance:
    """A performance of the first track; the others stay as they are."""
    first = song.tracks[0].notes
    played = TrackPerformance(np.array(velocities or first.velocity), np.array(durations))
    return (played, *song.as_written()[1:])


def _after(data: bytes, durations: list[int]) -> list[Event]:
    """The events of the first chunk with the first track's notes of these durations."""
    song = parse(data)
    return read_chunks(encode(song, _played(song, durations)))[0][0].events


def _durations(data: bytes, durations: list[int]) -> list[int]:
    song = parse(data)
    return [int(d) for d in parse(encode(song, _played(song, durations))).tracks[0].notes.duration]


class TestVelocity:
    def test_only_its_byte_changes(self) -> None:
        data = build_song([TrackSpec([(0, 10, 60, 64), (20, 10, 61, 65)])], running_status=True)
        song = parse(data)
        changed = encode(song, _played(song, [10, 10], [1, 127]))
        assert [(a, b) for a, b in zip(data, changed, strict=True) if a != b] == [(64, 1), (65, 127)]

    @pytest.mark.parametrize(("wish", "written"), [(0, 1), (-5, 1), (128, 127), (1000, 127)])
    def test_it_stays_within_1_and_127(self, wish: int, written: int) -> None:
        song = parse(_file((0, ON), (5, OFF)))
        assert parse(encode(song, _played(song, [5], [wish]))).tracks[0].notes.velocity.tolist() == [written]

    def test_notes_never_ended_may_be_louder(self) -> None:
        song = parse(_file((0, ON), end=50))
        again = parse(encode(song, _played(song, [7], [99])))
        assert again.tracks[0].notes.velocity.tolist() == [99]
        assert again.tracks[0].notes.duration.tolist() == [50]

    def test_the_length_of_notes_never_ended_is_not_edited(self) -> None:
        song = parse(header(1, 1, 480) + chunk(b"MTrk", b"\x00" + note_on(62, 9) + b"\x01" + ON + b"\x04" + OFF))
        assert encode(song, _played(song, [3, 4])) == song.source.data


class TestPlaceOfAMovedNoteOff:
    def test_it_keeps_form_and_release_velocity(self) -> None:
        off = note_off(60, velocity=33)
        assert _after(_file((0, ON), (5, off), end=9), [9]) == [(0, ON), (9, off), (9, END)]
        silent = note_on(60, 0)
        assert _after(_file((0, ON), (5, silent), end=9), [9]) == [(0, ON), (9, silent), (9, END)]

    def test_it_does_not_pass_the_end_of_track_which_stays(self) -> None:
        for end in (5, 7):
            data = _file((0, ON), (5, OFF), end=end)
            for wish in (1, 5, 6, 7, 8, 20):
                assert _after(data, [wish])[-2:] == [(min(wish, end), OFF), (end, END)]

    def test_it_does_not_pass_the_end_of_its_own_chunk_where_others_are_longer(self) -> None:
        data = build_song([TrackSpec([(0, 480, 60, 80)], end=500), TrackSpec([(0, 480, 60, 80)], 1, end=960)])
        song = parse(data)
        longer = tuple(TrackPerformance(t.notes.velocity, t.notes.duration * 3) for t in song.tracks)
        again = parse(encode(song, longer))
        assert [int(t.notes.end[0]) for t in again.tracks] == [500, 960]
        assert [chunk.end_tick for chunk in again.source.chunks] == [chunk.end_tick for chunk in song.source.chunks]

    def test_a_chunk_without_end_of_track_gets_none(self) -> None:
        data = header(1, 1, 480) + chunk(b"MTrk", b"\x00" + ON + b"\x05" + OFF)
        assert _after(data, [9]) == [(0, ON), (9, OFF)]

    def test_it_comes_before_the_next_note_of_its_pitch(self) -> None:
        again = note_on(60, 9)
        data = _file((0, ON), (5, OFF), (9, again), (12, OFF))
        assert _after(data, [9, 3]) == [(0, ON), (9, OFF), (9, again), (12, OFF), (12, END)]
        assert _durations(data, [9, 3]) == [9, 3]

    def test_it_comes_after_its_own_note_on(self) -> None:
        lyric = meta(0x05, b"la")
        data = _file((4, lyric), (4, ON), (4, lyric), (9, OFF))
        assert _after(data, [0]) == [(4, lyric), (4, ON), (4, OFF), (4, lyric), (9, END)]
        assert _durations(data, [-50]) == [0]

    def test_notes_of_no_length_stay_in_order(self) -> None:
        data = _file((4, ON), (4, note_on(60, 2)), (9, OFF), (9, OFF))
        assert _durations(data, [0, 0]) == [0, 0]
        assert _durations(data, [0, 3]) == [0, 3]

    def test_other_events_keep_their_order(self) -> None:
        bend, lyric, pedal = b"\xe0\x00\x50", meta(0x05, b"la"), b"\xb0\x40\x7f"
        data = _file((0, ON), (3, bend), (3, lyric), (5, OFF), (5, pedal), (8, bend), end=11)
        for duration in range(12):
            after = _after(data, [duration])
            assert (duration, OFF) in after
            assert [e for e in after if e[1] not in (OFF, END)] == [
                (0, ON), (3, bend), (3, lyric), (5, pedal), (8, bend),
            ]  # fmt: skip
            assert [tick for tick, _ in after] == sorted(tick for tick, _ in after)

    def test_it_never_passes_a_change_of_port(self) -> None:
        one, zero = meta(0x21, b"\x01"), meta(0x21, b"\x00")
        data = _file((0, ON), (5, OFF), (8, one), (9, note_on(62, 3)), (10, zero), (12, note_on(64, 4)), (14, OFF))
        assert _durations(data, [20, 0])[0] == 8
        data = _file((0, ON), (3, one), (5, zero), (9, OFF), (12, one))
        assert [_durations(data, [d])[0] for d in (2, 5, 7, 50)] == [5, 5, 7, 12]

    def test_a_repeated_port_is_no_change(self) -> None:
        zero = meta(0x21, b"\x00")
        assert _durations(_file((0, zero), (0, ON), (5, OFF), (8, zero), end=30), [20]) == [20]

    def test_it_never_passes_a_stray_note_off(self) -> None:
        data = _file((0, ON), (5, OFF), (8, note_on(60, 0)), end=30)
        assert [_durations(data, [d]) for d in (3, 8, 9)] == [[3], [8], [8]]
        assert _after(data, [20]) == [(0, ON), (8, OFF), (8, note_on(60, 0)), (30, END)]

    def test_it_does_not_part_a_split_system_exclusive_message(self) -> None:
        first, last = sysex(b"\x43"), sysex(b"\x01\xf7", 0xF7)
        data = _file((2, ON), (3, first), (8, last), (9, OFF))
        assert _after(data, [6])[1:4] == [(3, first), (8, last), (8, OFF)]
        # Between the packets there is no better place; the tick that was asked for comes first.
        assert _durations(data, [4]) == [4]

    def test_it_does_not_part_a_channel_prefix_from_the_name_that_it_is_for(self) -> None:
        prefix, name = meta(0x20, b"\x03"), meta(0x04, b"Viola")
        data = _file((2, ON), (3, prefix), (8, name), (9, OFF))
        assert _after(data, [6])[1:4] == [(3, prefix), (8, name), (8, OFF)]

    def test_keeping_events_together_never_costs_a_note_its_end(self) -> None:
        first, last, second = sysex(b"\x43"), sysex(b"\x01\xf7", 0xF7), note_on(60, 2)
        data = _file((0, ON), (3, first), (8, second), (8, last), (9, OFF), (20, OFF))
        assert _after(data, [8, 12])[1:5] == [(3, first), (8, OFF), (8, second), (8, last)]
        prefix, port, name = meta(0x20, b"\x03"), meta(0x21, b"\x01"), meta(0x04, b"Viola")
        data = _file((0, ON), (3, prefix), (7, OFF), (8, prefix), (8, port), (8, name), (9, note_on(60, 3)))
        assert _after(data, [9])[1:5] == [(3, prefix), (8, OFF), (8, prefix), (8, port)]
        data = _file((0, ON), (6, OFF), (7, prefix), (8, port), (8, name), (9, note_on(60, 3)))
        assert _after(data, [9])[1:5] == [(7, prefix), (8, OFF), (8, port), (8, name)]


class TestOverlappingNotes:
    """Two notes of one voice: 0..10 and 5..15."""

    DATA = _file((0, ON), (5, note_on(60, 2)), (10, OFF), (15, OFF), end=40)

    @pytest.mark.parametrize(
        ("wish", "written"),
        [
            ([12, 10], [12, 10]),
            ([15, 10], [15, 10]),
            ([3, 20], [3, 20]),
            ([8, 3], [8, 3]),
            # The second would end before the first: the smallest change lets them end together.
            ([14, 4], [9, 4]),
            # A note that no one wishes to change stays; the other one gives way.
            ([20, 10], [15, 10]),
            ([10, 2], [10, 5]),
        ],
    )
    def test_they_end_in_the_order_in_which_they_began(self, wish: list[int], written: list[int]) -> None:
        assert _durations(self.DATA, wish) == written

    def test_each_keeps_its_own_note_off_where_both_end_together(self) -> None:
        slow, fast = note_off(60, velocity=1), note_off(60, velocity=99)
        data = _file((0, ON), (5, note_on(60, 2)), (10, slow), (15, fast))
        assert _after(data, [10, 5])[2:4] == [(10, slow), (10, fast)]
        assert _after(data, [7, 2])[2:4] == [(7, slow), (7, fast)]

    def test_one_long_wish_does_not_drag_the_others_along(self) -> None:
        events = [(i, note_on(60, 1 + i)) for i in range(4)] + [(10 + i, OFF) for i in range(4)]
        assert _durations(_file(*events), [100, 5, 5, 5]) == [6, 5, 5, 5]


class TestBytes:
    def test_running_status_gets_a_status_byte_only_where_needed(self) -> None:
        # on C, on E, off C, off E, all in running status
        body = b"\x00\x90\x3c\x40\x00\x40\x40\x0a\x3c\x00\x0a\x40\x00" + b"\x09" + END
        pedal = b"\x00\x90\x3c\x40\x00\x40\x40\x0a\x3c\x00\x05\xb0\x40\x7f\x05\x90\x40\x00" + b"\x00" + END
        for data, durations, expected in (
            (body, [5, 20], b"\x00\x90\x3c\x40\x00\x40\x40\x05\x3c\x00\x0f\x40\x00"),
            (body, [25, 20], b"\x00\x90\x3c\x40\x00\x40\x40\x14\x40\x00\x05\x3c\x00"),
            (pedal, [18, 20], b"\x00\x90\x3c\x40\x00\x40\x40\x0f\xb0\x40\x7f\x03\x90\x3c\x00\x02\x90\x40\x00"),
        ):
            song = parse(header(1, 1, 480) + chunk(b"MTrk", data))
            assert encode(song, _played(song, durations))[22:-4] == expected

    def test_an_event_that_lost_its_status_gets_it_back(self) -> None:
        # The first note-off carries the status byte that the next note-on relies on.
        body = b"\x00\x80\x3e\x00\x00\x90\x3c\x40\x00\xb0\x40\x7f\x0a\x90\x3c\x00\x00\x40\x40\x0a\x40\x00\x00" + END
        song = parse(header(1, 1, 480) + chunk(b"MTrk", body))
        written = encode(song, _played(song, [5, 10]))
        events = read_chunks(written)[0][0].events
        assert (10, note_on(64, 64)) in events and (5, note_on(60, 0)) in events

    def test_running_status_is_not_carried_over_a_meta_event(self) -> None:
        body = b"\x00\x90\x3c\x40\x05\x3c\x00\x05" + meta(0x05, b"la") + b"\x05\x90\x40\x40\x05\x40\x00\x00" + END
        song = parse(header(1, 1, 480) + chunk(b"MTrk", body))
        # The plain reader is strict: it refuses a running status behind a lyric.
        chunks, _ = read_chunks(encode(song, _played(song, [12, 5])))
        assert chunks[0].events[1:3] == [(10, meta(0x05, b"la")), (12, note_on(60, 0))]

    def test_a_sloppy_running_status_over_a_meta_event_is_left_as_it_is(self) -> None:
        sloppy = b"\x00\x90\x3c\x40\x05" + meta(0x05, b"la") + b"\x05\x40\x40\x05\x3c\x00\x05\x40\x00\x00" + END
        song = parse(header(1, 1, 480) + chunk(b"MTrk", sloppy))
        written = encode(song, _played(song, [14, 10]))
        assert written[22:] == sloppy.replace(b"\x05\x3c\x00\x05", b"\x04\x3c\x00\x06")

    def test_padded_delta_times_stay_padded_where_they_do_not_change(self) -> None:
        body = varlen(3, 3) + b"\xb0\x07\x64" + varlen(0, 2) + ON + varlen(5, 2) + OFF + varlen(30, 4) + END
        song = parse(header(1, 1, 480) + chunk(b"MTrk", body))
        written = encode(song, _played(song, [9]))
        assert written[22:] == body[: -9 - len(OFF)] + varlen(9) + OFF + varlen(26) + END

    def test_what_stands_around_the_notes_is_kept(self) -> None:
        one, two = track_chunk([(0, ON), (5, OFF)], end=9), track_chunk([(0, note_on(62, 1)), (5, note_off(62))])
        extra = chunk(b"XFIH", b"karaoke")
        data = header(1, 2, 96, b"more") + extra + one + extra + two[:4] + b"\0\0\0\x0f" + two[8:] + b"end" + b"tail"
        song = parse(data)
        written = encode(song, _played(song, [9]))
        assert written == data.replace(one, track_chunk([(0, ON), (9, OFF)], end=9))
        last = encode(song, (song.as_written()[0], TrackPerformance(np.array([1]), np.array([200]))))
        assert last.endswith(meta(0x2F) + b"end" + b"tail")


class TestTooMuch:
    def test_a_duration_beyond_the_largest_delta_time_is_held_there(self) -> None:
        data = header(1, 1, 480) + chunk(b"MTrk", b"\x00" + ON + b"\x05" + OFF)  # no end of track is in its way
        assert _durations(data, [2**62]) == [MAX_DELTA]

    def test_where_a_gap_would_become_too_long_note_offs_stay(self) -> None:
        data = _file((0, ON), (MAX_DELTA, OFF), (2 * MAX_DELTA, note_on(62, 1)))
        song = parse(data)
        again = parse(encode(song, _played(song, [1, 0], [9, 9]))).tracks[0].notes
        assert again.duration.tolist() == [MAX_DELTA, 0]
        assert again.velocity.tolist() == [9, 9]

    def test_a_performance_of_other_notes_is_a_mistake_of_the_caller(self) -> None:
        song = parse(_file((0, ON), (5, OFF)))
        with pytest.raises(ValueError, match="for a track of 1"):
            encode(song, (TrackPerformance(np.array([1, 2]), np.array([3, 4])),))
        with pytest.raises(ValueError):
            encode(song, ())
        with pytest.raises(TypeError):
            encode(song, (TrackPerformance(np.array([1.5]), np.array([3])),))


class TestWrite:
    def test_the_file_is_what_encode_says(self, tmp_path: Path) -> None:
        song = parse(_file((0, ON), (5, OFF), end=9))
        performance = _played(song, [7])
        write(song, performance, tmp_path / "out.mid")
        assert (tmp_path / "out.mid").read_bytes() == encode(song, performance)
        assert read(tmp_path / "out.mid").tracks[0].notes.duration.tolist() == [7]

    def test_the_source_is_not_overwritten_under_any_name(self, tmp_path: Path) -> None:
        source = tmp_path / "in.mid"
        data = _file((0, ON), (5, OFF), end=9)
        source.write_bytes(data)
        (tmp_path / "folder").mkdir()
        (tmp_path / "link.mid").symlink_to(source)
        os.link(source, tmp_path / "hard.mid")
        song = read(source)
        for name in ("in.mid", "link.mid", "hard.mid", "folder/../in.mid"):
            with pytest.raises(DuvError, match="overwritten") as caught:
                write(song, _played(song, [7]), tmp_path / name)
            assert caught.value.file == tmp_path / name
        assert source.read_bytes() == data
        write(song, _played(song, [7]), source, allow_source=True)
        assert read(source).tracks[0].notes.duration.tolist() == [7]

    def test_a_failure_leaves_nothing_behind(self, tmp_path: Path) -> None:
        song = parse(_file((0, ON), (5, OFF)))
        with pytest.raises(DuvError, match="folder does not exist"):
            write(song, None, tmp_path / "no" / "out.mid")
        assert list(tmp_path.iterdir()) == []
