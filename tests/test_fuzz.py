"""The hunt itself: every kind runs, a seed tries the same inputs, and what is broken is found, kept and repeated."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from duv_studio import paths
from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Song
from tests import ROOT
from tests.fuzz.child import make_input
from tests.fuzz.finds import Find, caught, reason_of, save, smaller
from tests.fuzz.hunt import Broken, Hunt
from tests.fuzz.hunts.midi import MidiHunt, check_written, made_by_hand
from tests.fuzz.hunts.registry import NAMES, hunt_named
from tests.fuzz.mutations.values import changed
from tests.fuzz.plain_smf import difference, read_file
from tests.midi_builder import build_song, chunk, header, note_off, note_on, track_chunk

posix = pytest.mark.skipif(sys.platform == "win32", reason="the hunt needs the limits of a POSIX system")
SONG = build_song([[(120 * k, 100, 60 + k % 5, 64) for k in range(12)]])
INPUTS = 16


@pytest.fixture
def contained(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Few seeds, which take longer than what a test tries; and what a hunt changes in its process is put back."""
    monkeypatch.setattr(MidiHunt, "drawn", 5)
    monkeypatch.setattr(os, "fsync", os.fsync)
    monkeypatch.setattr(paths, "resource", paths.resource)
    before = os.environ.copy()
    yield
    os.environ.clear()
    os.environ.update(before)


class Faulty(Hunt):
    """Fails in every way that there is, each at a letter of its own."""

    name = "midi"  # so that its process is begun by a name that is known
    suffixes = (".txt",)

    def seeds(self, seed: int) -> list[bytes]:
        return [b"a long and harmless text"]

    def check(self, data: bytes, dice: Random) -> None:
        if b"X" in data:
            raise KeyError("X")
        if b"Y" in data:
            raise Broken(f"no Y: {len(data)} bytes")


@pytest.mark.parametrize("name", NAMES)
def test_the_hunt_finds_nothing_in_its_first_inputs(name: str, tmp_path: Path, contained: None) -> None:
    hunt = hunt_named(name)(tmp_path)
    pool = hunt.seeds(1)
    found = [caught(hunt, make_input(hunt, 1, number, pool), number) for number in range(INPUTS)]
    assert [find.reason for find in found if find] == []


def test_the_same_seed_tries_the_same_inputs(tmp_path: Path, contained: None) -> None:
    hunt = MidiHunt(tmp_path)
    pool = hunt.seeds(3)
    first = [make_input(hunt, 3, number, pool) for number in range(40)]
    assert pool == hunt.seeds(3) != hunt.seeds(4)
    assert first == [make_input(hunt, 3, number, pool) for number in range(40)]
    assert first != [make_input(hunt, 4, number, pool) for number in range(40)]
    assert len(set(first)) > 30


def test_any_value_can_be_changed() -> None:
    for seed in range(2000):
        value: object = {"a": [10**400, -(10**4200), 1e308, float("nan"), None, "x", True, [], {}], "b": {"c": 0}}
        for _ in range(4):
            value = changed(Random(seed), value, ("..", 2**53))
        assert json.dumps(value)


def test_a_find_is_made_small_kept_and_named(tmp_path: Path) -> None:
    hunt = Faulty(tmp_path)
    data = b"much that does not matter X and more of it" * 20
    find = caught(hunt, data, 7)
    assert find is not None and find.number == 7
    small = smaller(hunt, find, lambda data: caught(hunt, data), 10.0)
    assert small.data == b"X" and small.fault == find.fault and small.fault.startswith("KeyError")
    path = save(small, tmp_path / "kept", ".txt")
    assert path.read_bytes() == b"X" and f"--again {path}" in reason_of(path).read_text()
    assert save(find, tmp_path / "kept", ".txt") == path and path.read_bytes() == b"X"
    broken = caught(hunt, b"Y")
    assert broken is not None and broken.fault == "no Y"


def _without_an_event(song: Song, *rest: object) -> bytes:
    return song.source.data.replace(note_on(62, 64), note_on(63, 64), 1)


def _with_another_tick(song: Song, *rest: object) -> bytes:
    return song.source.data.replace(b"\x14" + note_on(61, 64), b"\x15" + note_on(61, 64), 1)


@pytest.mark.parametrize("fault", [_without_an_event, _with_another_tick])
def test_a_writer_that_changes_something_else_is_found(fault: object, monkeypatch: pytest.MonkeyPatch) -> None:
    song = midi_file.parse(SONG)
    check_written(song, song.as_written(), SONG)
    monkeypatch.setattr(midi_file, "encode", fault)
    with pytest.raises(Broken, match="writing changes"):
        check_written(song, song.as_written(), SONG)


