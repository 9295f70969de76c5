"""The command `enrich`: what it reads, keeps, leaves out and says; alone or in several processes, whole or killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from duv_studio.cli.entry import main
from duv_studio.training.base.csv_rows import read_csv
from duv_studio.training.data.manifest.lines import read_manifest
from duv_studio.training.data.manifest.task_pool import in_order
from tests.children import child
from tests.midi_builder import TrackSpec, build_song

PPQ = 480


def midi(seed: int, *, notes: int = 80, program: int | None = 25, channel: int = 0, flat: bool = False) -> bytes:
    """A bar of eighths after another, whose velocities someone varied."""
    rng = np.random.default_rng(seed)
    velocity = np.full(notes, 80) if flat else rng.integers(40, 120, notes)
    part = [(k * 240, 180, int(rng.integers(45, 70)), int(velocity[k])) for k in range(notes)]
    return build_song([TrackSpec(part, program=program, channel=channel, name="Take")], ppq=PPQ)


def fill(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def enrich(source: Path, output: Path, *options: object) -> int:
    return main(["enrich", "--input", str(source), "--output", str(output), "--jobs", "1", *map(str, options)])


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for text in path.read_text().splitlines()]


def test_a_folder_becomes_a_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["b.mid", "a/c.MIDI", "a/a.kar", "a/d.smf"]
    folder = fill(tmp_path / "in", {name: midi(k) for k, name in enumerate(names)} | {"notes.txt": b"hello"})
    output = tmp_path / "new folder" / "out.jsonl"
    assert enrich(folder, output) == 0
    assert [line["file"] for line in lines(output)] == sorted(names)
    tracks = list(read_manifest(output))
    assert [len(track) for track in tracks] == [80] * 4 and tracks[0].song == "a/a"
    assert "4 of 4 tracks kept" in capsys.readouterr().out
    assert [p.name for p in output.parent.iterdir()] == ["out.jsonl"]


def test_lines_hold_the_guide_s_arrays(tmp_path: Path) -> None:
    folder = fill(tmp_path / "in", {"a.mid": midi(0)})
    enrich(folder, tmp_path / "out.jsonl")
    (line,) = lines(tmp_path / "out.jsonl")
    arrays = "beat_pos beat_frac pitch velocity dur_beats prev_ioi next_ioi is_downbeat vel_norm strum_dir_hint"
    for name in arrays.split():
        assert isinstance(line[name], list) and len(line[name]) == 80, name
    assert line["instrument"] == "guitar" and line["section_source"] == "none" and line["track"] == "Take"


def test_a_list_of_files_is_read_beside_itself_or_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(tmp_path, {"lists/near.mid": midi(0), "here/far.mid": midi(1)})
    listed = tmp_path / "lists" / "lamd_guitar.jsonl"
    entries = [{"file": "near.mid", "song": "etude", "player": "me"}, {"file": "far.mid"}, {"file": "nowhere.mid"}]
    listed.write_text("\n".join(json.dumps(entry) for entry in entries))
    monkeypatch.chdir(tmp_path / "here")
    assert enrich(listed, tmp_path / "out.jsonl") == 1
    found = lines(tmp_path / "out.jsonl")
    assert [(line["file"], line["song"], line["player"]) for line in found] == [
        ("near.mid", "etude", "me"),
        ("far.mid", "far", ""),
    ]
    assert "nowhere.mid: There is no such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "the file is empty"), ('{"pitch": [1]}', "line 1 names no MIDI file"), ("nonsense", "line 1 names no MIDI")],
)
def test_a_list_of_nothing_says_so(content: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "list.jsonl").write_text(content)
    assert enrich(tmp_path / "list.jsonl", tmp_path / "out.jsonl") == 2
    error = capsys.readouterr().err
    assert "No data loaded from manifest" in error and said in error


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_report_without_room_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.mid").write_bytes(
        build_song([TrackSpec([(120 * k, 100, 60, 40 + k) for k in range(80)], program=25)])
    )
    options = ["--input", tmp_path, "--output", tmp_path / "a.jsonl", "--report", "/dev/full"]
    assert main(["enrich", *map(str, options)]) == 2
    assert "/dev/full: The disk is full (make room" in capsys.readouterr().err


def test_what_is_left_out_is_reported_by_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = fill(
        tmp_path / "in",
        {
            "1 good.mid": midi(1),
            "2 copy.mid": midi(1),
            "3 short.mid": midi(2, notes=63),
            "4 flat.mid": midi(3, flat=True),
            "5 bass.mid": midi(4, program=33),
            "6 broken.mid": b"MThd and no more",
            "7 quick.mid": build_song(
                [TrackSpec([(k * 30, 5, 60 + k % 4, 40 + k) for k in range(70)], program=25)], ppq=PPQ
            ),
            "8 long.mid": build_song([TrackSpec([(k * 9600, 5, 60, 40 + k) for k in range(70)], program=25)], ppq=PPQ),
            "9 late copy.mid": build_song([TrackSpec([(9, 9, 60, 9)], program=0)], ppq=PPQ),
        },
    )
    options = ("--instrument", "guitar", "--report", tmp_path / "r" / "report.json")
    assert enrich(folder, tmp_path / "out.jsonl", *options) == 1
    assert [line["file"] for line in lines(tmp_path / "out.jsonl")] == ["1 good.mid"]
    report = json.loads((tmp_path / "r" / "report.json").read_text())
    reasons = {e["file"]: e["dropped"][0]["reason"] for e in report["by_file"] if "dropped" in e}
    assert reasons == {
        "2 copy.mid": "the same performance again",
        "3 short.mid": "fewer than 64 notes",
        "4 flat.mid": "one velocity for all its notes: nobody played it",
        "5 bass.mid": "it is bass",
        "7 quick.mid": "shorter than 3 s",
        "8 long.mid": "longer than 600 s",
        "9 late copy.mid": "it is piano",
    }
    assert (report["files"], report["files_failed"], report["tracks_kept"], report["tracks"]) == (9, 1, 1, 8)
    broken = [e for e in report["by_file"] if "error" in e]
    assert [e["file"] for e in broken] == ["6 broken.mid"] and "header" in broken[0]["error"]
    out = capsys.readouterr()
    assert "left out 1: it is bass" in out.out and "1 files could not be read" in out.out
    assert "6 broken.mid" in out.err


def test_what_macos_wrote_beside_the_songs_is_skipped_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = fill(tmp_path / "in", {"a.mid": midi(0), "._a.mid": b"\0\5\x16\7", "b/._c.mid": b"\0\5\x16\7"})
    out, report = tmp_path / "out.jsonl", tmp_path / "report.json"
    assert enrich(folder, out, "--report", report) == 0
    assert [line["file"] for line in lines(out)] == ["a.mid"]
    assert "skipped 2 files: macOS" in capsys.readouterr().out
    said = json.loads(report.read_text())
    assert (said["files"], said["files_failed"], said["files_skipped"], said["tracks"]) == (3, 0, 2, 1)
    assert [entry["file"] for entry in said["by_file"]] == ["._a.mid", "b/._c.mid"]


@pytest.mark.skipif(sys.platform != "linux", reason="only here may a name hold bytes that are no text")
def test_names_that_are_no_text_are_names_all_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = fill(tmp_path / "in", {os.fsdecode(b"take \xff%d.mid" % k): midi(k) for k in range(3)})
    output, report = tmp_path / "out.jsonl", tmp_path / "report.json"
    tables = [word for name in ("csv-train", "csv-valid", "stats-json") for word in (f"--{name}", tmp_path / name)]
    assert enrich(folder, output, "--report", report, *tables) == 0, capsys.readouterr().err
    assert [os.fsencode(line["file"]) for line in lines(output)] == [b"take \xff%d.mid" % k for k in range(3)]
    songs = ["take \\udcff0", "take \\udcff1", "take \\udcff2"]
    assert [track.song for track in read_manifest(output)] == songs
    assert sorted(track.song for name in ("csv-train", "csv-valid") for track in read_csv(tmp_path / name)) == songs
    assert enrich(output, tmp_path / "again.jsonl") == 2  # the files lie in another folder
    shutil.copytree(folder, tmp_path / "beside")
    os.replace(output, tmp_path / "beside" / "list.jsonl")
    assert enrich(tmp_path / "beside" / "list.jsonl", tmp_path / "again.jsonl") == 0
    assert [track.song for track in read_manifest(tmp_path / "again.jsonl")] == songs


def test_filters_are_options(tmp_path: Path) -> None:
    folder = fill(tmp_path / "in", {"a.mid": midi(1, notes=20), "b.mid": midi(2, flat=True)})
    assert enrich(folder, tmp_path / "out.jsonl", "--min-notes", 20, "--min-duration-sec", 1, "--keep-flat") == 0
    assert len(lines(tmp_path / "out.jsonl")) == 2
    assert enrich(folder, tmp_path / "out.jsonl", "--min-notes", 21, "--max-duration-sec", 5) == 2


def test_nothing_kept_writes_nothing_and_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = fill(tmp_path / "in", {"a.mid": midi(1, notes=20)})
    assert enrich(folder, tmp_path / "out.jsonl") == 2
    assert "No track was kept" in (error := capsys.readouterr().err) and "fewer than 64 notes" in error
    assert [p.name for p in tmp_path.iterdir()] == ["in"]


def test_midi_wrapped_in_riff_is_read(tmp_path: Path) -> None:
    data = midi(1)
    wrapped = b"RIFF" + (len(data) + 12).to_bytes(4, "little") + b"RMIDdata" + len(data).to_bytes(4, "little") + data
    assert enrich(fill(tmp_path / "in", {"a.rmi": wrapped}), tmp_path / "out.jsonl") == 0
    assert len(lines(tmp_path / "out.jsonl")) == 1


def test_data_sets_become_lines_too(tmp_path: Path) -> None:
    """A data set on disk: a drummer's take with its official split."""
    groove = [(k * 240 + (k % 3), 20, (36, 42, 38, 42)[k % 4], 40 + k % 60) for k in range(128)]
    take = build_song([TrackSpec(groove, channel=9)], ppq=PPQ)
    header = "drummer,session,id,style,bpm,beat_type,time_signature,midi_filename,audio_filename,duration,split\n"
    row = "drummer1,s,drummer1/1,rock,120,beat,4-4,take.mid,,60,train\n"
    fill(tmp_path / "gmd", {"info.csv": (header + row).encode(), "midi/take.mid": take})
    common = ["enrich", "--sets", "gmd", "--data", str(tmp_path), "--output", str(tmp_path / "out.jsonl")]
    assert main(common) == 0
    (line,) = lines(tmp_path / "out.jsonl")
    assert (line["corpus"], line["player"], line["split"], line["instrument"]) == ("gmd", "drummer1", "train", "drums")
    assert line["section_source"] in ("novelty", "none") and "swing_hint" in line and "strum_dir_hint" not in line
    assert main([*common, "--instrument", "bass"]) == 2


