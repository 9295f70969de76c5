"""Only regular files are opened; everything else is a sentence at once, never a wait."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from duv_studio.engine.regular_file import open_regular, read_regular
from duv_studio.errors import DuvError


def test_a_file_and_a_link_to_it_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for name in ("file", "link"):
        assert read_regular(tmp_path / name, 5) == b"12345"
        with open_regular(str(tmp_path / name)) as file:
            assert file.read() == b"12345"


def test_a_larger_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(DuvError, match="is larger than 2 MB, too large for a recipe"):
        read_regular(tmp_path / "file", 2 << 20, "recipe")


def _socket(path: Path) -> None:
    short = os.path.relpath(path)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(short if len(short) < 100 else str(path))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "there is no such recipe"),
        (Path.mkdir, "is a folder, not a file"),
        (os.mkfifo, "is a pipe, not a file"),
        (lambda path: path.symlink_to("/dev/zero"), "is a device, not a file"),
        (lambda path: path.symlink_to(path), "cannot be read: Too many levels"),
        (lambda path: path.symlink_to(path.parent / "gone"), "is a link that leads nowhere"),
        (_socket, "cannot be read"),
    ],
    ids=["missing", "folder", "pipe", "device", "loop", "dangling", "socket"],
)
def test_everything_else_is_refused_at_once(tmp_path: Path, make: Callable[[Path], None], words: str) -> None:
    path = tmp_path / "odd"
    make(path)
    for use in (open_regular, lambda p, what: read_regular(p, 10, what)):
        with pytest.raises(DuvError, match=words) as refused:
            use(path, "recipe")
        assert refused.value.file == path


def test_a_name_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(DuvError, match="cannot be read"):
        open_regular("a\0b")


def test_what_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "file").touch()
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(DuvError, match="may not be read"):
        open_regular(tmp_path / "file")
