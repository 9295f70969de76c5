"""What the lossless codec makes of well-formed, sloppy and broken chunks."""

from __future__ import annotations

import pytest

from duv_studio.engine.midi.events import Events, scan_events
from duv_studio.engine.midi.smf import SmfFile, parse_smf
from duv_studio.errors import DuvError
from tests.midi_builder import chunk, header, meta, note_off, note_on, sysex, track_chunk, varlen

END = b"\x00\xff\x2f\x00"


def _events(body: bytes) -> list[tuple[int, bytes]]:
    """(tick, bytes as they stand in the file) of every readable event."""
    found = scan_events(body)
    spans = zip(found.tick.tolist(), found.start.tolist(), found.length.tolist(), strict=True)
    return [(tick, body[start : start + length]) for tick, start, length in spans]


def _smf(*chunks: bytes, tracks: int | None = None, division: int = 96) -> SmfFile:
    return parse_smf(header(1, len(chunks) if tracks is None else tracks, division) + b"".join(chunks))


def test_ticks_add_up_and_bytes_are_kept() -> None:
    body = b"\x05\x90\x3c\x40\x83\x60\x80\x3c\x07" + END
    assert _events(body) == [(5, b"\x90\x3c\x40"), (485, b"\x80\x3c\x07"), (485, b"\xff\x2f\x00")]


def test_running_status_is_effective_but_not_invented() -> None:
    found = scan_events(b"\x00\x93\x3c\x40\x05\x3c\x00\x00\xc3\x07\x01\x08" + END)
    assert found.status.tolist() == [0x93, 0x93, 0xC3, 0xC3, 0xFF]
    assert found.explicit.tolist() == [True, False, True, False, True]
    assert found.length.tolist() == [3, 2, 2, 1, 3]


@pytest.mark.parametrize("between", [meta(0x05, b"la"), sysex(b"\x01\xf7"), b"\xf8"])
def test_running_status_survives_other_events_as_sloppy_files_expect(between: bytes) -> None:
    found = scan_events(b"\x00\x90\x3c\x40\x00" + between + b"\x05\x3c\x00" + END)
    assert found.status.tolist() == [0x90, between[0], 0x90, 0xFF]
    assert found.ended


@pytest.mark.parametrize("width", [1, 2, 3, 4, 6])
def test_padded_delta_times_are_read(width: int) -> None:
    assert _events(varlen(77, width) + note_on(60, 1) + END)[0] == (77, note_on(60, 1))


@pytest.mark.parametrize(
    "event",
    [
        sysex(b"\x7e\x09\x01\xf7"),
        sysex(b"no end"),
        sysex(b"\x90\x3c\x40", 0xF7),
        meta(0x60, b"\xff\x2f\x00"),
        b"\xff\x01\x82\x00" + b"x" * 256,
        b"\xff\x05\x80\x02la",  # padded length
        b"\xf1\x20",
        b"\xf2\x01\x02",
        b"\xf6",
        b"\xfe",
    ],
)
def test_system_and_meta_events_keep_their_bytes(event: bytes) -> None:
    assert _events(b"\x03" + event + END) == [(3, event), (3, b"\xff\x2f\x00")]


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        (b"\x00\x90\x3c", "cut off in a note"),
        (b"\x00\xff\x01\x05abc", "cut off in a meta event"),
        (b"\x81", "cut off in a delta time"),
        (b"\x00", "cut off before an event"),
        (b"\x00\x90\x3c\xff\x2f\x00", "a message cut short by the end of track"),
        (b"\x00\xc0\xff\x2f\x00", "another"),
        (b"\x00\xf4\x00\x00", "a status without meaning"),
        (b"\xff\xff\xff\xff\x7f\x90\x3c\x40", "a delta time that is too large"),
    ],
)
def test_what_makes_no_sense_ends_the_reading_and_is_counted(rest: bytes, why: str) -> None:
    good = b"\x00\x90\x3c\x40\x05\x80\x3c\x40"
    (read,) = _smf(chunk(b"MTrk", good + rest)).chunks
    assert len(read.events) == 2, why
    assert (read.events.stop, read.unread, read.is_broken) == (len(good), len(rest), True)


def test_an_event_without_any_status_is_not_guessed() -> None:
    assert _events(b"\x00\x3c\x40") == []


def test_what_follows_an_end_of_track_is_kept_but_not_read() -> None:
    (read,) = _smf(chunk(b"MTrk", END + b"\x00\x90\x3c\x40")).chunks
    assert len(read.events) == 1
    assert (read.unread, read.is_broken) == (0, False)


def test_a_chunk_without_end_of_track_is_whole() -> None:
    (read,) = _smf(chunk(b"MTrk", b"\x00\x90\x3c\x40")).chunks
    assert (read.events.ended, read.is_broken) == (False, False)


def test_longer_headers_and_unknown_chunks_are_stepped_over() -> None:
    track = track_chunk([(0, note_on(60, 1))])
    data = header(1, 2, 96, extra=b"\x01\x02") + chunk(b"XFIH", b"MTrk") + track + chunk(b"junk", b"") + track + b"\x1a"
    smf = parse_smf(data)
    assert [data[c.offset : c.end] for c in smf.chunks] == [track, track]
    assert (smf.format, smf.ppq) == (1, 96)


def test_noise_between_chunks_is_stepped_over() -> None:
    track = track_chunk([(0, note_on(60, 1))])
    assert len(_smf(track + b"\x00\x00\x00", track, tracks=2).chunks) == 2


def test_a_second_file_behind_the_first_is_left_alone() -> None:
    track = track_chunk([(0, note_on(60, 1))])
    assert len(_smf(track, header(0, 1, 480) + track, tracks=1).chunks) == 1


def test_a_length_that_was_never_filled_in_does_not_swallow_the_next_track() -> None:
    body = b"\x00\x90\x3c\x40" + END
    smf = _smf(b"MTrk\xff\xff\xff\xff" + body, chunk(b"MTrk", body))
    assert [c.body for c in smf.chunks] == [body, body]
    assert not any(c.is_broken for c in smf.chunks)


def test_a_chunk_longer_than_the_file_says_what_is_missing() -> None:
    smf = _smf(b"MTrk\0\0\0\x20" + b"\x00\x90\x3c\x40\x00\x80")
    (read,) = smf.chunks
    assert (read.unread, read.missing, read.is_broken) == (2, 26, True)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04" + b"\x00" * 30, "not a MIDI file"),
        (b"RIFF\x20\0\0\0RMIDLIST\x20\0\0\0", "RIFF"),
        (b"RIFF\x20\0\0\0WAVEdata\x20\0\0\0" + header(0, 1, 96), "not a MIDI file"),
        (b"MThd\0\0\0\6\0\1\0", "incomplete"),
        (b"MThd\0\0\0\4\0\1\0\1\0\x60", "incomplete"),
        (b"MThd\0\0\1\0\0\1\0\1\0\x60", "incomplete"),
        (header(3, 1, 96), "type 3"),
        (header(1, 1, 0), "0 ticks"),
        (header(1, 1, 0xE700), "a frame has 0 ticks"),
    ],
)
def test_what_is_no_usable_header_is_refused_with_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(DuvError, match=words) as caught:
        parse_smf(data, "song.mid")
    assert str(caught.value).startswith("song.mid: ")
    assert caught.value.hint


def test_arrays_are_read_only() -> None:
    found: Events = scan_events(b"\x00" + note_on(60, 1) + b"\x05" + note_off(60) + END)
    for array in (found.tick, found.delta_start, found.start, found.length, found.status, found.explicit):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
