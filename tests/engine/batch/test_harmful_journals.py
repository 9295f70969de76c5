"""Journals that somebody else wrote: none makes a batch write elsewhere, and each odd one is a sentence."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duv_studio.engine.batch.events import Status, Summary
from duv_studio.engine.batch.journal import JOURNAL
from duv_studio.engine.batch.journal_reader import read_journal
from duv_studio.engine.batch.request import Control, Existing, Request
from duv_studio.engine.batch.runner import run
from duv_studio.errors import DuvError
from tests.batch_trees import fill, tree
from tests.fake_pool import Opener, result

posix = pytest.mark.skipif(sys.platform == "win32", reason="links need a POSIX system")
FILES = {"a.mid": b"a", "sub/b.mid": b"b"}
TASK: dict[str, Any] = {}
RECORD = {"name": "a.mid", "status": "ok"}


def resumed(folder: Path, existing: Existing = Existing.OVERWRITE) -> Summary:
    request = Request((folder / "in",), folder / "deep" / "out", existing=existing, resume=True)
    return run(request, lambda event: None, Control(), Opener())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A batch that is done, with files around it that are nobody's business."""
    fill(tmp_path / "in", FILES)
    resumed(tmp_path)
    fill(tmp_path, {"victim.mid": b"mine", "other/victim.mid": b"mine"})
    fill(tmp_path / "deep" / "out", {"mine.mid": b"mine"})
    return tmp_path / "deep" / "out"


def with_plan(out: Path, plan: list[Any]) -> None:
    """Give the journal another plan, and forget what was done."""
    head = json.loads((out / JOURNAL).read_bytes().splitlines()[0])
    lines = [{**head, "files": len(plan)}, *({"plan": entry} for entry in plan)]
    (out / JOURNAL).write_text("".join(json.dumps(line) + "\n" for line in lines))


def around(tmp_path: Path) -> dict[str, bytes]:
    return tree(tmp_path)


@pytest.mark.parametrize(
    "target",
    [
        "../../victim.mid",
        "../../../../../../../../../../tmp/victim.mid",
        "sub/../../../victim.mid",
        "sub/../a.mid",
        "..",
        ".",
        "",
        "/tmp/victim.mid",
        "//host/share/victim.mid",
        "./a.mid",
        "sub//b.mid",
        "a.mid/",
        "mine.mid",
        "a (2)/b.mid",
        "sub/a.mid",
        "a (02).mid",
        "a (2)",
        "C:\\victim.mid",
        "C:victim.mid",
        "..\\..\\victim.mid",
        "\\\\host\\share\\victim.mid",
        "nul",
        "a.mid\0",
        "a\n.mid",
        "x" * 100_000,
        JOURNAL,
        None,
        True,
        7,
        -1.5,
        10**30,
        ["a.mid"],
        {"a": "mid"},
    ],
    ids=lambda target: repr(target)[:30],
)
def test_a_journal_leads_no_result_elsewhere(tmp_path: Path, out: Path, target: object) -> None:
    with_plan(out, [["a.mid", target], ["sub/b.mid", "sub/b.mid"]])
    before = around(tmp_path)
    with pytest.raises(DuvError, match=r"Line 2 is nothing that a batch writes.*begin anew") as caught:
        resumed(tmp_path)
    assert len(str(caught.value)) < 500 and "\n" not in str(caught.value)
    assert around(tmp_path) == before


@pytest.mark.parametrize("target", ["a.mid", "a (2).mid", "a (2) (3).mid", "a (12).mid"])
def test_a_journal_may_number_names(tmp_path: Path, out: Path, target: str) -> None:
    with_plan(out, [["a.mid", target], ["sub/b.mid", "sub/b.mid"]])
    resumed(tmp_path)
    assert (out / target).read_bytes() == result(b"a", 0.9)


