"""The record of a batch: whole or torn, it says what was promised, and nothing that was not."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.batch.fingerprint import check_same_task
from duv_studio.engine.batch.journal import JOURNAL, Journal, Past, Record
from duv_studio.engine.batch.journal_reader import read_journal
from duv_studio.engine.output_folder import OutputFolder
from duv_studio.errors import DuvError

PAST = Past({"seed": 1, "include": None}, "", {"a.mid": "a (2).mid", "b/ü\udc80.mid": "b/ü\udc80.mid"}, {})
RECORD = Record("a.mid", "ok", "A part is missing.", 3, 2, 1.5, 0.25, 0.5, "/in/a.mid", 9, 10, "d1", 8, "d2")


def begun(folder: Path, past: Past) -> Journal:
    with closing(OutputFolder(folder)) as target:
        return Journal.begin(target, past)


def written(folder: Path) -> Path:
    journal = begun(folder, PAST)
    journal.computed_in("int8")
    journal.computed_in("int8")
    journal.add(RECORD)
    journal.add(replace(RECORD, name="b/ü\udc80.mid", status="failed"))
    journal.close()
    return folder / JOURNAL


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written(tmp_path / "new")
    past = read_journal(tmp_path / "new")
    other = replace(RECORD, name="b/ü\udc80.mid", status="failed")
    assert past == replace(PAST, precision="int8", records={"a.mid": RECORD, other.name: other})
    assert past is not None
    begun(tmp_path / "new", past).close()
    assert read_journal(tmp_path / "new") == past


def test_there_may_be_none(tmp_path: Path) -> None:
    assert read_journal(tmp_path) is None and read_journal(tmp_path / "none") is None


@pytest.mark.parametrize("rest", [b"\0" * 40, b'{"file": {"name"', b'{"file": 1}', b"7\n", b"\xff\n{}\n"])
def test_a_torn_end_counts_for_nothing(tmp_path: Path, rest: bytes) -> None:
    path = written(tmp_path)
    whole = read_journal(tmp_path)
    with path.open("ab") as file:
        file.write(rest)
    assert read_journal(tmp_path) == whole


def test_what_follows_a_torn_line_counts_for_nothing(tmp_path: Path) -> None:
    path = written(tmp_path)
    *lines, before, last = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines) + before[:-5] + last)
    past = read_journal(tmp_path)
    assert past is not None and past.precision == "int8" and not past.records


@given(cut=st.floats(0, 1))
def test_every_beginning_can_be_read(tmp_path_factory: pytest.TempPathFactory, cut: float) -> None:
    folder = tmp_path_factory.mktemp("journal")
    path = written(folder)
    data = path.read_bytes()
    path.write_bytes(data[: int(cut * len(data))])
    past = read_journal(folder)
    if past is None:
        return
    assert (past.task, past.targets) == (PAST.task, PAST.targets)
    assert past.precision in ("", "int8") and (past.precision or not past.records)
    assert past.records.get("a.mid", RECORD) == RECORD


@pytest.mark.parametrize("text", [b"", b"nonsense\n", b"{}\n", b'{"version": 1, "task": {}, "files": 2}\n', b"[]\n"])
def test_without_a_whole_plan_there_is_none(tmp_path: Path, text: bytes) -> None:
    (tmp_path / JOURNAL).write_bytes(text)
    assert read_journal(tmp_path) is None


def test_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_bytes(b'{"version": 2, "task": {}, "files": 0}\n')
    with pytest.raises(DuvError, match="another version"):
        read_journal(tmp_path)


def test_all_results_are_in_one_precision(tmp_path: Path) -> None:
    journal = begun(tmp_path, PAST)
    journal.computed_in("int8")
    with pytest.raises(DuvError, match="computed in fp32, and others are in int8"):
        journal.computed_in("fp32")
    journal.close()


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    journal = begun(tmp_path, PAST)
    journal.close()
    with pytest.raises(DuvError, match="record of the batch"):
        journal.add(RECORD)
    (tmp_path / "file").touch()
    with pytest.raises(DuvError, match="folder cannot be made") as caught:
        begun(tmp_path / "file" / "out", PAST)
    assert caught.value.file == tmp_path / "file" / "out"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk here is always full")
def test_a_full_disk_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OutputFolder, "append", lambda folder, name: open("/dev/full", "ab"))  # noqa: SIM115
    journal = begun(tmp_path, PAST)
    with pytest.raises(DuvError, match="No space left"):
        journal.add(RECORD)
    journal.close()


def test_what_differs_is_named(tmp_path: Path) -> None:
    task = {"seed": 1, "include": None, "model": "0123", "adapters": {}, "level": 0.0}
    check_same_task(task, dict(task), tmp_path)
    with pytest.raises(DuvError) as caught:
        check_same_task(task, {**task, "seed": 2, "include": "(?i)bass", "model": "4567"}, tmp_path)
    assert 'include (none then, "(?i)bass" now), model, seed (1 then, 2 now)' in str(caught.value)
    assert "0123" not in str(caught.value)
