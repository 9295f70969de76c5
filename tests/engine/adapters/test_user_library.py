"""The user's own adapters: added, titled, noted upon, and never replaced by accident."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from duv_studio import paths
from duv_studio.engine.adapters.library import list_adapters, read_adapter_header
from duv_studio.engine.adapters.user_library import (
    NOTES_FILE,
    add_adapter,
    find_installed_copy,
    folder_name,
    read_notes,
    retitle_adapter,
    title_is_taken,
    write_notes,
)
from duv_studio.errors import DuvError
from tests.adapters_made import hide_shipped, make_adapter, make_base


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of one's own, and no adapters that ship."""
    hide_shipped(monkeypatch, tmp_path / "none")
    return make_base()


def made(base: Path, folder: Path, name: str, **said: object) -> Path:
    return make_adapter(base, path=folder / f"{name}.ckpt", **said)


def titles() -> list[str]:
    return [info.header.title for info in list_adapters()]


def test_an_adapter_is_added_under_its_own_name(base: Path, tmp_path: Path) -> None:
    target = add_adapter(made(base, tmp_path, "a"))
    assert target.parent.name == "my-guitar" and titles() == ["My guitar"]


def test_another_of_that_name_stays_and_the_new_one_is_numbered(base: Path, tmp_path: Path) -> None:
    first = add_adapter(made(base, tmp_path, "a"))
    kept = first.read_bytes()
    second = add_adapter(made(base, tmp_path, "b", created="2026-02-02T00:00:00+00:00", seed=3))
    assert titles() == ["My guitar", "My guitar 2"] and first.read_bytes() == kept
    assert second.parent.name == "my-guitar 2"


def test_the_same_training_is_there_once_and_takes_the_new_title(base: Path, tmp_path: Path) -> None:
    file = made(base, tmp_path, "a")
    first, again = add_adapter(file), add_adapter(file, "Sunday strumming")
    assert first == again and titles() == ["Sunday strumming"]
    assert find_installed_copy(read_adapter_header(file)) == first


def test_one_is_replaced_only_when_that_is_said(base: Path, tmp_path: Path) -> None:
    add_adapter(made(base, tmp_path, "a"), "Strumming")
    other = made(base, tmp_path, "b", created="2026-02-02T00:00:00+00:00")
    assert title_is_taken("Strumming") and not title_is_taken("Picking")
    add_adapter(other, "Strumming", replacing=True)
    assert titles() == ["Strumming"]
    assert list_adapters()[0].header.created.startswith("2026-02-02")


def test_a_title_changes_nothing_else(base: Path, tmp_path: Path) -> None:
    file = made(base, tmp_path, "a")
    weights, header = load_file(file), read_adapter_header(file)
    retitle_adapter(file, " 日本の爪弾き ")
    after = read_adapter_header(file)
    assert after.title == "日本の爪弾き"
    assert (after.created, after.modules, after.verdict) == (header.created, header.modules, header.verdict)
    assert all((weights[name] == w).all() for name, w in load_file(file).items())
    with pytest.raises(DuvError, match="needs a name"):
        retitle_adapter(file, "  ")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and links need a POSIX system")
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda path: os.mkfifo(path), id="a pipe"),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), id="a device"),
        pytest.param(lambda path: path.symlink_to(path), id="a link to itself"),
        pytest.param(lambda path: path.mkdir(), id="a folder"),
        pytest.param(lambda path: path.write_bytes(bytes(2**20 + 1)), id="a large file"),
        pytest.param(lambda path: path.write_bytes(b"\xff"), id="no text"),
    ],
)
def test_notes_that_are_none_are_empty(make: Callable[[Path], object], tmp_path: Path) -> None:
    make(tmp_path / NOTES_FILE)
    assert read_notes(tmp_path / "adapter.safetensors") == ""


def test_notes_lie_beside_the_adapter(base: Path, tmp_path: Path) -> None:
    file = made(base, tmp_path, "a")
    assert read_notes(file) == ""
    write_notes(file, "from the June takes\n")
    assert read_notes(file) == "from the June takes\n" and (tmp_path / NOTES_FILE).is_file()
    write_notes(file, "  ")
    assert not (tmp_path / NOTES_FILE).exists()


def test_what_is_no_adapter_is_refused(base: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "x.safetensors"
    wrong.write_bytes(b"nonsense")
    with pytest.raises(DuvError):
        add_adapter(wrong)
    assert not paths.user_adapters_dir().exists()


@given(st.text(max_size=200))
def test_every_title_has_a_folder_that_can_be_made(title: str) -> None:
    name = folder_name(title)
    assert all(letter.isalnum() or letter in "_.- " for letter in name) and name[0] not in ".- "
    assert not name.endswith((".", " ")) and len(name.encode()) < 220


@pytest.mark.parametrize(("title", "name"), [
    ("My guitar", "My guitar"), ("AC/DC: live", "AC-DC- live"), ("..", "adapter"),
    ("CON", "adapter-CON"), ("", "adapter"),
])  # fmt: skip
def test_folders_by_title(title: str, name: str) -> None:
    assert folder_name(title) == name


def test_a_title_that_could_not_be_read_again_is_not_written(base: Path) -> None:
    file = make_adapter(base)
    with pytest.raises(DuvError, match="a name may have 1000 characters, and this one has 5000"):
        retitle_adapter(file, "x" * 5000)
    retitle_adapter(file, "x" * 1000)
    assert read_adapter_header(file).title == "x" * 1000
