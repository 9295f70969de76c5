"""The scripts in examples/ run as their first lines say, and use nothing of the package but its public doors."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pretty_midi import PrettyMIDI

import duv_studio.engine
from duv_studio.engine import read
from tests import ROOT
from tests.midi_builder import TrackSpec, build_song, sysex

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
SYSEX = sysex(b"\x7d\x01\x02\xf7")


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """A stiff part of 48 notes and a click, with an event that only a careful writer keeps."""
    notes = [(240 * i, 220, 60 + i % 7, 80) for i in range(48)]
    part = TrackSpec(notes, name="Piano", program=0, events=[(480, SYSEX)])
    click = TrackSpec([(480 * i, 60, 76, 100) for i in range(24)], name="Click", program=115, channel=1)
    file = tmp_path / "song.mid"
    file.write_bytes(build_song([part, click]))
    return file


def run(name: str, *arguments: Path) -> str:
    """What an example prints."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, ROOT / "examples" / name, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_file_is_humanized_and_loses_nothing(song: Path, tmp_path: Path) -> None:
    played = tmp_path / "played.mid"
    printed = run("humanize_file.py", song, played)
    assert re.search(r"^Click \(\w+\): 0 of 24 notes changed$", printed, re.MULTILINE)
    before, after = read(song), read(played)
    assert SYSEX[1:] in played.read_bytes()
    for written, humanized in zip(before.tracks, after.tracks, strict=True):
        assert np.array_equal(written.notes.onset, humanized.notes.onset)
        assert np.array_equal(written.notes.pitch, humanized.notes.pitch)
    assert len(np.unique(after.tracks[0].notes.velocity)) > 5
    assert np.array_equal(before.tracks[1].notes.velocity, after.tracks[1].notes.velocity)


def test_a_composition_of_pretty_midi_is_played(tmp_path: Path) -> None:
    printed = run("humanize_pretty_midi.py", tmp_path / "played.mid")
    assert printed.startswith("Keys: velocity 80 became ")
    keys, bass = PrettyMIDI(str(tmp_path / "played.mid")).instruments
    assert (len(keys.notes), len(bass.notes)) == (48, 32)
    assert len({note.velocity for note in keys.notes}) > 5


def test_one_prediction_gives_takes_of_every_intensity(song: Path, tmp_path: Path) -> None:
    printed = run("compare_intensities.py", song, tmp_path / "new" / "takes")
    assert "Piano: pitch, velocity" in printed and "±" in printed
    written = read(song).tracks[0].notes.velocity
    takes = [read(tmp_path / "new" / "takes" / f"intensity-{percent}.mid") for percent in (30, 60, 100)]
    weak, middle, full = (np.abs(take.tracks[0].notes.velocity - written).mean() for take in takes)
    assert 0 < weak < middle < full


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.name)
def test_an_example_goes_through_public_doors(script: Path) -> None:
    imports = [node for node in ast.walk(ast.parse(script.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    doors = {node.module: {alias.name for alias in node.names} for node in imports if "duv_studio" in str(node.module)}
    assert doors and set(doors) <= {"duv_studio", "duv_studio.engine"}
    assert doors.get("duv_studio.engine", set()) <= set(duv_studio.engine.__all__)
