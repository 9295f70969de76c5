"""What becomes of a command whose lines do not arrive: a full disk, a closed output, a reader that went away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import pytest

from duv_studio.cli import main
from tests import ROOT
from tests.adapters_made import make_adapter, make_base
from tests.midi_builder import TrackSpec, build_song

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell sends output anywhere")
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is a disk without room")

FULL = "tandard output could not be written: no space left on device"

# command -> its exit status where nothing of what it prints arrives, and what it leaves all the same
COMMANDS: dict[str, tuple[int, str]] = {
    "inspect song.mid": (2, ""),
    "inspect song.mid --json": (2, ""),
    "humanize song.mid -o out.mid --intensity 0": (1, "out.mid"),
    "humanize song.mid -o out.mid --intensity 0 --json": (1, "out.mid"),
    "batch songs played --intensity 0 --jobs 1 --json": (1, "played"),
    "batch songs played --dry-run": (2, ""),
    "enrich --input song.mid --output out.jsonl --min-notes 8 --min-duration-sec 1": (1, "out.jsonl"),
    "adapters": (2, ""),
    "adapters --json": (2, ""),
    "device": (2, ""),
    "device --json": (2, ""),
    "--version": (2, ""),
    "--help": (2, ""),
    "humanize --help": (2, ""),
    "evaluate --help": (2, ""),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A song that somebody played, alone and in a folder; the current folder."""
    notes = [(240 * i, 200, 60 + i % 5, 60 + 7 * i % 50) for i in range(64)]
    (tmp_path / "songs").mkdir()
    for name in ("song.mid", "songs/one.mid"):
        (tmp_path / name).write_bytes(build_song([TrackSpec(notes, name="Piano")]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def without_room() -> TextIO:
    return open("/dev/full", "w", encoding="utf-8")


def without_reader() -> TextIO:
    """The end of a pipe whose other end is closed."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w", encoding="utf-8")


def closed() -> None:
    """What Python has for a stream that the shell closed."""


def status_of(command: str, monkeypatch: pytest.MonkeyPatch, name: str, stream: TextIO | None) -> int:
    """The exit status of a command with this stream as its `name`, stdout or stderr; there is an adapter to list."""
    if command.startswith("adapters"):
        make_adapter(make_base())
    with monkeypatch.context() as patch:
        patch.setattr(sys, name, stream)
        status = main(command.split())
        getattr(sys, name).close()  # where it was None, by now the one that swallows all
    return status


@needs_full
@pytest.mark.parametrize("command", COMMANDS)
def test_an_output_without_room_is_told_with_what_was_written(
    folder: Path, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, written = COMMANDS[command]
    assert status_of(command, monkeypatch, "stdout", without_room()) == status
    *meanwhile, told = capsys.readouterr().err.splitlines()
    assert all(line.endswith(" …") for line in meanwhile)  # what a slow machine is at
    assert told.startswith("duv-studio: ") and FULL in told
    assert (f"{written} was written" in told) == bool(written)
    assert not written or (folder / written).exists()


@pytest.mark.parametrize("command", [command for command in COMMANDS if "--json" not in command])
@pytest.mark.parametrize(("name", "stream"), [("stdout", closed), ("stdout", without_reader), ("stderr", closed)])
def test_nobody_has_to_read_it(
    folder: Path,
    command: str,
    name: str,
    stream: Callable[[], TextIO | None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert status_of(command, monkeypatch, name, stream()) == 0
    assert capsys.readouterr().err == ""
    written = COMMANDS[command][1]
    assert not written or (folder / written).exists()


@pytest.mark.parametrize("stream", [without_reader, pytest.param(without_room, marks=needs_full)])
def test_errors_need_no_reader(folder: Path, stream: Callable[[], TextIO], monkeypatch: pytest.MonkeyPatch) -> None:
    song = folder / "song.mid"
    song.write_bytes(song.read_bytes()[:-40])
    assert status_of("inspect song.mid", monkeypatch, "stderr", stream()) == 1
    assert status_of("inspect none.mid", monkeypatch, "stderr", stream()) == 2


@pytest.mark.parametrize("stream", [closed, without_reader])
def test_what_failed_stays_failed_where_nobody_reads(
    folder: Path, stream: Callable[[], TextIO | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    song = folder / "song.mid"
    song.write_bytes(song.read_bytes()[:-40])
    assert status_of("inspect song.mid", monkeypatch, "stdout", stream()) == 1


SHELL = [  # how it is redirected, status, what stands on standard error
    ("inspect song.mid", "| head -0", 0, ""),
    ("inspect song.mid --json", ">&-", 0, ""),
    ("inspect song.mid --json", ">&- 2>&-", 0, ""),
    pytest.param("inspect song.mid --json", "> /dev/full", 2, FULL, marks=needs_full),
    pytest.param("--version", "> /dev/full", 2, FULL, marks=needs_full),
    pytest.param("inspect none.mid", "2> /dev/full", 2, "", marks=needs_full),
]


@pytest.mark.parametrize(("command", "redirected", "status", "told"), SHELL)
def test_it_ends_so_in_a_shell(folder: Path, command: str, redirected: str, status: int, told: str) -> None:
    line = f'"$0" -m duv_studio {command} {redirected}'
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    shell = ["bash", "-o", "pipefail", "-c", line, sys.executable]
    done = subprocess.run(shell, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, bool(done.stderr)) == (status, bool(told)), done.stderr
    assert told in done.stderr