def test_a_reader_that_drops_a_note_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = midi_file.parse

    def drops(data: bytes, *rest: str) -> Song:
        song = whole(data, *rest)
        track = replace(song.tracks[0], notes=song.tracks[0].notes.only(np.arange(1, len(song.tracks[0].notes))))
        return replace(song, tracks=(track, *song.tracks[1:]))

    assert caught(MidiHunt(tmp_path), SONG) is None
    monkeypatch.setattr(midi_file, "parse", drops)
    find = caught(MidiHunt(tmp_path), SONG)
    assert find is not None and find.fault == "the notes are those of a plain reader"


NOTES = [(0, note_on(60, 64)), (96, note_off(60)), (96, note_on(62, 64)), (120, b"\xb0\x07\x64"), (192, note_off(62))]


def _song(events: Sequence[tuple[int, bytes]], *rest: bytes, end: int = 400) -> bytes:
    return header(1, 1, 96) + track_chunk(events, end=end) + b"".join(rest)


CHANGES = {
    "a velocity": (_song([(0, note_on(60, 9)), *NOTES[1:]]), ""),
    "the tick of a note-off": (_song([NOTES[0], (90, note_off(60)), *NOTES[2:]]), ""),
    "a note-off behind an event": (_song([*NOTES[:4], (300, note_off(62))]), ""),
    "the tick of a note-on": (_song([*NOTES[:2], (97, note_on(62, 64)), *NOTES[3:]]), "events that are no note-offs"),
    "a controller": (_song([*NOTES[:3], (120, b"\xb0\x07\x65"), NOTES[4]]), "events that are no note-offs"),
    "a release velocity": (_song([NOTES[0], (96, note_off(60, velocity=1)), *NOTES[2:]]), "note-offs themselves"),
    "an event less": (_song([*NOTES[:3], NOTES[4]]), "events that are no note-offs"),
    "the end of the track": (_song(NOTES, end=401), "events that are no note-offs"),
    "a note that ends another": (_song([NOTES[0], NOTES[2], NOTES[3], NOTES[4]]), "note-offs themselves"),
    "a chunk more": (_song(NOTES, chunk(b"XFIH", b"\1")), "the header or what lies between tracks"),
    "the division": (_song(NOTES).replace(b"\x00\x60", b"\x00\x61", 1), "the header or what lies between tracks"),
    "bytes at the end": (_song(NOTES) + b"\0", "the header or what lies between tracks"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_comparer_tells_what_may_change_from_what_may_not(what: str) -> None:
    before, after = read_file(_song(NOTES)), read_file(CHANGES[what][0])
    assert before is not None
    assert difference(before, after).startswith(CHANGES[what][1]) and bool(difference(before, after)) == bool(
        CHANGES[what][1]
    )


def test_the_comparer_reads_the_songs_that_are_made_by_hand() -> None:
    for data in made_by_hand():
        file = read_file(data)
        assert file is not None and all(body.ended and not body.tail for body in file.bodies)


@posix
def test_hangs_crashes_and_hunger_are_found_and_end_with_status_1(tmp_path: Path) -> None:
    """In processes of their own, as `make fuzz` runs them: the hunt goes on behind each."""
    command = [
        sys.executable,
        "-m",
        "tests.fuzz",
        "--only",
        "mishaps",
        "--inputs",
        "40",
        "--jobs",
        "1",
        "--out",
        tmp_path,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert done.returncode == 1, done.stdout + done.stderr
    for told in (
        "it ended the process: signal",
        "TooSlow",
        "MemoryError",
        "KeyError",
        "OverflowError",
        "40 inputs, 5 found",
    ):
        assert told in done.stdout, told
    assert len(list((tmp_path / "mishaps").glob("*.why"))) == 5


@posix
def test_nothing_found_ends_with_status_0(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "given.mid").write_bytes(SONG)
    command = [sys.executable, "-m", "tests.fuzz", "--only", "midi", "--inputs", "3", "--out", tmp_path / "out"]
    done = subprocess.run(
        [*command, "--files", tmp_path / "files"], cwd=ROOT, capture_output=True, text=True, timeout=200
    )
    assert (done.returncode, "3 inputs, nothing found" in done.stdout) == (0, True), done.stdout + done.stderr


def test_a_saved_input_is_tried_again(tmp_path: Path) -> None:
    path = save(Find("midi", "a fault", "a reason", SONG), tmp_path, ".mid")
    command = [sys.executable, "-m", "tests.fuzz", "--only", "midi", "--again", path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert (done.returncode, done.stdout) == (0, "nothing is wrong with it\n"), done.stderr
