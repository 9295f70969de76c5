"""Names that a file gives for other files, by the rules of POSIX systems and of Windows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.names_inside import is_inside, problem_of_name

GOOD = ["a.mid", "sub/a.mid", "…/ü.mid", "a..b/..c/d..", ".hidden", "console.mid", "lpt/com/x", "x" * 1000]
BAD: list[object] = [
    "", ".", "..", "/", "/a", "//a", "../a", "a/..", "a/../b", "a/./b", "./a", "a//b", "a/", "a\0", "x" * 10**6,
    None, True, 1, 1.5, ["a"], {"a": 1}, b"a",
]  # fmt: skip
BAD_ON_WINDOWS = [
    "C:a", "C:/a", "c:\\a", "\\a", "\\\\host\\share\\a", "..\\a", "a\\..\\b", "a\\", "\\\\?\\C:\\a", "a:stream",
    "a/b:c", "nul", "NUL.mid", "sub/con", "com1.mid", "LPT9", "aux .mid", "com\u00b9", "CONIN$", "a.", "a ", "sub./a",
    "a /b",
]  # fmt: skip


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("name", BAD, ids=lambda name: repr(name)[:20])
def test_bad_everywhere(name: object, windows: bool) -> None:
    said = problem_of_name(name, windows)
    assert said and len(said) < 200 and said.isprintable()


@pytest.mark.parametrize("name", BAD_ON_WINDOWS)
def test_bad_on_windows(name: str) -> None:
    assert problem_of_name(name, windows=True)


@pytest.mark.parametrize("name", GOOD, ids=lambda name: name[:20])
def test_good(name: str) -> None:
    assert not problem_of_name(name, windows=False)
    assert not problem_of_name(name, windows=True) or name.endswith(".")


@given(st.lists(st.sampled_from(["a", "b", "..", ".", "", "/", "\\", "C:", "\0"]), max_size=6).map("/".join))
def test_what_passes_stays_inside(name: str) -> None:
    folder = Path("/nowhere/at/all")
    if not problem_of_name(name, windows=False):
        assert is_inside(folder / name, folder)
        assert os.path.normpath(name) == name


def test_links_are_followed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "out").symlink_to(tmp_path)
    (folder / "here").symlink_to(folder)
    (tmp_path / "in2").mkdir()
    assert is_inside(folder / "here" / "a", folder) and is_inside(folder / "new" / "a", folder)
    assert not is_inside(folder / "out" / "a", folder) and not is_inside(folder, folder)
    assert not is_inside(tmp_path / "in2" / "a", folder)
