"""Recent files: newest first, each once, not too many, and still there tomorrow."""

from __future__ import annotations

from pathlib import Path

import pytest

from duv_studio.ui.document.preferences import LONGEST, Preferences, RecentFiles


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "window.ini"


def test_newest_first_each_once(store: Path, tmp_path: Path) -> None:
    recent = RecentFiles(Preferences(store))
    for name in ("a.mid", "b.mid", "a.mid"):
        recent.add(tmp_path / name)
    assert [p.name for p in recent.paths] == ["a.mid", "b.mid"]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_the_list_outlives_the_session(store: Path, tmp_path: Path, n: int) -> None:
    preferences = Preferences(store)
    recent = RecentFiles(preferences)
    for i in range(n):
        recent.add(tmp_path / f"曲, {i};.mid")
    preferences.save()
    assert RecentFiles(Preferences(store)).paths == recent.paths
    assert len(recent.paths) == n


def test_it_stays_short_and_can_be_cleared(store: Path, tmp_path: Path) -> None:
    recent = RecentFiles(Preferences(store))
    changes: list[int] = []
    recent.changed.connect(lambda: changes.append(1))
    for i in range(LONGEST + 5):
        recent.add(tmp_path / f"{i}.mid")
    assert len(recent.paths) == LONGEST
    recent.remove(recent.paths[0])
    assert len(recent.paths) == LONGEST - 1
    recent.clear()
    assert recent.paths == []
    assert len(changes) == LONGEST + 7
