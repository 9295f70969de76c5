"""A batch from end to end with a pool that needs no model: what it writes, tells, survives and resumes from."""

from __future__ import annotations

import csv
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duv_studio.engine.batch.events import BatchEvent, FileFinished, Planned, Started, Status, StatusMessage, Summary
from duv_studio.engine.batch.journal import JOURNAL, Journal
from duv_studio.engine.batch.journal_reader import read_journal
from duv_studio.engine.batch.preflight import prepare
from duv_studio.engine.batch.request import Control, Existing, Request
from duv_studio.engine.batch.results import COLUMNS, NOTHING_SELECTED, write_report
from duv_studio.engine.batch.runner import MOST_BYTES, MOST_FILES, run
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model import device
from duv_studio.engine.music.part_rows import parse_rules
from duv_studio.engine.music.part_rules import PartRule
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.output_folder import OutputFolder
from duv_studio.errors import DuvError
from tests.batch_trees import LONG_AGO, fill, tree
from tests.fake_pool import BAD, PARTLY, UNSELECTED, Opener, result

posix = pytest.mark.skipif(sys.platform == "win32", reason="links need a POSIX system")
FILES = {f"{'sub/' if i % 3 else ''}{i:02}.mid": b"song %d" % i for i in range(24)}


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests survive the end of a process, not that of the power."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


class Killed(BaseException):
    """As if the process were gone at this point."""


def request_of(folder: Path, **changes: Any) -> Request:
    return Request((folder / "in",), folder / "out", **changes)


def played(
    request: Request, opener: Opener | None = None, control: Control | None = None
) -> tuple[Summary, list[BatchEvent]]:
    events: list[BatchEvent] = []
    return run(request, events.append, control or Control(), opener or Opener()), events


def expected(files: dict[str, bytes], intensity: float = 0.9) -> dict[str, bytes]:
    return {name: result(data, intensity) for name, data in files.items()}


def dying(after: int) -> Opener:
    """A pool over which the process dies when so many results have come."""

    def die(done: int) -> None:
        if done == after:
            raise Killed

    return Opener(die)


def killed(request: Request, after: int) -> None:
    with pytest.raises(Killed):
        played(request, dying(after))


# --- one run ---


