"""Where results go: no two into one file, none over a source, and what was planned before stays."""

from __future__ import annotations

import os
import sys
import tempfile
import unicodedata
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duv_studio.engine.batch.discovery import SourceFile, list_files
from duv_studio.engine.batch.events import Status
from duv_studio.engine.batch.output_guard import OutputGuard, folded
from duv_studio.engine.batch.plan import IS_FOLDER, IS_THERE, Entry, make_plan
from duv_studio.engine.batch.request import Existing, Request
from duv_studio.errors import DuvError
from tests.batch_trees import fill, tree

E_ACUTE = unicodedata.normalize("NFC", "é")
E_AND_ACUTE = unicodedata.normalize("NFD", "é")


def plan_of(request: Request, kept: dict[str, str] | None = None) -> list[Entry]:
    files = list_files(request.sources, request.target, into_input=request.into_input)
    guard = OutputGuard(request.sources, (file.identity for file in files), into_input=request.into_input)
    return make_plan(files, request, guard, kept or {})


def targets(request: Request, kept: dict[str, str] | None = None) -> dict[str, str]:
    return {entry.file.name: entry.target for entry in plan_of(request, kept)}


def planned(names: list[str], target: Path, existing: Existing = Existing.SKIP) -> dict[str, str]:
    """The plan of files that need not exist: a file system may not hold names that differ by case only."""
    files = [SourceFile(name, Path("/nowhere") / name) for name in names]
    request = Request((), target, existing=existing)
    return {e.file.name: e.target for e in make_plan(files, request, OutputGuard((), (), into_input=False), {})}


def test_names_that_differ_by_case_or_writing_only_are_numbered(tmp_path: Path) -> None:
    names = ["A.mid", "a (2).mid", "a.MID", "a.mid", f"{E_ACUTE}.mid", f"{E_AND_ACUTE}.mid", "S/x.mid", "s/X.mid"]
    assert list(planned(names, tmp_path).values()) == [
        "A.mid",
        "a (2).mid",
        "a (3).MID",
        "a (4).mid",
        f"{E_ACUTE}.mid",
        f"{E_AND_ACUTE} (2).mid",
        "S/x.mid",
        "s/X (2).mid",
    ]


def test_a_file_makes_way_for_a_folder(tmp_path: Path) -> None:
    assert planned(["X.mid", "x.MID/a.mid"], tmp_path) == {"X.mid": "X (2).mid", "x.MID/a.mid": "x.MID/a.mid"}


def test_what_is_there_is_skipped_replaced_or_kept_beside(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {"a.mid": b"x", "b.mid": b"x", "a (2).mid": b"x"})
    target = fill(tmp_path / "out", {"a.mid": b"y"})
    skipped = {e.file.name: e for e in plan_of(Request((source,), target))}
    assert (skipped["a.mid"].status, skipped["a.mid"].why) == (Status.SKIPPED, IS_THERE)
    assert skipped["b.mid"].status is Status.WAITING
    assert targets(Request((source,), target, existing=Existing.OVERWRITE))["a.mid"] == "a.mid"
    renamed = targets(Request((source,), target, existing=Existing.RENAME))
    assert renamed == {"a.mid": "a (3).mid", "a (2).mid": "a (2).mid", "b.mid": "b.mid"}


@pytest.mark.parametrize("existing", list(Existing))
def test_a_folder_in_the_way(tmp_path: Path, existing: Existing) -> None:
    source = fill(tmp_path / "in", {"a.mid": b"x"})
    (tmp_path / "out" / "a.mid").mkdir(parents=True)
    (entry,) = plan_of(Request((source,), tmp_path / "out", existing=existing))
    if existing is Existing.RENAME:
        assert entry.target == "a (2).mid"
    else:
        assert (entry.status, entry.why, entry.target) == (Status.FAILED, IS_FOLDER, "")


def test_an_earlier_plan_stays(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {"a.mid": b"x", "b.mid": b"x", "b (7).mid": b"x"})
    target = fill(tmp_path / "out", {"a (2).mid": b"y", "b (7).mid": b"y"})
    kept = {"a.mid": "a (2).mid", "b.mid": "b (7).mid", "gone.mid": "gone.mid"}
    assert targets(Request((source,), target), kept) == {
        "a.mid": "a (2).mid",
        "b.mid": "b (7).mid",
        "b (7).mid": "b (7) (2).mid",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="links need a POSIX system")
@pytest.mark.parametrize("into_input", [False, True])
@pytest.mark.parametrize("how", [os.link, os.symlink])
def test_a_source_is_never_a_target(tmp_path: Path, how: object, into_input: bool) -> None:
    assert callable(how)
    source, target = fill(tmp_path / "in", {"a.mid": b"x"}), fill(tmp_path / "out", {})
    how(source / "a.mid", target / "a.mid")
    request = Request((source,), target, existing=Existing.OVERWRITE, into_input=into_input)
    if not into_input:
        with pytest.raises(DuvError, match="replace a file that is read"):
            plan_of(request)
        return
    (entry,) = plan_of(request)
    assert entry.status is Status.FAILED and "replace a file that is read" in entry.why


@pytest.mark.skipif(sys.platform == "win32", reason="links need a POSIX system")
def test_links_in_the_target_lead_not_into_the_source(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {"sub/a.mid": b"x"})
    target = fill(tmp_path / "out", {})
    (target / "sub").symlink_to(source / "sub")
    with pytest.raises(DuvError, match="folder that is read"):
        plan_of(Request((source,), target, existing=Existing.RENAME))
    (target / "sub").unlink()
    (target / "sub").mkdir()
    (target / "sub" / "a.mid").symlink_to(source / "new.mid")  # leads nowhere yet
    with pytest.raises(DuvError, match="folder that is read"):
        plan_of(Request((source,), target, existing=Existing.OVERWRITE))


def test_a_target_around_the_source_holds_nothing_of_it(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {"in/a.mid": b"x"})
    with pytest.raises(DuvError, match="folder that is read"):
        plan_of(Request((source,), tmp_path))


BITS = st.sampled_from(["a", "A", "b", " (2)", E_ACUTE, E_AND_ACUTE, "ß", "ss", "İ", ".mid"])
PART = st.lists(BITS, min_size=1, max_size=3).map("".join)
NAMES = st.lists(st.lists(PART, min_size=1, max_size=3).map("/".join), max_size=12, unique=True)


@settings(max_examples=150, deadline=None)
@given(names=NAMES, there=NAMES, existing=st.sampled_from(list(Existing)))
def test_no_two_results_share_a_path(names: list[str], there: list[str], existing: Existing) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder)
        for name in there:
            with suppress(OSError):  # a file where a folder is needed, or the other way round
                (target / f"{name}.mid").parent.mkdir(parents=True, exist_ok=True)
                (target / f"{name}.mid").write_bytes(b"y")
        before = tree(target)
        plan = make_plan(
            [SourceFile(f"{name}.mid", Path("/nowhere") / name) for name in sorted(names)],
            Request((), target, existing=existing),
            OutputGuard((), (), into_input=False),
            {},
        )
        written = [entry.target for entry in plan if entry.status is Status.WAITING]
        assert len(set(map(folded, written))) == len(written)
        assert len({entry.file.name for entry in plan}) == len(names)
        if existing is Existing.RENAME:
            assert not set(written) & before.keys()
        if existing is Existing.SKIP:
            assert all((target / e.target).exists() for e in plan if e.status is Status.SKIPPED)
        folders = {folded(str(parent)) for name in written for parent in Path(name).parents}
        assert not folders & set(map(folded, written))