WRONG: list[tuple[list[str], str]] = [
    (["--sets", "gmd"], "--data"),
    (["--sets", "nonsense", "--data", "x"], "nonsense"),
    (["--input", "in", "--jobs", "0"], "--jobs"),
    (["--input", "in", "--instrument", "kazoo"], "kazoo"),
    (["--input", "in", "--min-duration-sec", "9", "--max-duration-sec", "3"], "above"),
    (["--input", "nowhere"], "nowhere"),
    (["--input", "empty"], "no MIDI files"),
    ([], "--input"),
]


@pytest.mark.parametrize(("options", "said"), WRONG)
def test_wrong_options_are_one_sentence(
    options: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "in", {"a.mid": midi(1)})
    (tmp_path / "empty").mkdir()
    assert main(["enrich", "--output", "out.jsonl", *options]) == 2
    assert said in capsys.readouterr().err


def test_a_list_is_not_overwritten_by_its_manifest(tmp_path: Path) -> None:
    (tmp_path / "list.jsonl").write_text('{"file": "a.mid"}')
    assert enrich(tmp_path / "list.jsonl", tmp_path / "list.jsonl") == 2
    assert (tmp_path / "list.jsonl").read_text() == '{"file": "a.mid"}'


def _doubled(numbers: tuple[int, ...]) -> tuple[int, ...]:
    time.sleep(0.01 * (numbers[0] % 3))
    return tuple(2 * number for number in numbers)