DEEP = b'{"plan": ' + b"[" * 500 + b"]" * 500 + b"}"
ODD_LINES: list[tuple[str, object]] = [
    ("deep", DEEP),
    ("endless", b"[" * 3_000_000),
    ("long", b'{"file": "' + b"x" * 10_000_000 + b'"}'),
    ("number", b'{"precision": 7}'),
    ("digits", b'{"precision": ' + b"9" * 5000 + b"}"),
    ("not a number", b'{"file": {"name": "a.mid", "status": "ok", "seconds": NaN}}'),
    ("infinite", b'{"file": {"name": "a.mid", "status": "ok", "seconds": 1e999}}'),
    ("two plans", {"version": 1, "task": {}, "files": 0}),
    ("late plan", {"plan": ["c.mid", "c.mid"]}),
    ("empty", {}),
    ("no file", {"file": None}),
    ("list", {"file": []}),
    ("unknown status", {"file": {**RECORD, "status": "done"}}),
    ("waiting", {"file": {**RECORD, "status": "waiting"}}),
    ("no status", {"file": {"name": "a.mid"}}),
    ("number as status", {"file": {**RECORD, "status": 1}}),
    ("no name", {"file": {"status": "ok"}}),
    ("odd name", {"file": {**RECORD, "name": "../a.mid"}}),
    ("unknown field", {"file": {**RECORD, "target": "../../victim.mid"}}),
    ("text as number", {"file": {**RECORD, "notes": "3"}}),
    ("true as number", {"file": {**RECORD, "notes": True}}),
    ("null", {"file": {**RECORD, "why": None}}),
    ("half a note", {"file": {**RECORD, "notes": 0.5}}),
    ("too many", {"file": {**RECORD, "mtime_ns": 10**30}}),
    ("less than none", {"file": {**RECORD, "size": -1}}),
    ("long text", {"file": {**RECORD, "why": "x" * 100_000}}),
]