def test_a_tree_is_played_into_another(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", FILES | {"readme.txt": b"no music"})
    opener = Opener()
    summary, _ = played(request_of(tmp_path), opener)
    assert tree(tmp_path / "out") == expected(FILES)
    assert tree(source) == FILES | {"readme.txt": b"no music"}
    assert (summary.count(Status.OK), summary.cancelled, summary.precision) == (24, False, "fp32")
    assert all((tmp_path / "out" / n).stat().st_mtime_ns == (source / n).stat().st_mtime_ns for n in FILES)
    (pool,) = opener.pools
    assert pool.closed and len(pool.played) == 24
    row = summary.rows[0]
    assert (row.name, row.target) == ("00.mid", tmp_path / "out" / "00.mid")
    assert (row.notes, row.notes_changed, row.mean_velocity_change, row.seconds) == (6, 3, 1.5, 0.125)


def test_everything_is_told_in_its_order(tmp_path: Path) -> None:
    fill(tmp_path / "in", FILES)
    summary, events = played(request_of(tmp_path))
    kinds = [type(item) for item in events]
    assert kinds[:3] == [StatusMessage, Planned, StatusMessage] and {*kinds[3:]} == {Started, FileFinished}
    (plan,) = (item.rows for item in events if isinstance(item, Planned))
    assert [row.index for row in plan] == list(range(24)) and {row.status for row in plan} == {Status.WAITING}
    begun: set[int] = set()
    for item in events:
        if isinstance(item, Started):
            begun.add(item.index)
        if isinstance(item, FileFinished):
            assert item.result.index in begun and item.result == summary.rows[item.result.index]
    assert len(begun) == kinds.count(FileFinished) == 24


def test_chunks_are_neither_long_nor_large(tmp_path: Path) -> None:
    fill(tmp_path / "in", {f"{i:03}.mid": b"x" for i in range(200)})
    few = Opener()
    played(request_of(tmp_path), few)
    assert max(few.pools[0].given) == MOST_FILES and few.pools[0].given[-1] == 1 and sum(few.pools[0].given) == 200
    shutil.rmtree(tmp_path / "in")
    fill(tmp_path / "in", {f"{i:03}.mid": bytes(MOST_BYTES // 2 if i else 2 * MOST_BYTES) for i in range(40)})
    large = Opener()
    played(request_of(tmp_path, existing=Existing.OVERWRITE), large)
    assert large.pools[0].given[:4] == [1, 1, 2, 2] and sum(large.pools[0].given) == 40


def test_one_bad_file_stops_no_other(tmp_path: Path) -> None:
    fill(tmp_path / "in", {"a.mid": BAD, "b.mid": b"b", "c.mid": PARTLY, "d.mid": UNSELECTED})
    summary, _ = played(request_of(tmp_path))
    assert [(row.status, row.why) for row in summary.rows] == [
        (Status.FAILED, "It is bad."),
        (Status.OK, ""),
        (Status.OK, "A part is missing."),
        (Status.SKIPPED, NOTHING_SELECTED),
    ]
    assert tree(tmp_path / "out").keys() == {"b.mid", "c.mid", "d.mid"}


def test_what_is_there_stays_unless_asked(tmp_path: Path) -> None:
    fill(tmp_path / "in", {"a.mid": b"a", "b.mid": b"b"})
    fill(tmp_path / "out", {"a.mid": b"mine"})
    summary, _ = played(request_of(tmp_path))
    assert [row.status for row in summary.rows] == [Status.SKIPPED, Status.OK]
    assert tree(tmp_path / "out") == {"a.mid": b"mine", "b.mid": result(b"b", 0.9)}
    played(request_of(tmp_path, existing=Existing.RENAME))
    assert tree(tmp_path / "out").keys() == {"a.mid", "a (2).mid", "b.mid", "b (2).mid"}
    played(request_of(tmp_path, existing=Existing.OVERWRITE, settings=Settings(intensity=0.5)))
    assert tree(tmp_path / "out")["a.mid"] == result(b"a", 0.5)


def test_nothing_to_do_opens_no_pool(tmp_path: Path) -> None:
    fill(tmp_path / "in", {"a.mid": b"a"})
    fill(tmp_path / "out", {"a.mid": b"mine"})
    opener = Opener()
    summary, _ = played(request_of(tmp_path), opener)
    assert not opener.pools and not summary.cancelled and summary.precision == ""


def test_workers_are_told_what_was_asked(tmp_path: Path) -> None:
    fill(tmp_path / "in", {"a.mid": b"a"})
    of_one_song = Settings(intensity=0.5, track_intensity={"0:0:0": 0.1})
    opener = Opener()
    families = (("Lead", Family.GUITAR),)
    parts = parse_rules(["Kick: velocity=0"])
    played(request_of(tmp_path, settings=of_one_song, families=families, parts=parts, precision="fp32"), opener)
    setup = opener.pools[0].setup
    assert setup.settings == Settings(intensity=0.5) and (setup.families, setup.parts) == (families, parts)
    assert (setup.model, setup.adapter, setup.precision, setup.device) == ("base-open", "auto", "fp32", "cpu")
    assert len(setup.base_hash) == 32


@pytest.mark.parametrize(("asked", "told"), [(None, "int8"), ("bf16", "bf16"), ("auto", "auto")])
def test_workers_elsewhere_are_told_the_precision_of_this_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str | None, told: str
) -> None:
    monkeypatch.setenv("DUV_STUDIO_PRECISION", "int8")
    fill(tmp_path / "in", {"a.mid": b"a"})
    assert prepare(request_of(tmp_path, precision=asked)).setup.precision == told


@pytest.mark.parametrize("there", [False, True])
def test_what_computes_is_decided_before_processes_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    monkeypatch.setattr(device, "has_gpu", lambda: there)
    fill(tmp_path / "in", {"a.mid": b"a"})
    assert prepare(request_of(tmp_path, device="auto")).setup.device == ("cuda" if there else "cpu")
    elsewhere = request_of(tmp_path, device="auto", scheduler="tcp://somewhere:8786")
    assert prepare(elsewhere).setup.device == "auto"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"settings": Settings(include="(")}, "include pattern"),
        ({"settings": Settings(exclude="[")}, "exclude pattern"),
        ({"settings": Settings(intensity=2)}, "intensity is 2"),
        ({"families": (("(", Family.GUITAR),)}, "family pattern"),
        ({"parts": (PartRule("("),)}, "track pattern"),
        ({"model": "no such model"}, "there is no model"),
        ({"adapter": "no such adapter"}, "there is no adapter"),
        ({"jobs": 0}, "0 processes"),
    ],
)
def test_what_is_wrong_is_told_before_files_are_looked_for(tmp_path: Path, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(DuvError, match=words):  # not that there is no input
        played(request_of(tmp_path, **wrong))
    assert not (tmp_path / "out").exists()


@posix
def test_results_within_the_input_are_not_read_again(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {"a.mid": b"a", "sub/b.mid": b"b"})
    request = Request((source,), source / "sub" / "out", into_input=True, existing=Existing.OVERWRITE)
    for _ in range(2):
        summary, _ = played(request)
        assert [row.name for row in summary.rows] == ["a.mid", "sub/b.mid"]
    assert tree(request.target) == expected({"a.mid": b"a", "sub/b.mid": b"b"})


# --- trouble while writing ---


def test_a_full_disk_is_that_files_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "in", {"a.mid": b"a", "b.mid": b"b"})
    write = OutputFolder.write

    def full(folder: OutputFolder, name: str, *more: Any) -> None:
        if name == "a.mid":
            raise DuvError("The disk is full", hint="make room", file=name)
        write(folder, name, *more)

    monkeypatch.setattr(OutputFolder, "write", full)
    summary, _ = played(request_of(tmp_path))
    assert [(row.status, row.why) for row in summary.rows] == [
        (Status.FAILED, "The disk is full (make room)"),
        (Status.OK, ""),
    ]


