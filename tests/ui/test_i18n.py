"""Text that a user reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import Qt, QTextDocument

from duv_studio.ui.i18n import count, percent, place, plain_tip


@pytest.mark.parametrize("text", ["Lead", "<b>Lead</b>\nchannel 1", "a < b & c", "R&B <take 2>"])
def test_a_tip_shows_names_as_they_are(text: str) -> None:
    tip = plain_tip(text)
    document = QTextDocument()
    if Qt.mightBeRichText(tip):
        document.setHtml(tip)
    else:
        document.setPlainText(tip)
    assert document.toPlainText() == text


def test_the_home_folder_is_written_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert place(tmp_path / "Music" / "練習") == str(Path("~", "Music", "練習"))
    assert place(tmp_path) == "~" and place(tmp_path.parent) == str(tmp_path.parent)


def test_numbers() -> None:
    assert (count(1, "note", "notes"), count(2000, "note", "notes")) == ("1 note", "2,000 notes")
    assert percent(0.9) == "90 %"
