"""Only regular files are opened; everything else is a sentence at once, never a wait."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from duv_studio.engine.regular_file import NoSuchFile, check_regular, open_regular, read_lines, read_regular
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
    for use in (check_regular, open_regular, lambda path, what, most: read_regular(path, most, what)):
        with pytest.raises(DuvError, match="is larger than 2 MB, too large for a recipe"):
            use(tmp_path / "file", "recipe", 2 << 20)
    with pytest.raises(DuvError, match="line 1 is longer than 2 MB, too long for a manifest"):
        next(read_lines(tmp_path / "file", 2 << 20, "manifest"))


def _socket(path: Path) -> None:
    short = os.path.relpath(path)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(short if len(short) < 100 else str(path))


READERS: list[Callable[[Path, str], object]] = [
    check_regular,
    open_regular,
    lambda path, what: read_regular(path, 10, what),
    lambda path, what: list(read_lines(path, 10, what)),
]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "there is no such recipe"),
        (Path.mkdir, "is a folder, not a file"),
        (os.mkfifo, "is a pipe, not a file"),
        (lambda path: path.symlink_to("/dev/zero"), "is a device, not a file"),
        (lambda path: path.symlink_to(path), "cannot be read: Too many levels"),
        (lambda path: path.symlink_to(path.parent / "gone"), "is a link that leads nowhere"),
        (_socket, "is a socket, not a file"),
    ],
    ids=["missing", "folder", "pipe", "device", "loop", "dangling", "socket"],
)
def test_everything_else_is_refused_at_once(tmp_path: Path, make: Callable[[Path], None], words: str) -> None:
    path = tmp_path / "odd"
    make(path)
    for use in READERS:
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


def test_missing_files_can_be_told_from_others(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFile):
        read_regular(tmp_path / "it", 10)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no file here does not know its size")
def test_a_file_that_does_not_know_its_size_is_bounded() -> None:
    assert os.stat("/proc/self/maps").st_size == 0
    with pytest.raises(DuvError, match="larger than 16 bytes"):
        read_regular("/proc/self/maps", 16)


def test_lines_may_be_many_but_not_long(tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(b"x" * 9 + b"\n" + b"y" * 10 + b"\n" + b"z")
    assert [len(line) for line in read_lines(tmp_path / "it", 11)] == [10, 11, 1]
    lines = read_lines(tmp_path / "it", 10)
    assert next(lines) == b"x" * 9 + b"\n"
    with pytest.raises(DuvError, match="line 2 is longer than 10 bytes"):
        next(lines)


def test_a_file_that_becomes_a_pipe_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, file, stat = tmp_path / "it", tmp_path / "file", os.stat
    os.mkfifo(path)
    file.touch()
    monkeypatch.setattr(os, "stat", lambda name, **more: stat(file if name == path else name, **more))
    refused = threading.Event()

    def read() -> None:
        with pytest.raises(DuvError, match="is a pipe"):
            read_regular(path, 10)
        refused.set()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    assert refused.wait(20)
    thread.join()
