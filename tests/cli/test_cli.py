"""The command line: what it writes and prints, its exit statuses, and one sentence for everything that goes wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from duv_studio import __version__
from duv_studio.cli import main
from duv_studio.engine.midi.midi_file import read
from duv_studio.errors import Cancelled, DuvError
from duv_studio.paths import resource
from tests import ROOT
from tests.children import child
from tests.midi_builder import TrackSpec, build_song, header

DEMO = resource("demo", "demo.mid")
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def midi(tmp_path: Path) -> Path:
    """A piano and a drum track of two bars each."""
    melody = [(240 * i, 240, 60 + i % 5, 80) for i in range(16)]
    beat = [(480 * i, 120, 36 + 2 * (i % 2), 100) for i in range(8)]
    tracks = [TrackSpec(melody, name="Piano"), TrackSpec(beat, channel=9, name="Drums")]
    path = tmp_path / "song.mid"
    path.write_bytes(build_song(tracks, tempos=[(0, 96)], signatures=[(0, 4, 4)]))
    return path


def run(capsys: Capture, *arguments: object) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a command."""
    status = main([str(a) for a in arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def assert_one_sentence(stderr: str, *parts: str) -> None:
    assert len(stderr.splitlines()) == 1, stderr
    assert stderr.startswith("duv-studio: ")
    assert "Traceback" not in stderr
    for part in parts:
        assert part in stderr


# --- arguments ---


def test_help_names_every_command(capsys: Capture) -> None:
    status, out, err = run(capsys, "--help")
    assert (status, err) == (0, "")
    for command in ("humanize", "render", "batch", "inspect", "demo", "train-base", "train-lora", "evaluate"):
        assert re.search(rf"^\s+{command}\b", out, re.MULTILINE)


@pytest.mark.parametrize(
    "command", ["humanize", "render", "batch", "inspect", "demo", "train-base", "train-lora", "evaluate"]
)
def test_every_command_has_help(capsys: Capture, command: str) -> None:
    status, out, err = run(capsys, command, "--help")
    assert (status, err) == (0, "")
    assert f"duv-studio {command}" in out


def test_version(capsys: Capture) -> None:
    assert run(capsys, "--version") == (0, f"duv-studio {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["humanise", "a.mid"], "humanise"),
        (["humanize"], "IN"),
        (["humanize", "a.mid"], "-o"),
        (["humanize", "a.mid", "-o", "b.mid", "--intensity", "1.51"], "1.51"),
        (["humanize", "a.mid", "-o", "b.mid", "--velocity", "1.01"], "1.01"),
        (["humanize", "a.mid", "-o", "b.mid", "--dynamics", "2.1"], "from -2 to 2"),
        (["humanize", "a.mid", "-o", "b.mid", "--articulation", "-3"], "from -2 to 2"),
        (["humanize", "a.mid", "-o", "b.mid", "--family", "Piano"], "Piano"),
        (["humanize", "a.mid", "-o", "b.mid", "--family", "=guitar"], "=guitar"),
        (["humanize", "a.mid", "-o", "b.mid", "--set", "Piano"], "'Piano' names no track and fields"),
        (["humanize", "a.mid", "-o", "b.mid", "--set", "Piano: loud=1"], 'there is no field "loud"'),
        (["inspect", "a.mid", "--keyswitch", "Piano=H1"], "names no pitch"),
        (["inspect", "a.mid", "--parts", "no such file.yaml"], "could not be read"),
        (["inspect", "a.mid", "--family", "Piano=tuba"], "'tuba' is no family; there are piano, guitar, bass"),
        (["humanize", "a.mid", "-o", "b.mid", "--intensity", "nan"], "nan"),
        (["humanize", "a.mid", "-o", "b.mid", "--intensity", "-0.1"], "-0.1"),
        (["humanize", "a.mid", "-o", "b.mid", "--velocity", "inf"], "inf"),
        (["humanize", "a.mid", "-o", "b.mid", "--duration", "much"], "much"),
        (["humanize", "a.mid", "-o", "b.mid", "--variation", ""], "--variation"),
        (["humanize", "a.mid", "-o", "b.mid", "--seed", "-1"], "-1"),
        (["humanize", "a.mid", "-o", "b.mid", "--seed", "1.5"], "1.5"),
        (["humanize", "a.mid", "-o", "b.mid", "--seed", str(2**32)], str(2**32)),
        (["humanize", "a.mid", "-o", "b.mid", "--int", "1"], "--int"),
        (["humanize", "a.mid", "b.mid", "-o", "c.mid"], "b.mid"),
        (["inspect"], "IN"),
        (["--loud"], "--loud"),
        (["a.mid", "b.mid"], "one file"),
    ],
)
def test_a_wrong_argument_is_one_sentence(capsys: Capture, arguments: list[str], named: str) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert_one_sentence(err, named)


# --- bad files ---

BAD = {
    "empty": b"",
    "text": b"this is no music\n" * 20,
    "cut header": b"MThd\0\0\0\6\0",
    "no tracks": header(1, 0, 480),
    "no ppq": header(1, 1, 0) + build_song([[(0, 1, 60, 1)]])[14:],
    "no frames": header(1, 1, 0xE700) + build_song([[(0, 1, 60, 1)]])[14:],
    "no notes": build_song([TrackSpec(name="silence")]),
}


@pytest.mark.parametrize("command", ["humanize", "inspect"])
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_one_sentence(capsys: Capture, tmp_path: Path, kind: str, command: str) -> None:
    path, target = tmp_path / "bad.mid", tmp_path / "out.mid"
    path.write_bytes(BAD[kind])
    status, out, err = run(capsys, command, path, *(["-o", target] if command == "humanize" else []))
    assert (status, out) == (2, "")
    assert_one_sentence(err, str(path))
    assert os.listdir(tmp_path) == ["bad.mid"]


def test_a_missing_file_is_one_sentence(capsys: Capture, tmp_path: Path) -> None:
    status, _, err = run(capsys, "inspect", tmp_path / "none.mid")
    assert status == 2
    assert_one_sentence(err, "none.mid")


def test_too_little_memory_is_told_before_and_nothing_is_written(
    capsys: Capture, midi: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duv_studio.engine.humanizer.memory._FEW", 0)
    monkeypatch.setattr("duv_studio.engine.humanizer.memory.free_memory", lambda: 10)
    target = midi.with_name("out.mid")
    status, _, err = run(capsys, "humanize", midi, "-o", target)
    assert status == 2
    assert_one_sentence(err, "of memory, and only 0.0 GB is free", "split the song")
    assert not target.exists()


def test_running_out_of_memory_is_one_sentence(capsys: Capture, midi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_memory(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("duv_studio.engine.midi.midi_file.parse_smf", out_of_memory)
    status, _, err = run(capsys, "inspect", midi)
    assert status == 2
    assert_one_sentence(err, "there is not enough memory")


def test_a_wrong_pattern_is_told_and_nothing_is_written(capsys: Capture, midi: Path) -> None:
    for option in ("--include", "--exclude"):
        target = midi.with_name("out.mid")
        status, _, err = run(capsys, "humanize", midi, "-o", target, option, "(piano")
        assert status == 2
        assert_one_sentence(err, "(piano")
        assert not target.exists()


def test_an_unknown_model_is_told(capsys: Capture, midi: Path) -> None:
    status, _, err = run(capsys, "humanize", midi, "-o", midi.with_name("out.mid"), "--model", "no-such-model")
    assert status == 2
    assert_one_sentence(err, "no-such-model")


# --- where to write ---


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_the_input_is_never_overwritten(capsys: Capture, midi: Path, link: Any) -> None:
    before = midi.read_bytes()
    target = midi
    if link is not None:
        target = midi.with_name("other.mid")
        link(midi, target)
    status, _, err = run(capsys, "humanize", midi, "-o", target)
    assert status == 2
    assert_one_sentence(err, "another name")
    assert midi.read_bytes() == before


def test_an_output_that_cannot_be(capsys: Capture, midi: Path) -> None:
    for target in (midi.parent, midi.parent / "none" / "out.mid"):
        status, _, err = run(capsys, "humanize", midi, "-o", target)
        assert status == 2
        assert_one_sentence(err)
    assert os.listdir(midi.parent) == ["song.mid"]


# --- humanize ---


def test_it_changes_velocities_and_durations(capsys: Capture, midi: Path) -> None:
    target = midi.with_name("out.mid")
    status, out, err = run(capsys, "humanize", midi, "-o", target)
    assert (status, err) == (0, "")
    assert "Piano: " in out
    before, after = read(midi), read(target)
    assert [t.name for t in after.tracks] == ["Piano", "Drums"]
    for old, new in zip(before.tracks, after.tracks, strict=True):
        assert (old.notes.onset == new.notes.onset).all()
        assert (old.notes.pitch == new.notes.pitch).all()
        assert len(np.unique(new.notes.velocity)) > 1
    assert (before.tracks[0].notes.duration != after.tracks[0].notes.duration).any()
    assert (before.tracks[1].notes.duration == after.tracks[1].notes.duration).all()


def test_no_intensity_gives_the_same_bytes(capsys: Capture, midi: Path) -> None:
    target = midi.with_name("out.mid")
    assert run(capsys, "humanize", midi, "-o", target, "--intensity", "0")[0] == 0
    assert target.read_bytes() == midi.read_bytes()


def test_only_selected_tracks_change(capsys: Capture, midi: Path) -> None:
    target = midi.with_name("out.mid")
    assert run(capsys, "humanize", midi, "-o", target, "--exclude", "(?i)drum")[0] == 0
    before, after = read(midi), read(target)
    assert (before.tracks[0].notes.velocity != after.tracks[0].notes.velocity).any()
    assert (before.tracks[1].notes.velocity == after.tracks[1].notes.velocity).all()


def test_no_selected_track_gives_the_same_bytes_and_a_note(capsys: Capture, midi: Path) -> None:
    target = midi.with_name("out.mid")
    status, _, err = run(capsys, "humanize", midi, "-o", target, "--include", "^Violin$")
    assert status == 0
    assert_one_sentence(err, "no track is selected")
    assert target.read_bytes() == midi.read_bytes()


def test_the_seed_decides_the_bytes(capsys: Capture, midi: Path) -> None:
    written = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        target = midi.with_name(f"{name}.mid")
        assert run(capsys, "humanize", midi, "-o", target, "--seed", seed)[0] == 0
        written.append(target.read_bytes())
    assert written[0] == written[1] != written[2]


def test_the_report_counts_what_changed(capsys: Capture, midi: Path) -> None:
    target = midi.with_name("out.mid")
    status, out, _ = run(capsys, "humanize", midi, "-o", target, "--exclude", "Drums", "--seed", "3", "--json")
    assert status == 0
    report = json.loads(out)
    before, after = read(midi).tracks[0].notes, read(target).tracks[0].notes
    velocity = np.abs(after.velocity - before.velocity)
    changed = (velocity > 0) | (after.duration != before.duration)
    piano, drums = report["tracks"]
    assert report["notes_changed"] == piano["notes_changed"] == changed.sum() > 0
    assert piano["mean_velocity_change"] == pytest.approx(velocity.mean(), abs=1e-3)
    assert piano["mean_duration_change"] == pytest.approx(np.abs(after.duration / before.duration - 1).mean(), abs=1e-4)
    assert (drums["included"], drums["notes_changed"]) == (False, 0)
    assert report["settings"] == {
        **{"intensity": 0.9, "velocity": 1.0, "duration": 1.0, "variation": 0.5},
        **{"seed": 3, "level": 0.0, "dynamics": None, "articulation": None, "performed_durations": False},
        **{"lengths": "auto"},
        **{"include": None, "exclude": "Drums", "families": [], "charset": None, "parts": []},
    }
    assert report["output"] == str(target)
    assert report["warnings"] == []


def test_the_lengths_of_pianos_can_be_chosen_and_are_told(capsys: Capture, midi: Path) -> None:
    target, written, durations = midi.with_name("out.mid"), {}, {}
    for asked in ("auto", "keys", "sound"):
        status, out, _ = run(capsys, "humanize", midi, "-o", target, "--lengths", asked, "--json")
        assert status == 0
        written[asked], durations[asked] = json.loads(out), read(target).tracks[0].notes.duration.tolist()
    assert durations["auto"] == durations["sound"] != durations["keys"]
    told = {asked: [(t["lengths"], t["lengths_reason"]) for t in report["tracks"]] for asked, report in written.items()}
    assert told["auto"] == [("sound", "no sustain pedal holds what the keys let go"), ("", "")]
    assert told["keys"] == [("keys", "asked for"), ("", "")]
    assert written["keys"]["settings"]["lengths"] == "keys"
    _, out, _ = run(capsys, "humanize", midi, "-o", target)
    assert "; lengths of the sound (no sustain pedal holds what the keys let go)" in " ".join(out.split())
    _, out, _ = run(capsys, "inspect", midi)
    assert out.count("   lengths  of the sound: no sustain pedal holds what the keys let go\n") == 1
    _, out, _ = run(capsys, "inspect", midi, "--json")
    assert [t["lengths"] for t in json.loads(out)["tracks"]] == ["sound", ""]
    _, out, _ = run(capsys, "inspect", midi, "--exclude", ".", "--json")
    assert [t["lengths"] for t in json.loads(out)["tracks"]] == ["", ""]
    status, _, err = run(capsys, "humanize", midi, "-o", target, "--lengths", "short")
    assert status == 2
    assert_one_sentence(err, "--lengths", "short")


def test_the_number_format_can_be_chosen(capsys: Capture, midi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def used(*arguments: str) -> str:
        status, out, _ = run(capsys, "humanize", midi, "-o", midi.with_name("out.mid"), "--json", *arguments)
        assert status == 0
        return str(json.loads(out)["precision"])

    assert (used(), used("--precision", "int8")) == ("fp32", "int8")
    monkeypatch.setenv("DUV_STUDIO_PRECISION", "fp7")
    status, _, err = run(capsys, "humanize", midi, "-o", midi.with_name("out.mid"))
    assert status == 2
    assert_one_sentence(err, "fp7", "bf16")


def test_families_can_be_chosen(capsys: Capture, midi: Path) -> None:
    status, out, _ = run(capsys, "inspect", midi, "--family", "P.*=guitar", "--family", "^Piano$=bass", "--json")
    assert status == 0
    piano, drums = json.loads(out)["tracks"]
    assert (piano["family"], piano["family_reason"]) == ("bass", "set by you")
    assert drums["family"] == "drums"
    written = []
    for family in ("piano", "bass"):
        target = midi.with_name(f"{family}.mid")
        status, out, _ = run(capsys, "humanize", midi, "-o", target, "--family", f"Piano={family}", "--json")
        report = json.loads(out)
        assert (status, report["tracks"][0]["family"]) == (0, family)
        assert report["settings"]["families"] == [["Piano", family]]
        written.append(target.read_bytes())
    assert written[0] != written[1]


def test_parts_can_be_set(capsys: Capture, midi: Path) -> None:
    rows = midi.with_name("parts.yaml")
    rows.write_text("- {match: Piano, velocity: 0}\n- {match: Drums, protect: all}\n")
    target = midi.with_name("out.mid")
    arguments = ["--parts", rows, "--set", "Piano: velocity=1 duration=0", "--keyswitch", "Piano=C4,E4"]
    status, out, _ = run(capsys, "humanize", midi, "-o", target, *arguments, "--json")
    assert status == 0
    assert json.loads(out)["settings"]["parts"] == [
        {"match": "Piano", "velocity": 0.0},
        {"match": "Drums", "protect": ["all"]},
        {"match": "Piano", "velocity": 1.0, "duration": 0.0},
        {"match": "Piano", "keyswitch": ["C4", "E4"]},
    ]
    (piano, drums), played = (track.notes for track in read(midi).tracks), read(target).tracks
    assert np.array_equal(played[1].notes.velocity, drums.velocity)
    assert np.array_equal(played[0].notes.duration, piano.duration)
    switches = np.isin(piano.pitch, (60, 64))
    assert np.array_equal(played[0].notes.velocity[switches], piano.velocity[switches])
    assert not np.array_equal(played[0].notes.velocity[~switches], piano.velocity[~switches])


def test_inspect_says_what_is_set(capsys: Capture, midi: Path) -> None:
    arguments = ["--set", "Piano: velocity=0.5 include=no", "--set", "Drums: protect=all"]
    status, out, _ = run(capsys, "inspect", midi, *arguments)
    assert status == 0
    for words in ("velocity 50%", "left out: switched off", "protected", "kept: "):
        assert words in out
    status, out, _ = run(capsys, "inspect", midi, *arguments, "--json")
    piano, drums = json.loads(out)["tracks"]
    assert piano["shares"] == {"intensity": 1.0, "velocity": 0.5, "duration": 1.0}
    assert drums["protected"] == drums["notes"]


def test_a_part_that_there_is_not_is_told(capsys: Capture, midi: Path) -> None:
    target = midi.with_name("out.mid")
    status, _, err = run(capsys, "humanize", midi, "-o", target, "--set", "Lute: velocity=0")
    assert status == 2 and not target.exists()
    assert_one_sentence(err, 'no track has a name that matches "Lute"')


def test_a_family_for_no_track_is_told(capsys: Capture, midi: Path) -> None:
    target = midi.with_name("out.mid")
    status, _, err = run(capsys, "humanize", midi, "-o", target, "--family", "Lute=guitar")
    assert status == 2 and not target.exists()
    assert_one_sentence(err, 'no track has a name that matches "Lute"')
    assert run(capsys, "inspect", midi, "--family", "(=guitar")[0] == 2


def test_beyond_full_intensity_changes_more(capsys: Capture, midi: Path) -> None:
    spread = []
    for intensity in ("1", "1.5"):
        target = midi.with_name("out.mid")
        assert run(capsys, "humanize", midi, "-o", target, "--intensity", intensity)[0] == 0
        spread.append(read(target).tracks[0].notes.velocity.std())
    assert spread[1] > 1.2 * spread[0]


def test_a_truncated_file_is_humanized_as_far_as_it_goes(capsys: Capture, midi: Path) -> None:
    midi.write_bytes(midi.read_bytes()[:-40])
    target = midi.with_name("out.mid")
    status, _, err = run(capsys, "humanize", midi, "-o", target)
    assert status == 1
    assert "Traceback" not in err
    assert str(midi) in err
    assert (read(target).tracks[0].notes.onset == read(midi).tracks[0].notes.onset).all()


# --- inspect ---


def test_inspect_says_what_is_selected_and_why(capsys: Capture, midi: Path) -> None:
    status, out, err = run(capsys, "inspect", midi, "--exclude", "Drums")
    assert (status, err) == (0, "")
    told = " ".join(out.split())  # a long path breaks a line
    for words in ("24 notes in 2 tracks", "96 bpm", "4/4", "1. Piano", "selected: included", 'excluded by "Drums"'):
        assert words in told


def test_inspect_as_json(capsys: Capture, midi: Path) -> None:
    facts = json.loads(run(capsys, "inspect", midi, "--include", "Piano", "--json")[1])
    assert facts["notes"] == 24
    assert facts["bars"] == 2
    assert facts["tempo"] == [{"bar": 1, "bpm": 96.0}]
    assert facts["meter"] == [{"bar": 1, "meter": "4/4"}]
    assert [t["selected"] for t in facts["tracks"]] == [True, False]
    assert [t["family"] for t in facts["tracks"]] == ["piano", "drums"]
    assert facts["tracks"][0]["pitch"] == [60, 64]


def test_doubles_and_channels_are_told(capsys: Capture, tmp_path: Path) -> None:
    tune = [(i * 240, 200, 60 + 5 * i % 11, 90) for i in range(32)]
    echo = [(onset + 120, length, pitch, 50) for onset, length, pitch, _ in tune]
    path = tmp_path / "song.mid"
    path.write_bytes(build_song([TrackSpec(tune, name="Lead"), TrackSpec(echo, name="Delay", channel=1)]))
    out = run(capsys, "inspect", path)[1]
    assert "follows  track 1 (echo, 1/16 later)" in out and "channel 2" in out
    tracks = json.loads(run(capsys, "inspect", path, "--json")[1])["tracks"]
    assert [track["follows"] for track in tracks] == ["", "follows track 1 (echo, 1/16 later)"]
    assert [track["channels"] for track in tracks] == [[1], [2]]
    report = json.loads(run(capsys, "humanize", path, "-o", tmp_path / "out.mid", "--json")[1])
    assert [track["follows"] for track in report["tracks"]] == [track["follows"] for track in tracks]
    alone = json.loads(run(capsys, "inspect", path, "--exclude", "Lead", "--json")[1])["tracks"]
    assert [track["follows"] for track in alone] == ["", ""]


def test_inspect_tells_a_loss(capsys: Capture, midi: Path) -> None:
    midi.write_bytes(midi.read_bytes()[:-40])
    status, out, err = run(capsys, "inspect", midi)
    assert status == 1
    assert "Piano" in out
    assert str(midi) in err


def test_a_track_name_cannot_drive_the_terminal(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(build_song([TrackSpec([(0, 1, 60, 1)], name="Pi\x1b[2Jano\nfake")]))
    out = run(capsys, "inspect", path)[1]
    assert "\x1b" not in out
    assert "fake" in next(line for line in out.splitlines() if line.startswith("1. Pi"))
    assert "1 note in 1 track\n" in out


def test_a_file_name_cannot_drive_the_terminal(capsys: Capture, tmp_path: Path) -> None:
    status, _, err = run(capsys, "inspect", tmp_path / "no\x1b[2Jne.mid")
    assert status == 2
    assert_one_sentence(err, "ne.mid")
    assert "\x1b" not in err


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_json_can_be_read_whatever_the_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(build_song([TrackSpec([(0, 1, 60, 1)], name="Guitarra acústica ベース")]))
    command = [sys.executable, "-m", "duv_studio", "inspect", str(path), "--json"]
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    out = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True).stdout
    assert json.loads(out.decode(encoding))["tracks"][0]["name"] == "Guitarra acústica ベース"
    assert ("ベース" in out.decode(encoding)) == (encoding == "utf-8")


# --- the window and the demo ---


def test_a_file_opens_in_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[list[str]] = []
    monkeypatch.setattr("duv_studio.ui.app.startup.run", lambda arguments: opened.append(arguments) or 0)
    assert main([str(DEMO)]) == 0
    assert main([]) == 0
    assert opened == [[str(DEMO)], []]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there always is a screen")
def test_without_a_screen_there_is_no_window(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    status, _, err = run(capsys)
    assert status == 2
    assert_one_sentence(err, "screen")


def test_the_demo_writes_music_and_a_picture(capsys: Capture, tmp_path: Path, qapp: object) -> None:
    from PySide6.QtGui import QImage

    folder = tmp_path / "new" / "demo"
    status, out, err = run(capsys, "demo", "-o", folder)
    assert (status, err) == (0, "")
    assert str(folder) in out
    before, after = read(DEMO), read(folder / "demo-humanized.mid")
    assert all((a.notes.velocity != b.notes.velocity).any() for a, b in zip(before.tracks, after.tracks, strict=True))
    picture = QImage(str(folder / "demo-before-after.png"))
    assert (picture.width(), picture.height()) == (1600, 900)
    assert len({picture.pixel(x, y) for x in range(0, 1600, 16) for y in range(0, 900, 9)}) > 20
    stiff, played = (soundfile.read(folder / f"demo-{side}.flac")[0] for side in ("before", "after"))
    assert len(stiff) == len(played) and not np.array_equal(stiff, played)
    assert min(np.sqrt(np.mean(audio**2)) for audio in (stiff, played)) > 0.01


# --- what no one foresaw ---


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), Cancelled()])
def test_an_interruption_is_quiet(capsys: Capture, monkeypatch: pytest.MonkeyPatch, stop: BaseException) -> None:
    _break_reading(monkeypatch, stop)
    assert run(capsys, "inspect", "a.mid") == (130, "", "")


def test_a_bug_is_a_sentence_and_a_log(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    _break_reading(monkeypatch, ZeroDivisionError("surprise"))
    status, _, err = run(capsys, "inspect", "a.mid")
    assert status == 2
    assert_one_sentence(err, "ZeroDivisionError", "surprise")
    log = re.search(r"the details are in (.+\.log)\)", err)
    assert log
    assert "Traceback" in Path(log[1]).read_text(encoding="utf-8")


def test_a_bug_comes_through_when_debugging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUV_DEBUG", "1")
    _break_reading(monkeypatch, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        main(["inspect", "a.mid"])


def test_a_full_disk_is_a_sentence(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    _break_reading(monkeypatch, OSError(28, "No space left on device", "/out/x.mid"))
    status, _, err = run(capsys, "inspect", "a.mid")
    assert status == 2
    assert_one_sentence(err, "/out/x.mid", "No space left")


def test_a_message_of_several_lines_is_one_sentence(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    _break_reading(monkeypatch, DuvError("first\nsecond", hint="third\tfourth", file="x.mid"))
    status, _, err = run(capsys, "inspect", "a.mid")
    assert (status, err) == (2, "duv-studio: x.mid: first second (third fourth)\n")


def test_a_reader_that_goes_away_early_is_no_trouble(midi: Path) -> None:
    command = [sys.executable, "-m", "duv_studio", "inspect", midi]
    with child(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        process.stdout.close()  # before it can print anything
        assert (process.stderr.read(), process.wait()) == ("", 0)


def _break_reading(monkeypatch: pytest.MonkeyPatch, trouble: BaseException) -> None:
    def fail(path: object, charset: object) -> None:
        raise trouble

    monkeypatch.setattr("duv_studio.engine.midi.midi_file.read", fail)