def test_a_folder_that_cannot_be_made_is_that_files_trouble(tmp_path: Path) -> None:
    fill(tmp_path / "in", {"sub/a.mid": b"a", "b.mid": b"b"})
    fill(tmp_path / "out", {"sub": b"a file"})
    summary, _ = played(request_of(tmp_path))
    failed = [row for row in summary.rows if row.status is Status.FAILED]
    assert [row.name for row in failed] == ["sub/a.mid"]
    folder = tmp_path / "out" / "sub"
    assert failed[0].why == f'The folder "{folder}" cannot be made: a file is in its place (move it)'


@posix
def test_a_link_that_cannot_be_followed_is_that_files_trouble(tmp_path: Path) -> None:
    fill(tmp_path / "in", {"a.mid": b"a", "b.mid": b"b"})
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.mid").symlink_to("n" * 300)
    summary, _ = played(request_of(tmp_path, existing=Existing.OVERWRITE))
    assert [(row.status, row.why) for row in summary.rows] == [
        (Status.FAILED, "The name is too long (choose a shorter one)"),
        (Status.OK, ""),
    ]


@posix
def test_a_link_made_meanwhile_leads_no_result_into_the_input(tmp_path: Path) -> None:
    files = {"a.mid": b"a", "b.mid": b"b", "other/c.mid": b"c", "sub/d.mid": b"d"}
    source = fill(tmp_path / "in", files)

    def make_links(done: int) -> None:
        if done == 0:
            (tmp_path / "out" / "a.mid").symlink_to(source / "a.mid")
            (tmp_path / "out" / "sub").symlink_to(source / "other")

    summary, _ = played(request_of(tmp_path), Opener(make_links))
    assert {row.name for row in summary.rows if row.status is Status.FAILED} == {"a.mid", "sub/d.mid"}
    assert tree(source) == files


def test_without_its_journal_a_batch_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "in", FILES)

    def full(self: Journal, precision: str) -> None:
        raise DuvError("The record of the batch cannot be written")

    monkeypatch.setattr(Journal, "computed_in", full)
    opener = Opener()
    with pytest.raises(DuvError, match="record of the batch"):
        played(request_of(tmp_path), opener)
    assert opener.pools[0].closed and not opener.played


def test_workers_that_differ_in_precision_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DUV_STUDIO_PRECISION")
    fill(tmp_path / "in", {"a.mid": b"a"})
    played(request_of(tmp_path), Opener(precision="int8"))
    (tmp_path / "in" / "a.mid").write_bytes(b"other")

    class Stubborn(Opener):
        def __call__(self, request: Any, setup: Any, files: int) -> Any:
            return super().__call__(request, replace(setup, precision="bf16"), files)

    with pytest.raises(DuvError, match="computed in bf16, and others are in int8"):
        played(request_of(tmp_path, resume=True), Stubborn())


