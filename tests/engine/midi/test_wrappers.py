"""MIDI within RIFF and MacBinary: read, and written back with all that stands around it."""

from __future__ import annotations

from binascii import crc_hqx
from pathlib import Path

import pytest

from duv_studio.engine.midi.diff import other_changes
from duv_studio.engine.midi.midi_file import encode, parse, read, reread, write
from duv_studio.engine.midi.song import Performance, Song, TrackPerformance
from duv_studio.errors import DuvError
from tests.midi_builder import header, meta, note_off, note_on, track_chunk

_NOTES = [(0, 200, 60, 64), (480, 200, 62, 70), (960, 200, 64, 80)]


def _midi(odd: bool) -> bytes:
    """A file of an even number of bytes, or an odd one."""
    tracks = [track_chunk([(0, meta(1, b"a" * length)), *_events()]) for length in (4, 5)]
    made = [header(0, 1, 480) + track for track in tracks]
    return next(data for data in made if len(data) % 2 == odd)


def _events() -> list[tuple[int, bytes]]:
    return [
        event
        for onset, duration, pitch, velocity in _NOTES
        for event in ((onset, note_on(pitch, velocity)), (onset + duration, note_off(pitch)))
    ]


def _chunk(kind: bytes, body: bytes, pad: bool = True, order: str = "little") -> bytes:
    return kind + len(body).to_bytes(4, order) + body + bytes(len(body) % 2 if pad else 0)  # type: ignore[arg-type]


def _riff(*chunks: bytes, form: bytes = b"RIFF", order: str = "little") -> bytes:
    body = b"RMID" + b"".join(chunks)
    return form + len(body).to_bytes(4, order) + body  # type: ignore[arg-type]


_INFO = _chunk(b"LIST", b"INFO" + _chunk(b"INAM", b"odd"))
_SOUNDS = _chunk(b"RIFF", b"DLS " + bytes(31))


def _longer(song: Song) -> Performance:
    """Note-offs that need more bytes for their delta times, and other velocities."""
    return tuple(TrackPerformance(t.notes.velocity + 1, t.notes.duration - 100) for t in song.tracks)


@pytest.mark.parametrize("odd", [False, True], ids=["even", "odd"])
@pytest.mark.parametrize(
    ("before", "behind", "junk"),
    [
        ([], [], b""),
        ([_INFO], [], b""),
        ([], [_INFO, _SOUNDS], b""),
        ([_chunk(b"DISP", b"abc"), _SOUNDS], [_INFO], b"behind the file"),
    ],
    ids=["alone", "behind texts", "before texts and sounds", "between others"],
)
def test_riff_is_written_back_with_all_other_chunks_and_right_sizes(
    before: list[bytes], behind: list[bytes], junk: bytes, odd: bool
) -> None:
    midi = _midi(odd)
    data = _riff(*before, _chunk(b"data", midi), *behind) + junk
    song, plain = parse(data), parse(midi)
    assert (song.warnings, song.notices) == ((), ())
    assert [t.notes.onset.tolist() for t in song.tracks] == [t.notes.onset.tolist() for t in plain.tracks]
    assert encode(song) == data and encode(song, song.as_written()) == data
    played = encode(plain, _longer(plain))
    assert encode(song, _longer(song)) == _riff(*before, _chunk(b"data", played), *behind) + junk
    assert other_changes(data, encode(song, _longer(song))) == ""


def test_big_endian_riff() -> None:
    data = _riff(_chunk(b"data", _midi(True), order="big"), _INFO, form=b"RIFX", order="big")
    song = parse(data)
    played = encode(parse(_midi(True)), _longer(song))
    assert encode(song, _longer(song)) == _riff(_chunk(b"data", played, order="big"), _INFO, form=b"RIFX", order="big")


@pytest.mark.parametrize(
    "wrong",
    [
        _riff(_chunk(b"data", _midi(True), pad=False), _INFO),
        _riff(_INFO, _chunk(b"data", _midi(True), pad=False)),
        b"RIFF\0\0\0\0RMID" + _chunk(b"data", _midi(True)) + _INFO,
        b"RIFF\xff\xff\xff\xffRMID" + _chunk(b"data", _midi(False)),
        b"RIFF\0\0\0\0RMIDdata\0\0\0\0" + _midi(False),
        b"RIFF\0\0\0\0RMIDdata\xff\xff\xff\xff" + _midi(False),
        b"RIFF\0\0\0\0RMIDLIST\0\0\1\0abcd" + _chunk(b"data", _midi(False)),
    ],
    ids=["no padding", "none at the end", "no size", "no end", "no size of data", "no end of data", "a list too long"],
)
def test_sloppy_riff_is_read_and_comes_out_right(wrong: bytes) -> None:
    song = parse(wrong)
    assert [t.notes.pitch.tolist() for t in song.tracks] == [[60, 62, 64]] and song.warnings == ()
    assert encode(song, song.as_written()) == wrong
    written = encode(song, _longer(song))
    assert int.from_bytes(written[4:8], "little") == len(written) - 8
    assert parse(written).tracks[0].notes.duration.tolist() == [100, 100, 100]


def test_truncated_riff_says_what_is_missing() -> None:
    song = parse(_riff(_chunk(b"data", _midi(False)))[:-12])
    assert "Track 1 breaks off" in song.warnings[0]
    assert parse(encode(song, _longer(song))).warnings == ()


def _mac_binary(midi: bytes, sum_: bool, rest: bytes = b"resources".ljust(128, b"\0")) -> bytes:
    name = b"Song"
    head = bytearray(128)
    head[1 : 2 + len(name)] = bytes([len(name)]) + name
    head[65:73] = b"MidiABCD"
    head[83:87] = len(midi).to_bytes(4, "big")
    head[87:91] = (9).to_bytes(4, "big")
    if sum_:
        head[122] = head[123] = 129
        head[124:126] = crc_hqx(bytes(head[:124]), 0).to_bytes(2, "big")
    return bytes(head) + midi + bytes(-len(midi) % 128) + rest


@pytest.mark.parametrize("sum_", [True, False])
def test_mac_binary_is_written_back_with_size_and_check_sum(sum_: bool) -> None:
    data = _mac_binary(_midi(True), sum_)
    song = parse(data)
    assert encode(song, song.as_written()) == data
    played = encode(parse(_midi(True)), _longer(song))
    assert encode(song, _longer(song)) == _mac_binary(played, sum_)
    assert other_changes(data, encode(song, _longer(song))) == ""


def test_files_are_read_by_what_they_hold_not_by_name(tmp_path: Path) -> None:
    data = _riff(_chunk(b"data", _midi(True)), _INFO)
    for name in ("a.rmi", "a.mid"):
        (tmp_path / name).write_bytes(data)
        song = read(tmp_path / name)
        assert reread(song, "cp1251").source.data == data
        write(song, _longer(song), tmp_path / "out.rmi")
        assert read(tmp_path / "out.rmi").tracks[0].notes.duration.tolist() == [100, 100, 100]
    (tmp_path / "plain.rmi").write_bytes(_midi(True))
    assert len(read(tmp_path / "plain.rmi").tracks) == 1
    (tmp_path / "wave.rmi").write_bytes(data.replace(b"RMID", b"WAVE"))
    with pytest.raises(DuvError, match="not a MIDI file"):
        read(tmp_path / "wave.rmi")
