"""A manifest in the making survives being cut off at any byte."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duv_studio.errors import DuvError
from duv_studio.training.data.manifest.journal import Journal
from duv_studio.training.data.manifest.worker import Dropped, Kept, Outcome

MARKS = [f"{k:032x}" for k in range(4)]


def outcome(number: int, marks: list[int]) -> Outcome:
    kept = [Kept(f"t{k}", MARKS[k], 10 + k, "none", f'{{"file": {number}, "é": {k}}}') for k in marks]
    return Outcome(f"{number}.mid", tuple(kept), (Dropped("x", "short"),) if number % 2 else (), (), "")


def write_all(output: Path, outcomes: list[Outcome], task: str = "task") -> tuple[bytes, dict[str, object]]:
    journal = Journal(output, task)
    for one in outcomes[journal.done :]:
        journal.add(one)
    facts = journal.tally.facts()
    journal.finish()
    return output.read_bytes(), facts


plans = st.lists(st.lists(st.integers(0, 3), max_size=3), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(plans, st.integers(0, 2**16), st.integers(0, 2**16), st.integers(0, 8))
def test_a_run_that_was_cut_off_ends_as_if_it_had_not_been(
    plan: list[list[int]], lines_cut: int, records_cut: int, done: int
) -> None:
    outcomes = [outcome(number, marks) for number, marks in enumerate(plan)]
    with tempfile.TemporaryDirectory() as folder:
        whole = write_all(Path(folder, "whole.jsonl"), outcomes)
        journal = Journal(Path(folder, "cut.jsonl"), "task")
        for one in outcomes[:done]:
            journal.add(one)
        journal.close()
        for path, cut in ((journal.partial, lines_cut), (journal.path, records_cut)):
            data = path.read_bytes()
            path.write_bytes(data[: len(data) - cut % (len(data) + 1)])
        assert write_all(Path(folder, "cut.jsonl"), outcomes) == whole
        assert sorted(p.name for p in Path(folder).iterdir()) == ["cut.jsonl", "whole.jsonl"]


def test_copies_are_kept_once_whatever_was_interrupted(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "m.jsonl", "task")
    journal.add(outcome(0, [0, 1]))
    journal.close()
    journal = Journal(tmp_path / "m.jsonl", "task")
    assert journal.done == 1
    journal.add(outcome(1, [1, 2, 2]))
    assert journal.tally.kept == 3
    assert journal.tally.dropped["the same performance again"] == 2
    journal.finish()
    assert len((tmp_path / "m.jsonl").read_text().splitlines()) == 3


def test_another_task_begins_anew(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "m.jsonl", "task")) as journal:
        journal.add(outcome(0, [0]))
    with closing(Journal(tmp_path / "m.jsonl", "task")) as journal:
        assert journal.done == 1
    with closing(Journal(tmp_path / "m.jsonl", "other task")) as journal:
        assert journal.done == 0


# --- journals that somebody else wrote ---

RECORD = {
    "file": "a.mid", "end": 3, "kept": ["00ff"], "notes": 1, "sections": ["none"], "dropped": [], "warnings": [],
    "error": "", "skipped": "",
}  # fmt: skip


def left_by_somebody(output: Path, *records: object) -> None:
    """The files of an earlier run of the task "a task"."""
    journal = Journal(output, "a task")
    journal.close()
    journal.partial.write_bytes(b"{}\n")
    with journal.path.open("ab") as file:
        for record in records:
            file.write((record if isinstance(record, bytes) else json.dumps(record).encode()) + b"\n")


def test_what_enrich_writes_is_gone_on_with(tmp_path: Path) -> None:
    left_by_somebody(tmp_path / "m.jsonl", RECORD)
    journal = Journal(tmp_path / "m.jsonl", "a task")
    assert journal.done == 1
    journal.discard()


@pytest.mark.parametrize(
    "record",
    [
        7,
        [],
        "text",
        {},
        {**RECORD, "end": -1},
        {**RECORD, "end": True},
        {**RECORD, "end": 1.5},
        {**RECORD, "end": 10**30},
        {**RECORD, "end": None},
        {**RECORD, "notes": -1},
        {**RECORD, "notes": "1"},
        {**RECORD, "kept": "00"},
        {**RECORD, "kept": [7]},
        {**RECORD, "kept": ["no digest"]},
        {**RECORD, "sections": [[]]},
        {**RECORD, "dropped": ["ab"]},
        {**RECORD, "dropped": [["a"]]},
        {**RECORD, "dropped": [["a", 1]]},
        {**RECORD, "error": None},
        {**RECORD, "file": {"a": 1}},
        b"[" * 100_000,
        b'{"end": NaN}',
        b'{"end": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda record: str(record)[:40],
)
def test_an_odd_record_is_a_sentence(tmp_path: Path, record: object) -> None:
    left_by_somebody(tmp_path / "m.jsonl", record)
    before = (tmp_path / "m.jsonl.partial").read_bytes()
    with pytest.raises(DuvError, match="Line 2 is nothing that enrich writes") as caught:
        Journal(tmp_path / "m.jsonl", "a task")
    assert len(str(caught.value)) < 400 and (tmp_path / "m.jsonl.partial").read_bytes() == before


@pytest.mark.parametrize("task", ["a task", "another"])
@pytest.mark.parametrize("name", ["m.jsonl.partial", "m.jsonl.journal"])
def test_no_link_leads_what_is_written_elsewhere(tmp_path: Path, name: str, task: str) -> None:
    left_by_somebody(tmp_path / "m.jsonl", {**RECORD, "end": 0})
    victim = tmp_path / "victim"
    (tmp_path / name).rename(victim)
    (tmp_path / name).symlink_to(victim)
    before = victim.read_bytes()
    with pytest.raises(DuvError, match="is a link"):
        Journal(tmp_path / "m.jsonl", task)
    assert victim.read_bytes() == before


@pytest.mark.parametrize("name", ["m.jsonl.partial", "m.jsonl.journal"])
def test_a_pipe_in_the_way_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(DuvError, match="is a pipe"):
        Journal(tmp_path / "m.jsonl", "a task")
