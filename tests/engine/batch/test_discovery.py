"""Which files a batch finds, whatever stands, leads or is broken among them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from duv_studio.engine.batch.discovery import list_files
from duv_studio.engine.midi.midi_file import LARGEST_FILE
from duv_studio.errors import Cancelled, DuvError
from tests.batch_trees import fill

posix = pytest.mark.skipif(sys.platform == "win32", reason="links and odd names need a POSIX system")


def names(source: Path, *more: Path, target: Path | None = None, into_input: bool = False) -> list[str]:
    found = list_files([source, *more], target or source.parent / "out", into_input=into_input)
    assert not any(file.why for file in found)
    return [file.name for file in found]


def troubles(source: Path) -> dict[str, str]:
    return {file.name: file.why for file in list_files([source], source.parent / "out") if file.why}


def test_midi_files_of_a_tree_are_listed_by_name(tmp_path: Path) -> None:
    files = ["b.mid", "B.MIDI", "a/z.Kar", "a/b/c.smf", "a.mid", "notes.txt", "mid", ".mid/x.mid", "a/song.RMI"]
    source = fill(tmp_path / "in", dict.fromkeys(files, b"x"))
    (source / "folder.mid").mkdir()
    assert names(source) == [".mid/x.mid", "B.MIDI", "a/b/c.smf", "a/song.RMI", "a/z.Kar", "a.mid", "b.mid"]
    found = {file.name: file for file in list_files([source], tmp_path / "out")}
    state = (source / "a.mid").stat()
    assert found["a.mid"].path == source / "a.mid"
    assert (found["a.mid"].size, found["a.mid"].mtime_ns) == (1, state.st_mtime_ns)


def test_several_sources_keep_their_names(tmp_path: Path) -> None:
    one, other = (fill(tmp_path / name / "songs", {"a.mid": b"x"}) for name in ("1", "2"))
    single = fill(tmp_path, {"single.mid": b"x"}) / "single.mid"
    assert names(single) == ["single.mid"]
    assert names(one, single, other, one) == ["single.mid", "songs/a.mid", "songs (2)/a.mid"]
    assert names(one) == ["a.mid"]


def test_what_is_named_itself_may_be_called_anything(tmp_path: Path) -> None:
    assert names(fill(tmp_path, {"song.bin": b"x"}) / "song.bin") == ["song.bin"]


def test_files_that_macos_writes_beside_others_are_skipped_with_a_word(tmp_path: Path) -> None:
    files = {
        "a.mid": b"x",
        "._a.mid": b"\0\5\x16\7",
        "b/._c.MIDI": b"\0\5\x16\7",
        "._folder/d.mid": b"x",
        "_.mid": b"x",
    }
    source = fill(tmp_path / "in", files)
    found = list_files([source], tmp_path / "out")
    assert {file.name for file in found if file.skipped} == {"._a.mid", "b/._c.MIDI"}
    assert all(("macOS" in file.why) is file.skipped for file in found)
    assert [file.name for file in found if not file.why] == ["._folder/d.mid", "_.mid", "a.mid"]
    assert names(source / "._a.mid") == ["._a.mid"]  # who names it means it
    (source / "a.mid").unlink()
    with pytest.raises(DuvError, match="no MIDI files"):
        list_files([source / "b"], tmp_path / "out")


@posix
def test_links_are_followed_once_and_real_folders_come_first(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {"z/a.mid": b"x", "z/deep/b.mid": b"x"})
    other = fill(tmp_path / "other", {"c.mid": b"x", "d/e.mid": b"x"})
    (source / "a link").symlink_to(source / "z")  # listed anyway
    (source / "elsewhere").symlink_to(other)
    (source / "elsewhere again").symlink_to(other)
    (source / "z" / "up").symlink_to(source)
    (source / "z" / "further up").symlink_to(tmp_path)
    (other / "back").symlink_to(other)
    (source / "file.mid").symlink_to(other / "c.mid")
    assert names(source) == ["elsewhere/c.mid", "elsewhere/d/e.mid", "file.mid", "z/a.mid", "z/deep/b.mid"]


@posix
def test_the_target_is_not_listed(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {"a.mid": b"x", "out/a.mid": b"x"})
    assert names(source, target=source / "out", into_input=True) == ["a.mid"]
    elsewhere = fill(tmp_path / "out", {"b.mid": b"x"})
    (source / "link").symlink_to(elsewhere)
    assert names(source, target=elsewhere) == ["a.mid", "out/a.mid"]


@posix
def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {"a.mid": b"x"})
    (source / "broken.mid").symlink_to(tmp_path / "nowhere")
    (source / "round.mid").symlink_to(source / "round.mid")
    (source / "broken.txt").symlink_to(tmp_path / "nowhere")
    os.mkfifo(source / "pipe.mid")
    with (source / "huge.mid").open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    assert troubles(source) == {
        "broken.mid": "The link leads nowhere",
        "round.mid": "The link leads nowhere",
        "pipe.mid": "This is a device, not a file",
        "huge.mid": "The file is larger than 32 MB",
    }


@posix
def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = fill(tmp_path / "in", {"a.mid": b"x", "secret/b.mid": b"x"})
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)  # chmod would not stop an administrator
    assert troubles(source) == {"secret/": "The folder cannot be read: Permission denied"}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have only names that are text")
def test_names_that_are_no_text_are_told(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {"a.mid": b"x"})
    Path(os.fsdecode(os.fsencode(source) + b"/\x83\x5c.mid")).write_bytes(b"x")
    Path(os.fsdecode(os.fsencode(source) + b"/\x83\x5c.txt")).write_bytes(b"x")
    fill(Path(os.fsdecode(os.fsencode(source) + b"/\xff")), {"b.mid": b"x"})
    found = troubles(source)
    assert found.keys() == {"\N{REPLACEMENT CHARACTER}\\.mid", "\N{REPLACEMENT CHARACTER}"}
    assert all("no text" in why for why in found.values())


def test_a_tree_may_be_deep(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    here = os.getcwd()
    try:
        os.chdir(folder)
        for _ in range(400):
            os.mkdir("d")
            os.chdir("d")
        Path("a.mid").write_bytes(b"x")
    finally:
        os.chdir(here)
    assert names(folder) == ["d/" * 400 + "a.mid"]


@pytest.mark.parametrize("name", ["in", "in/.", "in/sub", "in/new/new"])
def test_a_target_among_the_sources_is_refused(tmp_path: Path, name: str) -> None:
    source = fill(tmp_path / "in", {"a.mid": b"x", "sub/b.mid": b"x"})
    with pytest.raises(DuvError, match="read"):
        list_files([source], tmp_path / name)


@posix
@pytest.mark.parametrize("into_input", [False, True])
def test_a_link_to_the_source_is_the_source(tmp_path: Path, into_input: bool) -> None:
    source = fill(tmp_path / "in", {"a.mid": b"x", "sub/b.mid": b"x"})
    (tmp_path / "link").symlink_to(source)
    with pytest.raises(DuvError, match="among the files"):
        list_files([source], tmp_path / "link", into_input=into_input)
    with pytest.raises(DuvError, match="among the files"):
        list_files([tmp_path / "link"], source, into_input=into_input)
    if not into_input:
        with pytest.raises(DuvError, match="a folder that is read"):
            list_files([source], tmp_path / "link" / "new")


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {"a.txt": b"x"})
    with pytest.raises(DuvError, match="no MIDI files"):
        list_files([source], tmp_path / "out")
    with pytest.raises(DuvError, match="no such file"):
        list_files([tmp_path / "none"], tmp_path / "out")
    with pytest.raises(DuvError, match="no folder"):
        list_files([source], source / "a.txt")
    with pytest.raises(DuvError, match="nothing to read"):
        list_files([], tmp_path / "out")


def test_a_search_tells_how_many_files_there_are(tmp_path: Path) -> None:
    told: list[int] = []
    list_files(
        [fill(tmp_path / "in", {"a.mid": b"x", "n.txt": b"x", "sub/b.mid": b"x"})], tmp_path / "o", found=told.append
    )
    assert told == [1, 2]


def test_a_search_can_be_cancelled(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        list_files([fill(tmp_path / "in", {"a.mid": b"x"})], tmp_path / "out", cancelled=lambda: True)