def test_results_come_in_order_from_several_processes() -> None:
    assert list(in_order(_doubled, range(50), 2, chunk=3)) == [2 * n for n in range(50)]


def test_items_are_taken_only_as_they_are_needed() -> None:
    taken = []

    def items() -> Any:
        for number in range(10_000):
            taken.append(number)
            yield number

    results = in_order(_doubled, items(), 2, chunk=3)
    next(results)
    assert len(taken) <= 3 * (2 * 3 + 1)
    results.close()  # type: ignore[attr-defined]


LONGEST_S = 60.0
COMMAND = [sys.executable, "-m", "duv_studio", "enrich"]


def many(tmp_path: Path, count: int = 120) -> Path:
    """A list of files, a few of them copies, a few broken."""
    files = {f"{k:03d}.mid": b"MThd" if k % 40 == 7 else midi(k % (count - 10)) for k in range(count)}
    fill(tmp_path / "in", files)
    listed = tmp_path / "list.jsonl"
    listed.write_text("\n".join(json.dumps({"file": f"in/{name}"}) for name in files))
    return listed


def test_two_processes_write_what_one_writes(tmp_path: Path) -> None:
    listed = many(tmp_path)
    assert enrich(listed, tmp_path / "one.jsonl", "--report", tmp_path / "one.json") == 1
    done = subprocess.run(
        [*COMMAND, "--input", listed, "--output", tmp_path / "two.jsonl", "--jobs", "2"], capture_output=True
    )
    assert done.returncode == 1, done.stderr
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_run_goes_on_and_ends_the_same(how: signal.Signals, jobs: int, tmp_path: Path) -> None:
    """Files that were done are removed meanwhile: no one reads them again."""
    listed = many(tmp_path, 600)
    enrich(listed, tmp_path / "whole.jsonl", "--report", tmp_path / "whole.json")
    output, journal = tmp_path / "out.jsonl", tmp_path / "out.jsonl.journal"
    command = [*COMMAND, "--input", listed, "--output", output, "--jobs", str(jobs), "--report", tmp_path / "out.json"]
    with child(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        wait_for(lambda: journal.is_file() and journal.read_bytes().count(b"\n") > 40, process)
        process.send_signal(how)
        error = process.communicate(timeout=LONGEST_S)[1].decode()
    assert process.returncode == (-how if how is signal.SIGKILL else 130), error
    assert not output.exists()
    done = [
        json.loads(text)["file"] for text in journal.read_bytes().splitlines(keepends=True)[1:] if text[-1:] == b"\n"
    ]
    assert 40 <= len(done) < 600
    for name in done:
        (tmp_path / name).unlink()
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 1, again.stderr
    assert f"Going on after {len(done)} files" in again.stderr
    assert output.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    reports = [json.loads((tmp_path / f"{name}.json").read_text()) | {"output": ""} for name in ("whole", "out")]
    assert reports[0] == reports[1]


def wait_for(condition: Any, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + LONGEST_S
    while not condition():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.001)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc to see processes")
def test_processes_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    listed, journal = many(tmp_path), tmp_path / "out.jsonl.journal"
    command = [*COMMAND, "--input", listed, "--output", tmp_path / "out.jsonl", "--jobs", "2"]
    with child(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        wait_for(lambda: journal.is_file() and journal.read_bytes().count(b"\n") > 1, process)
        workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.kill()
        process.wait()
        assert workers
        deadline = time.monotonic() + 30
        while any(alive(pid) for pid in workers):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
