"""A manifest in the making survives being cut off at any byte."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

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