@pytest.mark.parametrize("line", [line for _, line in ODD_LINES], ids=[name for name, _ in ODD_LINES])
def test_an_odd_line_is_a_sentence(tmp_path: Path, out: Path, line: object) -> None:
    with (out / JOURNAL).open("ab") as file:
        file.write((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n")
    before = around(tmp_path)
    with pytest.raises(DuvError) as caught:
        resumed(tmp_path)
    assert caught.value.file == out / JOURNAL and len(str(caught.value)) < 500
    assert around(tmp_path) == before


@pytest.mark.parametrize(
    "head",
    [
        {"version": 1, "task": {}, "files": -1},
        {"version": 1, "task": {}, "files": True},
        {"version": 1, "task": {}, "files": 1.5},
        {"version": 1, "task": {}, "files": 10**30},
        {"version": 1, "task": [], "files": 0},
        {"version": "1", "task": {}, "files": 0},
        {"version": None, "task": {}, "files": 0},
    ],
)
def test_an_odd_head_is_a_sentence(tmp_path: Path, head: object) -> None:
    (tmp_path / JOURNAL).write_text(f"{json.dumps(head)}\n")
    with pytest.raises(DuvError):
        read_journal(tmp_path)


@pytest.mark.parametrize("plan", [[["a.mid", "a.mid"]] * 2, [["a.mid", "a (2).mid"], ["a (2).mid", "a (2).mid"]]])
def test_nothing_is_planned_twice(tmp_path: Path, out: Path, plan: list[Any]) -> None:
    with_plan(out, plan)
    with pytest.raises(DuvError, match="is planned twice"):
        resumed(tmp_path)


def test_other_settings_are_told_in_a_short_sentence(tmp_path: Path, out: Path) -> None:
    head, *lines = (out / JOURNAL).read_bytes().splitlines()
    task = {"x" * 10_000: 1, "\033[2J": [[0]], **{f"n{i}": i for i in range(1000)}, "seed": "y" * 10_000}
    changed = {**json.loads(head), "task": task}
    (out / JOURNAL).write_bytes(b"\n".join([json.dumps(changed).encode(), *lines, b""]))
    with pytest.raises(DuvError, match="earlier run was another one") as caught:
        resumed(tmp_path)
    assert len(str(caught.value)) < 2000 and str(caught.value).isprintable()


# --- links ---


def _victim(tmp_path: Path) -> Path:
    return tmp_path / "other" / "victim.mid"


LINKS: list[tuple[str, Callable[[Path, Path], None]]] = [
    ("file", lambda out, other: (out / "a.mid").symlink_to(other / "victim.mid")),
    ("missing file", lambda out, other: (out / "a.mid").symlink_to(other / "new.mid")),
    ("relative", lambda out, other: (out / "a.mid").symlink_to("../../other/victim.mid")),
    ("chain", lambda out, other: ((out / "x").symlink_to(other), (out / "a.mid").symlink_to("x/victim.mid"))[0]),
]


@posix
@pytest.mark.parametrize("when", ["before", "meanwhile"])
@pytest.mark.parametrize("link", [link for _, link in LINKS], ids=[name for name, _ in LINKS])
def test_no_link_leads_a_result_out(tmp_path: Path, link: Callable[[Path, Path], None], when: str) -> None:
    fill(tmp_path / "in", FILES)
    out, other = fill(tmp_path / "deep" / "out", {}), fill(tmp_path / "other", {"victim.mid": b"mine"})
    if when == "before":
        link(out, other)
    opener = Opener(lambda done: link(out, other) if when == "meanwhile" and not done else None)
    request = Request((tmp_path / "in",), out, existing=Existing.OVERWRITE)
    rows = {row.name: row for row in run(request, lambda event: None, Control(), opener).rows}
    assert rows["a.mid"].status is Status.FAILED and "a link leads out of it" in rows["a.mid"].why
    assert rows["sub/b.mid"].status is Status.OK
    assert tree(other) == {"victim.mid": b"mine"}


@posix
def test_a_folder_that_is_a_link_leads_no_result_out(tmp_path: Path) -> None:
    fill(tmp_path / "in", FILES)
    out, other = fill(tmp_path / "deep" / "out", {}), fill(tmp_path / "other", {"b.mid": b"mine"})
    left_over = fill(other, {".duv-0123456789abcdef.tmp": b"mine"})
    (out / "sub").symlink_to(other)
    for existing in Existing:
        rows = {row.name: row for row in resumed(tmp_path, existing).rows}
        assert rows["sub/b.mid"].status is not Status.OK
    assert tree(left_over) == {"b.mid": b"mine", ".duv-0123456789abcdef.tmp": b"mine"}


@posix
def test_links_within_the_folder_and_to_it_are_followed(tmp_path: Path) -> None:
    fill(tmp_path / "in", FILES)
    real = fill(tmp_path / "real", {"elsewhere/b.mid": b"old", "kept.mid": b"old"})
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "out").symlink_to(real)
    (real / "sub").symlink_to("elsewhere")
    (real / "a.mid").symlink_to("kept.mid")
    assert resumed(tmp_path).count(Status.OK) == 2
    assert (real / "a.mid").is_symlink() and (real / "kept.mid").read_bytes() == result(b"a", 0.9)
    assert (real / "elsewhere" / "b.mid").read_bytes() == result(b"b", 0.9)


@posix
@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("there", [True, False])
def test_the_journal_is_no_link_to_elsewhere(tmp_path: Path, there: bool, resume: bool) -> None:
    fill(tmp_path / "in", FILES)
    out, victim = fill(tmp_path / "out", {}), tmp_path / "victim.txt"
    if there:
        victim.write_bytes(b"mine")
    (out / JOURNAL).symlink_to(victim)
    request = Request((tmp_path / "in",), out, resume=resume)
    with pytest.raises(DuvError, match="a link leads out of it"):
        run(request, lambda event: None, Control(), Opener())
    assert victim.exists() == there and (not there or victim.read_bytes() == b"mine")


@posix
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_a_journal_that_is_no_file_is_a_sentence(tmp_path: Path, make: Callable[[Path], None]) -> None:
    fill(tmp_path / "in", FILES)
    make(fill(tmp_path / "deep" / "out", {}) / JOURNAL)
    with pytest.raises(DuvError, match="not a file"):
        resumed(tmp_path)


@posix
def test_a_hard_link_keeps_its_bytes_elsewhere(tmp_path: Path) -> None:
    fill(tmp_path / "in", FILES)
    out, other = fill(tmp_path / "deep" / "out", {}), fill(tmp_path / "other", {"victim.mid": b"mine"})
    os.link(other / "victim.mid", out / "a.mid")
    assert resumed(tmp_path).count(Status.OK) == 2
    assert tree(other) == {"victim.mid": b"mine"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["a.mid", "../x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["plan", "file", "name", "status", "task", "files", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(lines=st.lists(JSON | st.binary(max_size=20), max_size=5), keep=st.integers(0, 5))
def test_any_journal_is_read_or_is_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, lines: list[Any], keep: int
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    whole: list[Any] = [
        {"version": 1, "task": {}, "files": 2},
        {"plan": ["a.mid", "a.mid"]},
        {"plan": ["sub/b.mid", "sub/b (2).mid"]},
        {"precision": "fp32"},
        {"file": RECORD},
    ]
    texts = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in (*whole[:keep], *lines)]
    (folder / JOURNAL).write_bytes(b"\n".join(texts))
    try:
        past = read_journal(folder)
    except DuvError as error:
        assert len(str(error)) < 1000
        return
    if past is not None:
        assert all(".." not in name and target.startswith(name[:-4]) for name, target in past.targets.items())
