"""The command `batch`: what it asks for, prints and returns, with a pool that needs no model."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from duv_studio.cli import main
from duv_studio.cli.batch import request_of
from duv_studio.cli.parser import build_parser
from duv_studio.engine.batch import runner as run_module
from duv_studio.engine.batch.preflight import Prepared
from duv_studio.engine.batch.request import Existing, Request
from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.part_rules import PartRule
from duv_studio.engine.music.settings import Settings
from duv_studio.errors import Cancelled
from tests import ROOT
from tests.adapters_made import make_base
from tests.batch_trees import fill, tree
from tests.fake_pool import BAD, PARTLY, UNSELECTED, Opener, result
from tests.midi_builder import TrackSpec, build_song

Capture = pytest.CaptureFixture[str]
FILES = {"a.mid": b"a", "sub/b.mid": b"bb", "sub/c.kar": b"ccc"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with an input."""
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "in", FILES)
    return tmp_path


def batch(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, *arguments: str, opener: Opener | None = None
) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a batch from `in` to `out`."""
    monkeypatch.setattr(run_module, "run", partial(_real_run, open_pool=opener or Opener()))
    status = main(["batch", "in", "out", *arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


_real_run = run_module.run


def requested(*arguments: str) -> Request:
    return request_of(build_parser("batch").parse_args(["batch", "in", "out", *arguments]))


def test_without_options_it_asks_for_the_defaults() -> None:
    assert requested() == Request((Path("in"),), Path("out"))


def test_every_option_is_asked_for() -> None:
    options = """
        --intensity 1.2 --velocity 0.5 --duration 0.4 --variation 0.3 --seed 7 --level -3
        --dynamics 1 --articulation -1 --include Pi --exclude Dr --family Lead=guitar --family Bass=bass
        --model m --adapter none --precision int8 --device auto
        --set Lead:velocity=0 --keyswitch Vl=C0 --set Lead:protect=kick
        --existing rename --into-input --jobs 3 --resume --scheduler tcp://h:1
    """
    assert requested(*options.split()) == Request(
        (Path("in"),),
        Path("out"),
        Settings(1.2, 0.5, 0.4, 0.3, 7, -3.0, 1.0, -1.0, "Pi", "Dr"),
        (("Lead", Family.GUITAR), ("Bass", Family.BASS)),
        "m",
        "none",
        "int8",
        "auto",
        Existing.RENAME,
        into_input=True,
        resume=True,
        jobs=3,
        scheduler="tcp://h:1",
        parts=(PartRule("Lead", velocity=0.0), PartRule("Vl", keyswitch=("C0",)), PartRule("Lead", protect=("kick",))),
    )


def test_what_was_done_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    status, out, err = batch(monkeypatch, capsys)
    assert (status, err) == (0, "")
    counts, notes, speed = out.splitlines()
    assert (counts, notes) == ("3 files written, 0 skipped, 0 failed.", "2 of 6 notes changed.")
    assert speed.startswith("It took ") and speed.endswith(" notes a second, in fp32.")
    assert tree(folder / "out") == {name: result(data, 0.9) for name, data in FILES.items()}
    status, out, err = batch(monkeypatch, capsys)
    assert (status, out.splitlines()[0], err) == (0, "0 files written, 3 skipped, 0 failed.", "")


def test_what_macos_wrote_beside_the_songs_is_skipped(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    fill(folder / "in", {"._a.mid": b"\0\5\x16\7"})
    status, out, err = batch(monkeypatch, capsys)
    assert (status, err) == (0, "") and out.startswith("3 files written, 1 skipped, 0 failed.\n")
    assert not (folder / "out" / "._a.mid").exists()


def test_failures_are_sentences_and_a_status(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    fill(folder / "in", {"bad.mid": BAD, "none.mid": UNSELECTED})
    status, out, err = batch(monkeypatch, capsys)
    assert (status, err) == (1, "duv-studio: bad.mid: It is bad.\n")
    assert out.startswith("3 files written, 1 skipped, 1 failed.\n")
    fill(folder / "in", {f"bad{i:02}.mid": BAD for i in range(30)})
    status, _, err = batch(monkeypatch, capsys)
    assert status == 1 and len(err.splitlines()) == 21 and "--report CSV lists all" in err.splitlines()[-1]


def test_a_part_that_is_missing_is_a_status(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    fill(folder / "in", {"cut.mid": PARTLY})
    status, out, err = batch(monkeypatch, capsys)
    assert err == "duv-studio: cut.mid: A part is missing.\n"
    assert status == 1 and out.startswith("4 files written, 1 of them read only in part, 0 skipped, 0 failed.\n")


def test_json_tells_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    fill(folder / "in", {"bad.mid": BAD, "cut.mid": PARTLY})
    _, out, _ = batch(monkeypatch, capsys, "--json", "--seed", "4")
    facts: dict[str, Any] = json.loads(out)
    assert [facts[key] for key in ("files", "ok", "skipped", "failed", "waiting")] == [5, 4, 0, 1, 0]
    assert (facts["notes"], facts["notes_changed"], facts["cancelled"]) == (12, 5, False)
    assert facts["failures"] == [{"file": "bad.mid", "why": "It is bad."}]
    assert facts["partly_read"] == [{"file": "cut.mid", "why": "A part is missing."}]
    assert (facts["precision"], facts["settings"]["seed"], facts["report"]) == ("fp32", 4, None)


def test_a_report_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    _, out, _ = batch(monkeypatch, capsys, "--report", "r.csv")
    assert out.endswith("The report is r.csv.\n")
    with open("r.csv", encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(line["file"], line["result"]) for line in lines] == [(name, "ok") for name in FILES]


def test_the_report_may_go_among_the_results(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    status, _, _ = batch(monkeypatch, capsys, "--report", "out/r.csv")
    assert status == 0 and (folder / "out" / "r.csv").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows moves no folder in which a file is open")
@pytest.mark.parametrize("report", ["out/r.csv", "r.csv"])
@pytest.mark.parametrize("removed", [False, True])
def test_a_folder_that_is_taken_away_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, report: str, removed: bool
) -> None:
    def take(done: int) -> None:
        if done == 1:
            shutil.rmtree("out") if removed else os.rename("out", "there")

    status, out, err = batch(monkeypatch, capsys, "--report", report, opener=Opener(take))
    assert status == 2 and out.startswith("0 files" if removed else "1 file written")
    there = folder / "there"
    assert f"out: The folder for results was {'removed' if removed else f'moved to {there}'} (what" in err
    place = Path(report if report == "r.csv" else "there/r.csv")
    assert place.exists() == (not removed or report == "r.csv") and not Path("out").exists()
    if not removed:
        assert "--resume" in err
        monkeypatch.setattr(run_module, "run", partial(_real_run, open_pool=Opener()))
        assert main(["batch", "in", "there", "--resume"]) == 0
        assert "1 of these had been done before" in capsys.readouterr().out


def test_without_a_terminal_a_line_soon_says_what_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("duv_studio.cli.batch_progress._SILENT_S", 0.01)
    _, _, err = batch(monkeypatch, capsys, opener=Opener(lambda done: time.sleep(0.1)))
    assert err in ("Loading the model …\n", "playing 3 files …\n", "Looking for MIDI files …\n")


def test_a_dry_run_writes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    fill(folder / "out", {"a.mid": b"mine"})
    opener = Opener()
    status, out, _ = batch(monkeypatch, capsys, "--dry-run", "--report", "r.csv", opener=opener)
    assert status == 0 and not opener.pools and tree(folder / "out") == {"a.mid": b"mine"}
    assert not (folder / "r.csv").exists() and [p.name for p in (folder / "out").iterdir()] == ["a.mid"]
    assert out.splitlines() == [
        "a.mid: would be skipped: There is a file of that name already",
        f"sub/b.mid: would be written to {Path('out', 'sub', 'b.mid')}",
        f"sub/c.kar: would be written to {Path('out', 'sub', 'c.kar')}",
        "2 files of 3 would be written.",
    ]


def test_going_on_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    batch(monkeypatch, capsys)
    (folder / "out" / "a.mid").unlink()
    opener = Opener()
    status, out, err = batch(monkeypatch, capsys, "--resume", opener=opener)
    assert (status, err, opener.played) == (0, "duv-studio: going on after 2 files\n", ["a.mid"])
    assert out.startswith("3 files written, 0 skipped, 0 failed.\n2 of these had been done before.\n")
    status, out, _ = batch(monkeypatch, capsys, "--resume", "--dry-run")
    assert status == 0 and out.startswith(f"a.mid: is done, {Path('out', 'a.mid')}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--jobs", "0"], "0 is not a whole number from 1 on"),
        (["--jobs", "many"], "many is not a whole number"),
        (["--existing", "eat"], "eat"),
        (["--device", "tpu"], "tpu"),
        (["--include", "("], "include pattern"),
        (["--exclude", "("], "exclude pattern"),
        (["--family", "(=bass"], "family pattern"),
        (["--set", "(: velocity=0"], "track pattern"),
        (["--parts", "none.yaml"], "could not be read"),
        (["--model", "nobody"], 'no model "nobody"'),
        (["--report", "in"], "This is a folder"),
        (["--report", "none/r.csv"], "no such folder"),
        (["--report", "in/a.mid"], "no MIDI file"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, arguments: list[str], words: str
) -> None:
    status, out, err = batch(monkeypatch, capsys, *arguments)
    assert (status, out) == (2, "") and len(err.splitlines()) == 1 and words in err
    assert not (folder / "out").exists() and tree(folder / "in") == FILES


@pytest.mark.parametrize("target", ["in", "in/new"])
def test_the_input_is_not_written_into(capsys: Capture, folder: Path, target: str) -> None:
    assert main(["batch", "in", target]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1 and tree(folder / "in") == FILES


def test_ctrl_c_ends_in_good_order(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    before = signal.getsignal(signal.SIGINT)
    opener = Opener(lambda done: os.kill(os.getpid(), signal.SIGINT) if done == 1 else None)
    status, out, err = batch(monkeypatch, capsys, "--report", "r.csv", opener=opener)
    assert status == 130 and "with --resume goes on" in err and out.startswith("2 files written")
    assert signal.getsignal(signal.SIGINT) is before and opener.pools[0].closed
    assert (folder / "r.csv").read_text(encoding="utf-8-sig").count("waiting") == 1
    assert batch(monkeypatch, capsys, "--resume")[0] == 0
    assert tree(folder / "out") == {name: result(data, 0.9) for name, data in FILES.items()}


def test_ctrl_c_stays_ignored_where_a_shell_lets_it_be(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    opener = Opener(lambda done: os.kill(os.getpid(), signal.SIGINT))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        status, out, _ = batch(monkeypatch, capsys, opener=opener)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert status == 0 and out.startswith(f"{len(FILES)} files written")


def test_ctrl_c_while_files_are_looked_for_leaves_an_older_report(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def stop(*arguments: object) -> Prepared:
        os.kill(os.getpid(), signal.SIGINT)
        raise Cancelled

    fill(folder, {"r.csv": b"older"})
    monkeypatch.setattr(run_module, "prepare", stop)
    status, out, _ = batch(monkeypatch, capsys, "--report", "r.csv")
    assert status == 130 and "report" not in out and (folder / "r.csv").read_bytes() == b"older"


def test_a_second_ctrl_c_does_not_wait(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def twice(done: int) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    opener = Opener(twice)
    status, out, _ = batch(monkeypatch, capsys, opener=opener)
    assert (status, out) == (130, "") and opener.pools[0].closed


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_told_how_far_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    fill(folder / "in", {"bad.mid": BAD})
    monkeypatch.setattr("duv_studio.cli.progress.ON_TERMINAL", 0.0)
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    batch(monkeypatch, capsys)
    written = screen.getvalue()
    assert "4/4" in written and "files/s, 1 failed" in written and "Loading the model" in written
    assert "\rduv-studio: bad.mid: It is bad.\n" in written and written.endswith("\r")


# --- no one listens ---

posix = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell closes the streams")


def in_a_shell(folder: Path, streams: str) -> int:
    """The exit status of a batch of two songs and a broken file, with its streams turned elsewhere by a shell."""
    song = build_song([TrackSpec([(240 * k, 200, 60, 80) for k in range(8)])])
    fill(folder / "in", {"a.mid": song, "b.mid": song, "bad.mid": BAD})
    model = make_base(folder=folder / "models")
    command = shlex.join(
        [sys.executable, "-m", "duv_studio", "batch", "in", "out", "--jobs", "1", "--model", str(model)]
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    words = ["sh", "-c", f"({command} --adapter none --precision fp32; echo $? > status) {streams}"]
    subprocess.run(words, cwd=folder, env=environment, timeout=120, check=False, stdout=subprocess.DEVNULL)
    return int((folder / "status").read_text())


@posix
@pytest.mark.parametrize("streams", ["2>&1 | true", "2>&-", ">&- 2>&- <&-"])
def test_a_batch_goes_on_when_nobody_listens(tmp_path: Path, streams: str) -> None:
    assert in_a_shell(tmp_path, streams) == 1
    assert sorted(tree(tmp_path / "out")) == ["a.mid", "b.mid"]