# --- pause and cancel ---


def test_cancel_drops_what_is_under_way(tmp_path: Path) -> None:
    fill(tmp_path / "in", FILES)
    control = Control()
    opener = Opener(lambda done: control.cancel() if done == 5 else None)
    summary, _ = played(request_of(tmp_path), opener, control)
    assert summary.cancelled and opener.pools[0].closed
    assert (summary.count(Status.OK), summary.count(Status.WAITING)) == (6, 18)
    again, _ = played(request_of(tmp_path, resume=True))
    assert not again.cancelled and sum(row.before for row in again.rows) == 6
    assert tree(tmp_path / "out") == expected(FILES)


def test_a_batch_cancelled_at_once_writes_nothing(tmp_path: Path) -> None:
    fill(tmp_path / "in", FILES)
    control = Control()
    control.cancel()
    summary, _ = played(request_of(tmp_path), control=control)
    assert summary == Summary((), True, summary.seconds, "") and not (tmp_path / "out").exists()


def test_a_pause_begins_no_more_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "in", FILES)
    control, opener = Control(), Opener()
    told: list[int] = []

    def on_event(events: BatchEvent) -> None:
        if isinstance(events, FileFinished):
            told.append(events.result.index)
            if len(told) == 3:
                control.pause()

    begun_when_asleep: list[int] = []

    def sleep(seconds: float) -> None:
        begun_when_asleep.append(sum(opener.pools[0].given))
        if len(begun_when_asleep) == 3:
            control.go_on()

    monkeypatch.setattr("duv_studio.engine.batch.runner.time.sleep", sleep)
    run(request_of(tmp_path), on_event, control, opener)
    assert len(begun_when_asleep) == 3 and len(set(begun_when_asleep)) == 1 and begun_when_asleep[0] < 24
    assert len(told) == 24


# --- going on ---


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    fill(tmp_path / "in", FILES | {"bad.mid": BAD, "none.mid": UNSELECTED})
    first, _ = played(request_of(tmp_path))
    opener = Opener()
    again, _ = played(request_of(tmp_path, resume=True), opener)
    assert opener.played == ["bad.mid"]  # what failed is tried again
    assert [replace(row, before=False) for row in again.rows] == list(first.rows)
    assert [row.name for row in again.rows if not row.before] == ["bad.mid"]
    assert again.count(Status.SKIPPED) == 1


@pytest.mark.parametrize("existing", list(Existing))
def test_only_what_is_missing_or_changed_is_done(tmp_path: Path, existing: Existing) -> None:
    source, target = fill(tmp_path / "in", FILES), tmp_path / "out"
    played(request_of(tmp_path))
    (target / "00.mid").unlink()
    (target / "sub/01.mid").write_bytes(b"cut")
    (target / "sub/02.mid").write_bytes(b"x" * len(result(b"song 2", 0.9)))
    (source / "03.mid").write_bytes(b"changed")
    (source / "new.mid").write_bytes(b"new")
    os.utime(source / "sub/04.mid", ns=(LONG_AGO, LONG_AGO))  # touched, but the same
    os.utime(target / "sub/05.mid", ns=(LONG_AGO, LONG_AGO))
    (source / "06.mid").unlink()
    opener = Opener()
    played(request_of(tmp_path, resume=True, existing=existing), opener)
    assert sorted(opener.played) == ["00.mid", "01.mid", "02.mid", "03.mid", "new.mid"]
    assert tree(target) == expected(FILES | {"03.mid": b"changed", "new.mid": b"new"})


