"""Text that a user reads."""

from __future__ import annotations

import pytest
from PySide6.QtGui import Qt, QTextDocument

from duv_studio.ui.words import count, percent, plain_tip


@pytest.mark.parametrize("text", ["Lead", "<b>Lead</b>\nchannel 1", "a < b & c", "R&B <take 2>"])
def test_a_tip_shows_names_as_they_are(text: str) -> None:
    tip = plain_tip(text)
    document = QTextDocument()
    if Qt.mightBeRichText(tip):
        document.setHtml(tip)
    else:
        document.setPlainText(tip)
    assert document.toPlainText() == text


def test_numbers() -> None:
    assert (count(1, "note", "notes"), count(2000, "note", "notes")) == ("1 note", "2,000 notes")
    assert percent(0.9) == "90 %"
