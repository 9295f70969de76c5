"""Which file of a drop is opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl

from duv_studio.errors import DuvError
from duv_studio.ui.drop import Dropped, choose, local_paths


def test_one_file_is_taken_whatever_its_name(tmp_path: Path) -> None:
    file = tmp_path / "song.bin"
    file.touch()
    assert choose([file]) == Dropped(file, 0)


def test_of_several_the_first_midi_file_is_taken(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("notes.txt", "b.MID", "a.kar", "c.midi")]
    assert choose(files) == Dropped(tmp_path / "b.MID", 2)


def test_a_folder_is_searched_in_order(tmp_path: Path) -> None:
    for name in ("z.mid", "sub/a.smf", "sub/readme.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert choose([tmp_path]) == Dropped(tmp_path / "sub" / "a.smf", 1)


def test_nothing_to_open_is_said(tmp_path: Path) -> None:
    with pytest.raises(DuvError, match="no MIDI file in this folder") as caught:
        choose([tmp_path])
    assert caught.value.file == tmp_path
    with pytest.raises(DuvError, match="what was dropped"):
        choose([tmp_path / "a.txt", tmp_path / "b.txt"])


def test_only_files_of_this_machine_count(tmp_path: Path) -> None:
    mime = QMimeData()
    assert local_paths(mime) == []
    mime.setUrls([QUrl("ftp://example.org/a.mid"), QUrl.fromLocalFile(str(tmp_path / "ピアノ #1.mid"))])
    assert local_paths(mime) == [tmp_path / "ピアノ #1.mid"]