def test_a_file_that_comes_back_is_known(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", FILES)
    fill(tmp_path / "out", {"00.mid": b"mine"})
    played(request_of(tmp_path, existing=Existing.RENAME))
    shutil.move(source / "00.mid", tmp_path / "00.mid")
    played(request_of(tmp_path, existing=Existing.RENAME, resume=True))
    shutil.move(tmp_path / "00.mid", source / "00.mid")
    opener = Opener()
    played(request_of(tmp_path, existing=Existing.RENAME, resume=True), opener)
    assert not opener.played
    assert tree(tmp_path / "out") == expected(FILES) | {"00.mid": b"mine", "00 (2).mid": result(b"song 0", 0.9)}


def test_a_source_that_changes_while_it_is_played_is_played_again(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {"a.mid": b"a"})

    def change(done: int) -> None:
        (source / "a.mid").write_bytes(b"z")
        os.utime(source / "a.mid", ns=(LONG_AGO, LONG_AGO + 1))

    played(request_of(tmp_path), Opener(change))
    opener = Opener()
    played(request_of(tmp_path, resume=True), opener)
    assert opener.played == ["a.mid"]


def test_a_planned_target_is_kept_whatever_is_there(tmp_path: Path) -> None:
    fill(tmp_path / "in", FILES)
    fill(tmp_path / "out", {"00.mid": b"mine"})
    killed(request_of(tmp_path, existing=Existing.RENAME), 0)
    (tmp_path / "out" / "00 (2).mid").write_bytes(b"written, but not recorded")
    played(request_of(tmp_path, existing=Existing.RENAME, resume=True))
    assert tree(tmp_path / "out") == expected(FILES) | {"00.mid": b"mine", "00 (2).mid": result(b"song 0", 0.9)}


def test_left_overs_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    fill(tmp_path / "in", FILES)
    killed(request_of(tmp_path), 3)
    left_over = ".duv-0123456789abcdef.tmp"
    fill(tmp_path / "out", {f"sub/{left_over}": b"ha", "sub/.duv-mine.tmp": b"mine"})
    played(request_of(tmp_path, resume=True))
    assert tree(tmp_path / "out") == expected(FILES) | {"sub/.duv-mine.tmp": b"mine"}
    (tmp_path / "out" / left_over).mkdir()  # which cannot be removed as a file
    assert not played(request_of(tmp_path, resume=True))[0].count(Status.WAITING)


def test_the_left_over_of_a_record_is_removed(tmp_path: Path) -> None:
    fill(tmp_path / "in", {"sub/a.mid": b"a"})
    fill(tmp_path / "out", {".duv-0123456789abcdef.tmp": b"ha"})
    played(request_of(tmp_path, resume=True))
    assert tree(tmp_path / "out") == expected({"sub/a.mid": b"a"})


@pytest.mark.parametrize(
    ("now", "named"),
    [
        ({"settings": Settings(intensity=0.5)}, r"intensity \(0.9 then, 0.5 now\)"),
        ({"settings": Settings(include="Bass", seed=3)}, r'include \(none then, "Bass" now\), seed \(0 then, 3 now\)'),
        ({"families": (("Lead", Family.GUITAR),)}, "families"),
        ({"parts": parse_rules(["Kick: velocity=0"])}, "parts"),
        ({"precision": "int8"}, r'precision \("fp32" then, "int8" now\)'),
        ({"adapter": "none", "device": "cuda"}, "device"),
    ],
)
def test_other_settings_are_refused(tmp_path: Path, now: dict[str, Any], named: str) -> None:
    fill(tmp_path / "in", FILES)
    killed(request_of(tmp_path), 3)
    before = (tmp_path / "out" / JOURNAL).read_bytes()
    with pytest.raises(DuvError, match=named):
        played(request_of(tmp_path, resume=True, **now))
    assert (tmp_path / "out" / JOURNAL).read_bytes() == before


def test_another_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "in", FILES)
    killed(request_of(tmp_path), 3)
    monkeypatch.setattr("duv_studio.engine.batch.fingerprint.digest_of", lambda path: "another")
    with pytest.raises(DuvError, match=r"differs in .*model"):
        played(request_of(tmp_path, resume=True))


def test_a_batch_goes_on_in_its_precision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DUV_STUDIO_PRECISION")
    fill(tmp_path / "in", FILES)
    control = Control()
    played(request_of(tmp_path), Opener(lambda done: control.cancel(), precision="int8"), control)
    opener = Opener(precision="bf16")  # what this machine would choose today
    summary, _ = played(request_of(tmp_path, resume=True), opener)
    assert opener.pools[0].setup.precision == "int8" == summary.precision


def test_without_a_journal_a_resumed_batch_begins(tmp_path: Path) -> None:
    fill(tmp_path / "in", FILES)
    summary, _ = played(request_of(tmp_path, resume=True))
    assert summary.count(Status.OK) == 24


