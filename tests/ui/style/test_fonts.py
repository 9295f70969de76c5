"""Letters are letters, also on a machine without a font."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication

from duv_studio.ui.style.apply import ensure_font
from tests import ROOT

NO_FONTS = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>{empty}</dir></fontconfig>'

_LETTERS = """
from PySide6.QtGui import QFontInfo, QFontMetrics
from duv_studio.ui.app.startup import make_application
app = make_application()
print(QFontInfo(app.font()).family())
print(all(QFontMetrics(app.font()).inFontUcs4(ord(letter)) for letter in "Aé–…×"))
"""


def letters(environment: dict[str, str]) -> list[str]:
    """The font that letters are drawn in, and whether they are in it, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _LETTERS],
        env={**os.environ, **environment}, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return done.stdout.splitlines()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="fontconfig decides on Linux alone")
def test_a_machine_without_fonts_uses_the_one_that_ships(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "fonts.conf").write_text(NO_FONTS.format(empty=tmp_path / "empty"))
    assert letters({"FONTCONFIG_FILE": str(tmp_path / "fonts.conf")}) == ["DejaVu Sans", "True"]


def test_fonts_of_the_system_are_kept_to(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> None:
    monkeypatch.setattr(QFontDatabase, "addApplicationFont", pytest.fail)
    before = qapp.font()
    ensure_font(qapp)
    assert qapp.font() == before
