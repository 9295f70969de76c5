"""Files are written whole or not at all, and what hinders it is said in a sentence."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from duv_studio.engine.atomic import write_atomically
from duv_studio.errors import DuvError


def _failing(number: int) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_the_bytes_are_there_and_nothing_else(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a.bin", b"one")
    write_atomically(str(tmp_path / "a.bin"), b"two")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a.bin": b"two"}


@pytest.mark.parametrize(
    ("step", "number", "words"),
    [
        ("fsync", errno.ENOSPC, "disk is full"),
        ("fsync", errno.EIO, "could not be written"),
        ("replace", errno.EACCES, "may not be written"),
        ("open", errno.EROFS, "only be read"),
    ],
)
def test_a_failure_leaves_the_old_file_and_no_litter(
    step: str, number: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, step, _failing(number))
    with pytest.raises(DuvError, match=words) as caught:
        write_atomically(path, b"new")
    monkeypatch.undo()
    assert caught.value.file == path and caught.value.hint
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a.bin": b"old"}


def test_an_interruption_leaves_no_litter_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a.bin", b"new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [("missing/a.bin", "folder does not exist"), ("file/a.bin", "folder is a file"), (".", "folder of that name"),
     ("x" * 300, "too long"), ("\0", "null"), ("pipe", "device")],
)  # fmt: skip
def test_places_where_no_file_can_be(name: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DuvError, match=words):
        write_atomically(tmp_path / name, b"data")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "pipe"]


def test_a_link_goes_on_pointing_at_the_file(tmp_path: Path) -> None:
    (tmp_path / "real.bin").write_bytes(b"old")
    (tmp_path / "link.bin").symlink_to("real.bin")
    write_atomically(tmp_path / "link.bin", b"new")
    assert (tmp_path / "link.bin").is_symlink()
    assert (tmp_path / "real.bin").read_bytes() == b"new"


def test_permissions_of_new_and_of_replaced_files(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    (tmp_path / "private").write_bytes(b"")
    (tmp_path / "private").chmod(0o600)
    write_atomically(tmp_path / "new", b"")
    write_atomically(tmp_path / "private", b"")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert (tmp_path / "private").stat().st_mode & 0o777 == 0o600
