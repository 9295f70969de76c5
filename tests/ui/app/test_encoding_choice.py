"""The menu of text encodings: what is in force, and names that are read anew while all that was chosen stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from duv_studio.engine.midi.song import Family
from duv_studio.engine.midi.text_encoding import known_charset
from duv_studio.ui.app.encoding_choice import ENCODINGS
from duv_studio.ui.app.main_window import MainWindow
from tests.midi_builder import TrackSpec, build_song
from tests.ui.conftest import WAIT_S

MS = int(WAIT_S * 1000)
NOTES = [(i * 480, 240, 60, 80) for i in range(8)]


@pytest.fixture
def cyrillic(tmp_path: Path) -> Path:
    path = tmp_path / "Song.mid"
    names = ("Гитара", "Мелодия")
    path.write_bytes(build_song([TrackSpec(NOTES, channel=i, name=n.encode("cp1251")) for i, n in enumerate(names)]))
    return path


def entry(window: MainWindow, charset: str | None) -> QAction:
    return next(a for a in window.commands.encoding.actions() if a.data() == charset and not a.isSeparator())


def names(window: MainWindow) -> list[str]:
    return [track.name for track in window.document.tracks]


def test_the_names_are_read_anew_and_what_was_chosen_stays(window: MainWindow, cyrillic: Path, qtbot: QtBot) -> None:
    menu = window.commands.encoding
    assert not menu.menuAction().isEnabled()
    window.open_paths([cyrillic])
    qtbot.waitUntil(lambda: window.document.ready, timeout=MS)
    assert menu.menuAction().isEnabled()
    assert names(window) == ["Гитара", "Мелодия"]
    assert entry(window, None).isChecked() and entry(window, None).text() == "&Guess: Cyrillic (Windows-1251)"
    document, key = window.document, window.document.tracks[1].key
    document.set_track_family(key, Family.STRINGS, "Instrument Family")
    document.set_current_track(1)
    entry(window, "cp1252").trigger()
    qtbot.waitUntil(lambda: names(window) == ["Ãèòàðà", "Ìåëîäèÿ"], timeout=MS)
    assert [track.family for track in document.tracks] == [Family.PIANO, Family.STRINGS]
    assert entry(window, "cp1252").isChecked() and not entry(window, None).isChecked()
    assert document.current_track == 1 and document.undo_label == "Instrument Family"
    assert window.windowTitle() == "Song.mid"
    qtbot.waitUntil(lambda: document.ready, timeout=MS)
    entry(window, None).trigger()
    qtbot.waitUntil(lambda: names(window) == ["Гитара", "Мелодия"], timeout=MS)
    assert [track.family for track in document.tracks] == [Family.GUITAR, Family.STRINGS]
    qtbot.waitUntil(lambda: document.ready, timeout=MS)


def test_the_menu_knows_charsets_that_there_are() -> None:
    assert all(known_charset(charset) == charset for charset, _ in ENCODINGS)
    assert len({name for _, name in ENCODINGS}) == len(ENCODINGS)
