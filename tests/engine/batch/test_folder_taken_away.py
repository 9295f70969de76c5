"""The folder for results is renamed or removed while a batch runs: noticed, told, and gone on with where it is."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from duv_studio.engine.batch import runner
from duv_studio.engine.batch.events import Status, StatusMessage, Summary
from duv_studio.engine.batch.journal_reader import read_journal
from duv_studio.engine.batch.preflight import prepare
from duv_studio.engine.batch.request import Control, Existing, Request
from duv_studio.engine.batch.runner import run
from duv_studio.engine.output_folder import OutputFolder
from duv_studio.errors import Cancelled, DuvError
from tests.batch_trees import fill, tree
from tests.fake_pool import Opener, result

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows moves no folder in which a file is open")
FILES = {f"{'sub/' if i % 3 else ''}{i:02}.mid": b"song %d" % i for i in range(24)}
Take = Callable[[Path, Path], object]


def request_of(folder: Path) -> Request:
    return Request((folder / "in",), folder / "out", existing=Existing.OVERWRITE)


def taken_away(folder: Path, take: Take, after: int = 5) -> tuple[Summary, Opener]:
    fill(folder / "in", FILES)
    opener = Opener(lambda done: take(folder / "out", folder / "there") if done == after else None)
    return run(request_of(folder), lambda event: None, Control(), opener), opener


def _renamed_and_replaced(out: Path, there: Path) -> None:
    out.rename(there)
    out.mkdir()


def _far_away(out: Path, there: Path) -> None:
    (there.parent / "a" / "b").mkdir(parents=True)
    out.rename(there.parent / "a" / "b" / "c")


MOVES: list[tuple[str, Take, str]] = [
    ("renamed", lambda out, there: out.rename(there), "there"),
    ("renamed and replaced", _renamed_and_replaced, "there"),
    ("moved far away", _far_away, "a/b/c"),
]


@posix
@pytest.mark.parametrize(("take", "place"), [row[1:] for row in MOVES], ids=[row[0] for row in MOVES])
def test_a_folder_that_is_moved_stops_the_batch(tmp_path: Path, take: Take, place: str) -> None:
    summary, opener = taken_away(tmp_path, take)
    there = tmp_path / place
    assert summary.cancelled and summary.moved is not None and summary.moved.now == there
    assert f"was moved to {there}" in str(summary.moved) and opener.pools[0].closed
    done = [row for row in summary.rows if row.status is Status.OK]
    assert len(done) == 5 and summary.count(Status.WAITING) == 19
    assert all(row.target is not None and row.target.is_file() and there in row.target.parents for row in done)
    assert len(tree(there)) == 5 and not (tmp_path / "out" / "sub").exists()
    past = read_journal(there)
    assert past is not None and past.records.keys() == {row.name for row in done}
    again = Opener()
    summary = run(replace(request_of(tmp_path), target=there, resume=True), lambda event: None, Control(), again)
    assert len(again.played) == 19 and summary.count(Status.OK) == 24
    assert tree(there) == {name: result(data, 0.9) for name, data in FILES.items()}


@posix
@pytest.mark.parametrize("replaced", [False, True])
def test_a_folder_that_is_removed_stops_the_batch(tmp_path: Path, replaced: bool) -> None:
    def remove(out: Path, there: Path) -> None:
        shutil.rmtree(out)
        if replaced:
            (tmp_path / "placeholder").mkdir()  # so that the number of the removed one is not given again
            out.mkdir()

    summary, _ = taken_away(tmp_path, remove)
    assert summary.cancelled and summary.moved is not None and summary.moved.gone
    assert "was removed" in str(summary.moved) and summary.count(Status.WAITING) == 24
    assert not (tmp_path / "out").exists() or not tree(tmp_path / "out")


@posix
def test_a_link_to_the_folder_may_be_turned_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "out").symlink_to("real")

    def turn(out: Path, there: Path) -> None:
        out.unlink()
        out.symlink_to("other")

    summary, _ = taken_away(tmp_path, turn)
    assert summary.moved is not None and summary.moved.now == tmp_path / "real"
    assert len(tree(tmp_path / "real")) == 5 and not tree(tmp_path / "other")


@posix
def test_it_is_noticed_while_a_file_is_played_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_LOOK_S", 0.0)
    fill(tmp_path / "in", {"a.mid": b"a"})
    opener = Opener()

    class Endless(Opener):
        def __call__(self, request: Request, setup: object, files: int) -> object:  # type: ignore[override]
            pool = opener(request, setup, files)  # type: ignore[arg-type]
            (tmp_path / "out").rename(tmp_path / "there")
            pool.events = lambda seconds: []  # type: ignore[method-assign]
            return pool

    summary = run(request_of(tmp_path), lambda event: None, Control(), Endless())  # type: ignore[arg-type]
    assert summary.moved is not None and summary.count(Status.WAITING) == 1 and opener.pools[0].closed


def test_nothing_is_moved_where_nothing_happens(tmp_path: Path) -> None:
    summary, _ = taken_away(tmp_path, lambda out, there: None)
    assert summary.moved is None and not summary.cancelled and summary.count(Status.OK) == 24


@posix
def test_a_folder_that_cannot_be_found_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = OutputFolder(tmp_path / "out")
    (tmp_path / "a").mkdir()
    (tmp_path / "out").rename(tmp_path / "a" / "b")
    monkeypatch.setattr(folder, "_said_by_system", lambda: "")
    with pytest.raises(DuvError, match="no longer there"):
        folder.check_there()
    folder.close()


# --- news before the first file ---


def test_the_search_and_the_comparison_say_how_far_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "in", FILES)
    request = request_of(tmp_path)
    run(request, lambda event: None, Control(), Opener())
    monkeypatch.setattr(runner, "_TELL_S", 0.0)
    said = list[str]()
    request = replace(request, resume=True)
    run(request, lambda event: said.append(event.sentence) if isinstance(event, StatusMessage) else None, Control())
    assert "Looking for MIDI files: 7 so far" in said
    assert "Looking what is done already: 12 of 24 files" in said


def test_the_comparison_can_be_cancelled(tmp_path: Path) -> None:
    fill(tmp_path / "in", FILES)
    request = replace(request_of(tmp_path), resume=True)
    run(request, lambda event: None, Control(), Opener())
    stop = threading.Event()
    with pytest.raises(Cancelled):
        prepare(request, stop.is_set, lambda sentence: stop.set() if "done already" in sentence else None)


def test_the_first_result_does_not_wait_for_many(tmp_path: Path) -> None:
    fill(tmp_path / "in", {f"{i:03}.mid": b"x" for i in range(100)})
    opener = Opener()
    run(request_of(tmp_path), lambda event: None, Control(), opener)
    assert opener.pools[0].given[:8] == [1, 1, 2, 2, 4, 4, 8, 8]
