"""What a drop on the window means."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl

from duv_studio.ui.document.dropped_files import is_midi_name, local_paths, one_file


def test_one_file_is_meant_whatever_its_name(tmp_path: Path) -> None:
    file = tmp_path / "song.bin"
    assert one_file([file]) == file  # reading it tells what it is, or that it is gone
    file.touch()
    assert one_file([file]) == file


def test_a_folder_several_files_or_nothing_are_no_single_file(tmp_path: Path) -> None:
    assert one_file([tmp_path]) is None
    assert one_file([tmp_path / "a.mid", tmp_path / "b.mid"]) is None
    assert one_file([]) is None


def test_names_of_midi_files_are_known_in_any_case(tmp_path: Path) -> None:
    names = ("a.mid", "b.MIDI", "c.Kar", "d.smf", "e.txt", "mid")
    assert [is_midi_name(tmp_path / name) for name in names] == [True] * 4 + [False] * 2


def test_only_files_of_this_machine_count(tmp_path: Path) -> None:
    mime = QMimeData()
    assert local_paths(mime) == []
    mime.setUrls([QUrl("ftp://example.org/a.mid"), QUrl.fromLocalFile(str(tmp_path / "ピアノ #1.mid"))])
    assert local_paths(mime) == [tmp_path / "ピアノ #1.mid"]
