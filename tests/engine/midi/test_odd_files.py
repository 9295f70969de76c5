"""Files that break the rules of MIDI and are read all the same: a row a kind of oddity."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.engine.midi.metadata import controller_changes
from duv_studio.engine.midi.midi_file import encode, parse
from duv_studio.engine.midi.song import Performance, Song, TrackPerformance
from tests.midi_builder import Event, chunk, header, meta, note_off, note_on, sysex, track_chunk, varlen

_END = b"\x00\xff\x2f\x00"
_ODD = {
    "controller value": b"\xb0\x07\x80",
    "controller number": b"\xb0\xc8\x40",
    "both": b"\xb0\xff\xff",
    "program": b"\xc0\xc8",
    "channel pressure": b"\xd0\xff",
    "key pressure": b"\xa0\x3c\x90",
    "bend": b"\xe0\x80\xf0",
    "pitch": b"\x90\xc8\x40",
    "pitch of a note-off": b"\x80\x9c\x40",
    "release velocity": b"\x80\x00\xff",
}


def _music(channel: int = 0, notes: int = 6) -> list[Event]:
    """Notes of 60 ticks, one after the other, from tick 0."""
    return [e for i in range(notes) for e in ((60 * i, note_on(60, 64, channel)), (60 * i + 60, note_off(60, channel)))]


def _with(odd: bytes, place: int, channel: int = 0) -> list[Event]:
    events = _music(channel)
    tick = events[min(place, len(events) - 1)][0]
    events.insert(place, (tick, bytes([odd[0] | channel]) + odd[1:]))
    return events


def _louder_and_shorter(song: Song) -> Performance:
    return tuple(TrackPerformance(t.notes.velocity // 2 + 1, t.notes.duration // 2) for t in song.tracks)


def _bytes_of(song: Song, number: int) -> list[bytes]:
    """The bytes of every event of a chunk that is neither note-on nor note-off, with their status."""
    source = song.source.chunks[number]
    events = source.events
    whole = [
        bytes([events.status[i]]) + bytes(source.body[events.start[i] + events.explicit[i] :][: events.length[i]])
        for i in range(len(events))
    ]
    return [event for event in whole if event[0] >> 4 not in (8, 9)]


@pytest.mark.parametrize("place", [0, 5, 12], ids=["first", "middle", "last"])
@pytest.mark.parametrize("smf_format", [0, 1, 2])
@pytest.mark.parametrize("running", [True, False], ids=["running", "explicit"])
@pytest.mark.parametrize("odd", _ODD.values(), ids=_ODD.keys())
def test_a_data_byte_above_127_costs_nothing(odd: bytes, place: int, smf_format: int, running: bool) -> None:
    running = running and odd[1] < 0x80  # else nothing would tell its data from a status
    tracks = [track_chunk(_with(odd, place), running_status=running)]
    if smf_format:
        tracks.append(track_chunk(_music(1), running_status=running))
    data = header(smf_format, len(tracks), 96) + b"".join(tracks)
    song = parse(data)
    assert [t.notes.onset.tolist() for t in song.tracks] == [[60 * i for i in range(6)]] * len(tracks)
    assert [t.notes.duration.tolist() for t in song.tracks] == [[60] * 6] * len(tracks)
    assert song.warnings == ()
    (notice,) = song.notices
    assert "track 1" in notice and "above 127" in notice and notice.startswith("1 message in track 1 has ")
    assert encode(song) == data and encode(song, song.as_written()) == data
    played = parse(encode(song, _louder_and_shorter(song)))
    assert [t.notes.velocity.tolist() for t in played.tracks] == [[33] * 6] * len(tracks)
    assert [t.notes.duration.tolist() for t in played.tracks] == [[30] * 6] * len(tracks)
    assert _bytes_of(played, 0) == _bytes_of(song, 0)
    assert played.notices == song.notices and played.warnings == ()
    odd_bytes = bytes([odd[0]]) + odd[1:]
    assert not (odd[0] >> 4 in (8, 9) and not running) or odd_bytes in encode(song, _louder_and_shorter(song))


def test_a_velocity_above_127_is_read_as_127_and_rewritten_only_when_it_is_edited() -> None:
    data = header(0, 1, 96) + track_chunk([(0, note_on(60, 200)), (50, note_off(60)), *_music()[2:]])
    song = parse(data)
    assert song.tracks[0].notes.velocity.tolist() == [127, 64, 64, 64, 64, 64]
    (track,) = song.as_written()
    velocity = track.velocity.copy()
    velocity[1] = 99
    assert note_on(60, 200) in encode(song, (TrackPerformance(velocity, track.duration),))
    velocity[0] = 126
    written = encode(song, (TrackPerformance(velocity, track.duration),))
    assert note_on(60, 200) not in written and note_on(60, 126) in written


def test_what_is_above_127_chooses_neither_sound_nor_kit() -> None:
    """A program of 200 has no name, a controller 128 is no program change, a bank of 255 no bank of drums."""
    odd = [(0, b"\xb0\x00\xff"), (0, b"\xc0\xc8"), (0, b"\xb0\x80\x21"), (0, b"\xb0\xc0\x7f")]
    (track,) = parse(header(0, 1, 96) + track_chunk([*odd, *_music()])).tracks
    assert (track.program, track.kit, track.pedal) == (None, None, False)


def test_one_sentence_counts_the_odd_messages_of_all_tracks() -> None:
    odd = [(0, b"\xb0\x07\x80")] * 3
    tracks = [track_chunk(odd + _music(i)) if i in (1, 2) else track_chunk(_music(i)) for i in range(4)]
    (notice,) = parse(header(1, 4, 96) + b"".join(tracks)).notices
    assert notice.startswith("6 messages in tracks 2 and 3 have data bytes above 127")


_TAILS = {
    "a status without meaning": b"\x00\xf4\x00\x00\x33",
    "a text longer than its chunk": b"\x05\xff\x01\xff\x00abc",
    "an exclusive message without end": b"\x00\xf0\xff\xff\xff\x7f\x01\x02",
    "a delta time that is too large": b"\xff\xff\xff\xff\x7f\x90\x3c\x40",
    "half an event without a status": b"\x00",
    "a message cut short by the end of track": b"\x00\x90\x3c\xff\x2f\x00",
}


@pytest.mark.parametrize("last", [note_off(60), note_on(60, 0), b"\xb0\x07\x40", b"\xc0\x07"], ids=lambda e: e.hex())
@pytest.mark.parametrize("tail", _TAILS.values(), ids=_TAILS.keys())
def test_what_cannot_be_read_of_a_track_is_carried_over(tail: bytes, last: bytes) -> None:
    events = [*_music()[:-1], (360, last)]
    body = track_chunk(events)[8 : -len(_END)] + tail
    data = header(1, 2, 96) + chunk(b"MTrk", body) + track_chunk(_music(1))
    song = parse(data)
    assert song.source.chunks[0].unread == len(tail)
    assert "Track 1 breaks off" in song.warnings[0]
    assert encode(song, song.as_written()) == data
    longer = tuple(TrackPerformance(np.full(6, 50), t.notes.duration + 4000) for t in song.tracks)
    for performance in (_louder_and_shorter(song), longer):
        again = parse(encode(song, performance))
        edited = again.source.chunks[0]
        assert bytes(edited.body[edited.events.stop :]) == tail  # behind all that can be read
        assert edited.end_tick == song.source.chunks[0].end_tick
        assert again.warnings == song.warnings
        assert [t.notes.velocity.tolist() for t in again.tracks] == [p.velocity.tolist() for p in performance]
        assert len(edited.events) == len(song.source.chunks[0].events)


_TRACK = track_chunk(_music())
_SECOND = track_chunk(_music(1))
_BODY = _TRACK[8:]


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (b"MTrk\0\0\0\0" + _BODY, "length 0"),
        (b"MTrk\xff\xff\xff\xff" + _BODY, "length never filled in"),
        (b"MTrk\0\0\0\x10" + _BODY, "too short"),
        (b"MTrk" + (len(_BODY) - 1).to_bytes(4, "big") + _BODY, "short by a byte"),
        (b"MTrk" + (len(_BODY) + 1).to_bytes(4, "big") + _BODY, "long by a byte"),
        (b"MTrk" + (len(_BODY) + 50).to_bytes(4, "big") + _BODY, "long into the next track"),
        (b"MTrk" + (len(_BODY) + len(_SECOND)).to_bytes(4, "big") + _BODY, "long to the end of the file"),
        (b"MTrk\xff\xff\xff\xff" + _BODY[: -len(_END)], "never filled in, without end of track"),
        (b"MTrk\x00\x00\xff\xff" + _BODY[: -len(_END)], "too long, without end of track"),
        (b"MTrk\x00\x00\x00\x00" + _BODY[: -len(_END)], "length 0, without end of track"),
        (chunk(b"MTrk", _BODY[: -len(_END)]), "without end of track"),
        (chunk(b"MTrk", _BODY + b"\x00\x90junk"), "bytes behind the end of track"),
        (_TRACK + b"\x00", "a byte between the tracks"),
        (chunk(b"XFIH", b"\x01MTrk\x02") + _TRACK + chunk(b"CAKE", b"\x00\x01"), "chunks of sequencers"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_lengths_that_are_wrong_cost_no_track(first: bytes, why: str) -> None:
    data = header(1, 2, 96) + first + _SECOND
    song = parse(data)
    assert [t.notes.duration.tolist() for t in song.tracks] == [[60] * 6] * 2, why
    assert song.warnings == ()
    assert encode(song, song.as_written()) == data
    played = parse(encode(song, _louder_and_shorter(song)))
    assert [t.notes.duration.tolist() for t in played.tracks] == [[30] * 6] * 2
    assert played.warnings == ()
    # An edit of one track leaves every byte of the other, and of what lies around, as it is.
    first_only = encode(song, (_louder_and_shorter(song)[0], song.as_written()[1]))
    assert first_only.endswith(_SECOND)
    second_only = encode(song, (song.as_written()[0], _louder_and_shorter(song)[1]))
    assert second_only.startswith(header(1, 2, 96) + first)


@pytest.mark.parametrize(
    "body",
    [
        b"\x14\x90\x40\x40\x64\xf4\x80\x42\x40\x14" + _END,  # F4 makes sense where all behind it does
        b"\x00\x90\x40\x40\x60\xf5\x00\x80\x40\x40" + _END,
    ],
    ids=["F4", "F5"],
)
@pytest.mark.parametrize("too_much", [31, 1000, 2**31])
def test_a_length_that_is_too_large_changes_nothing_of_what_is_read(body: bytes, too_much: int) -> None:
    start = header(1, 2, 96)
    wrong = parse(start + b"MTrk" + (len(body) + too_much).to_bytes(4, "big") + body + _SECOND)
    right = parse(start + chunk(b"MTrk", body) + _SECOND)
    for ours, theirs in zip(wrong.tracks, right.tracks, strict=True):
        assert ours.notes.onset.tolist() == theirs.notes.onset.tolist()
        assert ours.notes.duration.tolist() == theirs.notes.duration.tolist()
    assert wrong.warnings == right.warnings


@pytest.mark.parametrize(
    ("announced", "behind", "warns"),
    [
        (1, chunk(b"XFIH", b"yamaha") + chunk(b"XFKM", b"\x00\x01"), False),
        (2, chunk(b"XFIH", b"yamaha"), False),
        (3, chunk(b"XFIH", b"yamaha") + chunk(b"XFKM", b"\x00"), False),
        (2, chunk(b"MTrk", b"\x00\x01\x02\x03 private"), False),
        (1, chunk(b"MTrk", b"\x00\x01\x02\x03 private"), False),
        (1, chunk(b"MTrk", b"\x00\xc0\x05\x00\xf4\x20"), False),
        (2, chunk(b"MTrk", b"\x00\xff\x7f\x03\x00\x00\x41\x00\x17"), False),
        (1, b"\x1a" * 30, False),
        (1, header(0, 1, 96) + _SECOND, False),
        (2, b"", True),
        (2, chunk(b"MTrk", b"\x00\xc0\x05\x00\xf4\x20"), True),
        (2, b"MTrk\x00\x00\x00\x40\x00\x01", True),
    ],
)
def test_what_sequencers_keep_behind_the_music_is_no_loss(announced: int, behind: bytes, warns: bool) -> None:
    data = header(1, announced, 96) + _TRACK + behind
    song = parse(data)
    assert bool(song.warnings) == warns
    assert [t.notes.duration.tolist() for t in song.tracks] == [[60] * 6]
    assert encode(song, song.as_written()) == data
    if not warns:
        assert encode(song, _louder_and_shorter(song)).endswith(behind)
        assert encode(song, _louder_and_shorter(song)).startswith(data[:14])


@pytest.mark.parametrize("extra", [b"", b"\x01", b"\x00" * 26])
def test_a_header_of_another_length_is_kept(extra: bytes) -> None:
    data = header(1, 1, 96, extra) + _TRACK
    song = parse(data)
    assert encode(song, _louder_and_shorter(song)).startswith(header(1, 1, 96, extra))


@pytest.mark.parametrize("status", [0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF8, 0xF9, 0xFA, 0xFD, 0xFE])
def test_system_messages_of_the_wire_are_stepped_over(status: int) -> None:
    """They do not belong into files; those without meaning have no data, if that makes sense of all that follows."""
    size = {0xF1: 1, 0xF2: 2, 0xF3: 1}.get(status, 0)
    odd = bytes([status]) + b"\x05" * size
    song = parse(header(0, 1, 96) + track_chunk([*_music()[:4], (120, odd), *_music()[4:]]))
    assert len(song.tracks[0].notes) == 6 and song.warnings == ()


def test_a_split_exclusive_message_is_read_as_before() -> None:
    events = [(0, sysex(b"\x43\x12")), (0, sysex(b"\x00\xf7", 0xF7)), (0, meta(3, b"\xff\x80")), *_music()]
    data = header(0, 1, 96) + track_chunk(events)
    assert parse(data).notices == () and encode(parse(data)) == data


def test_a_delta_time_of_five_bytes_is_kept() -> None:
    data = header(0, 1, 96) + chunk(b"MTrk", varlen(5, 5) + note_on(60, 1) + varlen(5, 6) + note_off(60) + _END)
    assert encode(parse(data), parse(data).as_written()) == data


@pytest.mark.parametrize("channel", range(16))
def test_controllers_are_those_of_their_channel(channel: int) -> None:
    events = [(0, bytes([0xB0 | channel, 64, 200])), *_music(channel), *[(360, e) for _, e in _music(1 - channel % 2)]]
    song = parse(header(0, 1, 96) + track_chunk(events))
    assert [t.channel for t in song.tracks if t.pedal] == [channel]
    tick, value = controller_changes(song.source.chunks[0], channel, 64)
    assert (tick.tolist(), value.tolist()) == ([0], [127])
