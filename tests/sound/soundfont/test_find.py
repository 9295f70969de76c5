"""Which SoundFont plays: the one that ships, or the user's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from duv_studio.errors import DuvError
from duv_studio.sound.soundfont import find
from duv_studio.sound.soundfont.find import chosen_soundfont, shipped_soundfont


def test_without_a_choice_it_is_the_one_that_ships() -> None:
    assert chosen_soundfont(None) == shipped_soundfont()
    assert shipped_soundfont().is_file()


@pytest.mark.parametrize("name", ["mine.sf2", "MINE.SF3"])
def test_a_choice_plays(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"RIFF")
    assert chosen_soundfont(tmp_path / name) == tmp_path / name


@pytest.mark.parametrize(
    ("name", "said"),
    [("gone.sf2", "there is no such SoundFont"), ("folder.sf2", "is a folder"), ("song.mid", "whose name ends in")],
)
def test_what_cannot_be_one_is_said_by_its_name(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "folder.sf2").mkdir()
    (tmp_path / "song.mid").write_bytes(b"MThd")
    with pytest.raises(DuvError, match=said) as caught:
        chosen_soundfont(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


def test_an_installation_without_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "SHIPPED", "gone.sf3")
    with pytest.raises(DuvError, match="install DUV Studio again"):
        shipped_soundfont()
