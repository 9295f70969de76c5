"""A folder of 500 files, ten of them broken: played whole, or killed again and again, the same bytes come out."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
import time
import zipfile
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from duv_studio.engine.batch.journal import JOURNAL
from duv_studio.engine.humanizer.humanizer import Humanizer
from duv_studio.engine.midi.midi_file import encode, read
from duv_studio.engine.music.settings import Settings
from tests.adapters_made import make_base
from tests.batch_trees import fill, tree
from tests.children import child, interrupt
from tests.midi_builder import TrackSpec, build_song, header

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups are killed as POSIX does it")

GOOD = 490
BROKEN = 10
ENDINGS = (".mid", ".MID", ".midi", ".smf", ".kar")
DEADLINE_S = 200.0


@dataclass(frozen=True)
class Library:
    """A folder of songs, the model that plays them, and what came out of a batch that no one disturbed."""

    folder: Path
    model: Path
    whole: Path

    def command(self, target: Path, *options: object) -> list[str]:
        asked = ["--model", self.model, "--adapter", "none", "--intensity", "0.8", *options]
        return [sys.executable, "-m", "duv_studio", "batch", str(self.folder), str(target), *map(str, asked)]

    def play(self, target: Path, *options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(target, *options), capture_output=True, text=True, timeout=DEADLINE_S, check=False
        )

    def begun(self, target: Path, *options: object) -> AbstractContextManager[subprocess.Popen[str]]:
        """A batch that runs; leaving it kills it and all its workers, without a warning."""
        return child(self.command(target, *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def song(number: int) -> bytes:
    """One or two short tracks."""
    rng = np.random.default_rng(number)
    tracks = []
    for channel in range(1 + number % 2):
        notes = [(240 * k, 200, int(rng.integers(50, 80)), int(rng.integers(60, 100))) for k in range(8 + number % 23)]
        tracks.append(TrackSpec(notes, channel=channel, program=int(rng.integers(0, 60)), name=f"Part {channel}"))
    return build_song(tracks, tempos=[(0, 90 + number % 60)])


def plant_broken_ones(folder: Path) -> None:
    """Nine files that hold no song and a link to nowhere; and what is no MIDI file at all and must not count."""
    fill(
        folder / "broken",
        {
            "empty.mid": b"",
            "text.mid": b"this is no music\n" * 9,
            "random.mid": np.random.default_rng(0).bytes(4000),
            "cut header.mid": song(0)[:9],
            "no notes.mid": build_song([TrackSpec(name="silence")]),
            "no tracks.mid": header(1, 0, 480),
            "no ppq.mid": header(1, 1, 0) + song(2)[14:],
            "zeros.mid": bytes(1000),
            "notes.txt": b"nobody reads this",
        },
    )
    with zipfile.ZipFile(folder / "broken" / "zip.mid", "w") as archive:
        archive.writestr("song.mid", song(1))
    (folder / "broken" / "link.mid").symlink_to(folder / "nowhere.mid")
    (folder / "folder.mid").mkdir()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    root = tmp_path_factory.mktemp("library")
    names = (f"{'' if i % 7 == 0 else f'album {i % 7}/'}song {i:03}{ENDINGS[i % 5]}" for i in range(GOOD))
    fill(root / "songs", {name: song(number) for number, name in enumerate(names)})
    plant_broken_ones(root / "songs")
    library = Library(root / "songs", make_base(folder=root / "models"), root / "whole")
    report = root / "report.csv"
    done = library.play(library.whole, "--jobs", 1, "--report", report)
    (root / "told.txt").write_text(f"{done.returncode}\n{done.stdout}\n{done.stderr}")
    return library


def test_one_bad_file_stops_no_other(library: Library) -> None:
    told = (library.whole.parent / "told.txt").read_text()
    status, counts, *_ = told.splitlines()
    assert (status, counts) == ("1", "490 files written, 0 skipped, 10 failed."), told
    sentences = [line for line in told.splitlines() if line.startswith("duv-studio: ")]
    assert len(sentences) == BROKEN and all(s.startswith("duv-studio: broken/") for s in sentences)
    results = tree(library.whole)
    sources = {name: data for name, data in tree(library.folder).items() if not name.startswith("broken/")}
    assert results.keys() == sources.keys() and len(results) == GOOD
    assert all(results[name] != data for name, data in sources.items())


def test_the_report_names_all(library: Library) -> None:
    with (library.whole.parent / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == GOOD + BROKEN
    failed = {line["file"]: line["why"] for line in lines if line["result"] == "failed"}
    assert len(failed) == BROKEN and all(len(why) > 10 for why in failed.values())
    assert failed["broken/link.mid"] == "The link leads nowhere"
    assert all(int(line["notes_changed"]) > 0 for line in lines if line["result"] == "ok")


def test_a_batch_writes_what_a_single_file_gives(library: Library) -> None:
    humanizer = Humanizer(library.model, adapter="none")
    for name in sorted(tree(library.whole))[::100]:
        one = read(library.folder / name)
        assert (library.whole / name).read_bytes() == encode(one, humanizer.humanize(one, Settings(intensity=0.8)))


@pytest.mark.parametrize("jobs", [1, 2])
def test_killed_again_and_again_it_ends_the_same(library: Library, jobs: int, tmp_path: Path) -> None:
    chance = random.Random(os.urandom(8))
    target = tmp_path / "played"
    with library.begun(target, "--jobs", jobs):
        time.sleep(chance.uniform(0.2, 2))  # often before it began
    for done in sorted(chance.sample(range(GOOD - 60), 2)):
        with library.begun(target, "--jobs", jobs, "--resume") as process:
            wait_for(process, target / JOURNAL, done)
            time.sleep(chance.uniform(0, 0.2))
    last = library.play(target, "--jobs", jobs, "--resume")
    assert last.returncode == 1 and last.stdout.startswith("490 files written, 0 skipped, 10 failed.\n"), last.stderr
    assert tree(target) == tree(library.whole)
    assert all((target / n).stat().st_mtime_ns == (library.whole / n).stat().st_mtime_ns for n in tree(target))


def test_ctrl_c_says_how_to_go_on(library: Library, tmp_path: Path) -> None:
    target = tmp_path / "played"
    with library.begun(target, "--jobs", 2) as process:
        wait_for(process, target / JOURNAL, 40)
        interrupt(process)  # the workers hear it, too
        out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 130 and "Traceback" not in err, err
    assert err.splitlines()[-1] == "duv-studio: stopped; the same command with --resume goes on from there"
    assert 40 <= int(out.split()[0]) < GOOD
    whole, some = tree(library.whole), tree(target)
    assert len(some) == int(out.split()[0]) and some.items() <= whole.items()


def wait_for(process: subprocess.Popen[str], journal: Path, done: int) -> None:
    """Wait until so many files are done, or the batch has ended."""
    deadline = time.monotonic() + DEADLINE_S
    while process.poll() is None and time.monotonic() < deadline:
        if journal.exists() and journal.read_bytes().count(b'\n{"file": ') >= done:
            return
        time.sleep(0.02)