def test_without_resume_a_new_journal_begins(tmp_path: Path) -> None:
    fill(tmp_path / "in", FILES)
    killed(request_of(tmp_path), 3)
    summary, _ = played(request_of(tmp_path, settings=Settings(seed=5)))
    assert (summary.count(Status.SKIPPED), summary.count(Status.OK)) == (3, 21)
    past = read_journal(tmp_path / "out")
    assert past is not None and past.task["seed"] == 5


SOURCES = {f"{i}.mid": b"song %d" % i for i in range(6)} | {"bad.mid": BAD}


@settings(max_examples=80, deadline=None)
@given(
    after=st.integers(0, 6),
    cut=st.integers(0, 10_000),
    existing=st.sampled_from(list(Existing)),
    again=st.integers(0, 6),
)
def test_cut_anywhere_it_ends_the_same(after: int, cut: int, existing: Existing, again: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder / "in", SOURCES)
        mine = {"0.mid": b"mine", "1 (2).mid": b"mine"}
        fill(folder / "whole", mine)
        fill(folder / "out", mine)
        played(Request((folder / "in",), folder / "whole", existing=existing))
        _die(request_of(folder, existing=existing), after)
        _cut(folder / "out" / JOURNAL, cut, whole_plan=existing is Existing.RENAME)
        _die(request_of(folder, existing=existing, resume=True), again)
        played(request_of(folder, existing=existing, resume=True))
        assert tree(folder / "out") == tree(folder / "whole")


def test_a_damaged_plan_does_not_make_results_twice(tmp_path: Path) -> None:
    fill(tmp_path / "in", SOURCES)
    played(request_of(tmp_path, existing=Existing.RENAME))
    _cut(tmp_path / "out" / JOURNAL, 300)
    before = tree(tmp_path / "out")
    with pytest.raises(DuvError, match="damaged"):
        played(request_of(tmp_path, existing=Existing.RENAME, resume=True))
    assert tree(tmp_path / "out") == before


def _die(request: Request, after: int) -> None:
    with suppress(Killed):  # with few files left the batch ends before
        played(request, dying(after))


def _cut(journal: Path, at: int, whole_plan: bool = False) -> None:
    data = journal.read_bytes()
    # The plan is written at once, so that only a damaged disk could cut it; then names to be kept are not known.
    least = data.rindex(b"\n", 0, data.rindex(b'"plan"')) + 1 if whole_plan else 0
    least = data.index(b"\n", least) + 1 if whole_plan else 0
    journal.write_bytes(data[: least + at % (len(data) - least + 1)])


# --- the report ---


def test_the_report_has_a_line_for_every_file(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {"a.mid": BAD, "b, c.mid": b"b" * 8, "c ü.mid": UNSELECTED, "z.mid": b"z"})
    fill(tmp_path / "out", {"z.mid": b"mine"})
    summary, _ = played(request_of(tmp_path))
    write_report(summary.rows, tmp_path / "report.csv")
    with (tmp_path / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        head, *lines = csv.reader(file)
    assert tuple(head) == COLUMNS
    target = tmp_path / "out"
    assert lines == [
        ["a.mid", "failed", "It is bad.", "", "", "", "", "", "", str(source / "a.mid"), ""],
        ["b, c.mid", "ok", "", "8", "4", "1.5", "0.25", "0.125", "", str(source / "b, c.mid"),
         str(target / "b, c.mid")],
        ["c ü.mid", "skipped", NOTHING_SELECTED, "10", "5", "1.5", "0.25", "0.125", "", str(source / "c ü.mid"),
         str(target / "c ü.mid")],
        ["z.mid", "skipped", "There is a file of that name already", "", "", "", "", "", "", str(source / "z.mid"),
         str(target / "z.mid")],
    ]  # fmt: skip
    assert (tmp_path / "report.csv").read_bytes().startswith(b"\xef\xbb\xbffile,")


def test_a_report_holds_any_name(tmp_path: Path) -> None:
    row = replace(_some_row(tmp_path), source=Path("/in/\udc83.mid"))
    write_report([row], tmp_path / "report.csv")
    assert r"\udc83" in (tmp_path / "report.csv").read_text(encoding="utf-8-sig")


def _some_row(folder: Path) -> Any:
    fill(folder / "in", {"a.mid": b"a"})
    return played(request_of(folder))[0].rows[0]
