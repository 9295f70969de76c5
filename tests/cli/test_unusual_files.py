"""Files that are odd but whole, by every command that reads songs: status 0, one note, all other bytes as they were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from duv_studio.cli import main
from duv_studio.engine.midi.diff import other_changes
from duv_studio.engine.midi.midi_file import read
from tests.midi_builder import build_song, chunk, header, note_off, note_on, track_chunk

_NOTES = [(240 * i, 200, 60 + i % 5, 80) for i in range(32)]
_PLAIN = build_song([_NOTES])
_EVENTS = [e for on, long, pitch, v in _NOTES for e in ((on, note_on(pitch, v)), (on + long, note_off(pitch)))]
_FRAMES = header(0, 1, 0xE728) + track_chunk(_EVENTS)
_FILES = {
    "a controller of 128.mid": (header(0, 1, 480) + track_chunk([(0, b"\xb0\x07\x80"), *_EVENTS]), "above 127"),
    "a program of 200.mid": (header(0, 1, 480) + track_chunk([*_EVENTS, (9000, b"\xc0\xc8")]), "above 127"),
    "frames.mid": (_FRAMES, "SMPTE, 25 frames a second of 40 ticks"),
    "riff.rmi": (
        b"RIFF" + (len(_PLAIN) + 24).to_bytes(4, "little") + b"RMIDdata" + len(_PLAIN).to_bytes(4, "little") + _PLAIN
        + b"LIST\x04\0\0\0INFO",
        "",
    ),
    "private.mid": (_PLAIN[:10] + b"\0\3" + _PLAIN[12:] + chunk(b"MTrk", b"\0\1private"), ""),
}  # fmt: skip


@pytest.mark.parametrize("name", _FILES)
def test_humanize_and_inspect(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, note = _FILES[name]
    source, target = tmp_path / name, tmp_path / f"out{Path(name).suffix}"
    source.write_bytes(data)
    assert main(["humanize", str(source), "-o", str(target), "--json", "--seed", "1"]) == 0
    printed = capsys.readouterr()
    report = json.loads(printed.out)
    assert report["notes_changed"] > 20 and report["warnings"] == []
    assert len(report["notices"]) == len(printed.err.splitlines()) == bool(note)
    assert note in printed.err
    assert other_changes(data, target.read_bytes()) == ""
    assert read(target).notices == read(source).notices
    assert main(["humanize", str(source), "-o", str(target), "--intensity", "0"]) == 0
    assert target.read_bytes() == data
    capsys.readouterr()
    assert main(["inspect", str(source)]) == 0
    printed = capsys.readouterr()
    assert note in printed.err
    assert ("25 frames a second of 40 ticks" in printed.out) == (name == "frames.mid")


def test_batch(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, (data, _) in _FILES.items():
        (tmp_path / "in" / name).write_bytes(data)
    assert main(["batch", str(tmp_path / "in"), str(tmp_path / "out"), "--jobs", "1"]) == 0
    for name, (data, _) in _FILES.items():
        written = (tmp_path / "out" / name).read_bytes()
        assert written != data and other_changes(data, written) == ""


def test_enrich(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, (data, _) in _FILES.items():
        (tmp_path / "in" / name).write_bytes(data)
    command = ["enrich", "--input", str(tmp_path / "in"), "--output", str(tmp_path / "out.jsonl")]
    assert main([*command, "--min-notes", "8", "--keep-flat"]) == 0
