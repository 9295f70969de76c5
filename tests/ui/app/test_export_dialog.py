"""Names and places of exports."""

from __future__ import annotations

from pathlib import Path

import pytest

from duv_studio.ui.app.export_dialog import is_same_file, suggested_path, with_suffix


def test_the_name_says_what_it_is_and_stands_beside_the_source(tmp_path: Path) -> None:
    source = tmp_path / "My song v1.2.mid"
    assert suggested_path(source, None) == tmp_path / "My song v1.2 (humanized).mid"
    assert suggested_path(source, tmp_path / "out") == tmp_path / "out" / "My song v1.2 (humanized).mid"
    assert suggested_path(source.with_suffix(".rmi"), None) == tmp_path / "My song v1.2 (humanized).rmi"


def test_a_song_without_a_file_or_in_a_folder_that_is_gone_goes_home(tmp_path: Path) -> None:
    assert suggested_path(None, None).parent == Path.home()
    assert suggested_path(tmp_path / "gone" / "a.mid", None) == Path.home() / "a (humanized).mid"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a", "a.mid"),
        ("a.mid", "a.mid"),
        ("a.MID", "a.MID"),
        ("a.kar", "a.kar"),
        ("a.rmi", "a.rmi"),
        ("song v1.2", "song v1.2.mid"),
    ],
)
def test_every_name_gets_a_midi_ending(given: str, expected: str) -> None:
    assert with_suffix(Path(given)) == Path(expected)


def test_one_file_under_two_names(tmp_path: Path) -> None:
    file, other = tmp_path / "a.mid", tmp_path / "b.mid"
    file.touch()
    assert is_same_file(file, tmp_path / "sub" / ".." / "a.mid")
    assert not is_same_file(file, other)
    other.hardlink_to(file)
    assert is_same_file(file, other)
    assert not is_same_file(None, file)
