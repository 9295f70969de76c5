"""The dialog about one track: what it changes, what it says, and that it follows undo."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from duv_studio.engine.midi.song import Family
from duv_studio.ui.document.document import Document
from duv_studio.ui.panels.track_list import TrackList
from duv_studio.ui.panels.track_model import Role
from duv_studio.ui.panels.track_settings import FOUND, NAMED, NONE, TrackSettings
from tests.songs import make_song, make_track

KIT = [(i * 240, 100, (36, 42, 38, 46)[i % 4], 100) for i in range(16)]
VIOLIN = [(i * 480, 400, 60 + i % 5, 80) for i in range(32)] + [(i * 1920, 60, 24 + i % 2, 90) for i in range(8)]


@pytest.fixture
def document() -> Document:
    document = Document()
    tracks = (
        make_track(KIT, name="Drums", channel=9, family=Family.DRUMS),
        make_track(VIOLIN, index=1, name="Violin", program=40, channel=1, family=Family.STRINGS),
    )
    document.set_song(make_song(*tracks))
    return document


Opener = Callable[[int], TrackSettings]


@pytest.fixture
def opened(document: Document, qtbot: QtBot) -> Opener:
    def make(index: int) -> TrackSettings:
        dialog = TrackSettings(document, index)
        qtbot.addWidget(dialog)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        dialog.show()
        return dialog

    return make


def keys(document: Document) -> list[str]:
    assert document.song is not None
    return [track.key for track in document.song.tracks]


def test_shares_reach_their_track_alone(document: Document, opened: Opener) -> None:
    dialog, (_, violin) = opened(1), keys(document)
    dialog.shares["track_velocity"].number.setValue(0)
    dialog.shares["track_duration"].number.setValue(40)
    assert dict(document.settings.track_velocity) == {violin: 0.0}
    assert dict(document.settings.track_duration) == {violin: 0.4}
    assert document.undo_label == "Track Duration"
    document.undo()
    assert dialog.shares["track_duration"].number.value() == 100
    document.undo()
    assert dialog.shares["track_velocity"].slider.value() == 100 and not document.settings.track_velocity


def test_kept_pitches_are_read_as_they_are_typed(document: Document, opened: Opener) -> None:
    dialog, (drums, _) = opened(0), keys(document)
    QTest.keyClicks(dialog.kept.line, "kick, 38")
    assert document.settings.protected_pitches[drums] == {35, 36, 38}
    assert dialog.verdict.text() == "8 notes stay: kept: kick, snare"
    QTest.keyClicks(dialog.kept.line, ", kazoo")
    assert document.settings.protected_pitches[drums] == {35, 36, 38}, "what is wrong changes nothing"
    assert "kazoo" in dialog.kept.verdict.text() and dialog.kept.line.property("state") == "error"
    dialog.kept.line.clear()
    assert not document.settings.protected_pitches and dialog.kept.line.property("state") == ""
    assert dialog.verdict.text() == "Every note of this track may change."


def test_typing_is_one_step_of_undo_and_undo_is_shown(document: Document, opened: Opener) -> None:
    dialog = opened(0)
    document.hold()
    QTest.keyClicks(dialog.kept.line, "36, 46")
    document.release()
    dialog.kept.line.clearFocus()
    document.undo()
    assert (dialog.kept.line.text(), dict(document.settings.protected_pitches)) == ("", {})
    document.redo()
    assert dialog.kept.line.text() == "open hat, C2"


def test_key_switches_are_found_named_or_none(document: Document, opened: Opener) -> None:
    dialog, (_, violin) = opened(1), keys(document)
    assert dialog.switching.currentIndex() == FOUND and not dialog.switches.isVisible()
    assert dialog.verdict.text() == "8 notes stay: key-switch C1, C#1, apart from what is played"
    for choice, pitches, stay in ((NAMED, {24, 25}, 8), (NONE, set(), 0)):
        dialog.switching.setCurrentIndex(choice)
        dialog.switching.activated.emit(choice)
        assert document.settings.keyswitches[violin] == pitches
        assert int(document.selection[1].keyswitches.sum()) == stay
        assert dialog.switches.isVisible() == (choice == NAMED)
    dialog.switching.setCurrentIndex(NAMED)
    dialog.switching.activated.emit(NAMED)
    dialog.switches.line.setText("C4-D4")
    assert document.settings.keyswitches[violin] == {60, 61, 62}
    dialog.switches.line.setText("kick")
    assert "kick" in dialog.switches.verdict.text() and document.settings.keyswitches[violin] == {60, 61, 62}
    dialog.switching.setCurrentIndex(FOUND)
    dialog.switching.activated.emit(FOUND)
    assert not document.settings.keyswitches


def test_it_shows_what_was_set(document: Document, opened: Opener) -> None:
    drums, violin = keys(document)
    document.set_protected_pitches(drums, frozenset({35, 36, 42, 44, 46, 99}), "Keep")
    document.set_keyswitches(violin, frozenset({12, 13, 14}), "Key-Switches")
    document.set_track_share("track_velocity", violin, 0.25, "Velocity")
    assert opened(0).kept.line.text() == "kick, closed hat, pedal hat, open hat, D#7"
    dialog = opened(1)
    assert (dialog.switching.currentIndex(), dialog.switches.line.text()) == (NAMED, "C0-D0")
    assert dialog.shares["track_velocity"].number.value() == 25


def test_it_closes_with_its_song(document: Document, opened: Opener) -> None:
    dialog = opened(1)
    document.set_song(make_song(make_track(KIT)))
    assert not dialog.isVisible() and not document.settings.track_velocity


def test_the_list_opens_it_and_says_what_is_set(document: Document, qtbot: QtBot) -> None:
    panel = TrackList(document)
    qtbot.addWidget(panel)
    panel.show()
    menu = panel.view.menu_for(panel.view.model().index(2, 0))
    next(action for action in menu.actions() if action.text() == "Track Settin&gs…").trigger()
    (dialog,) = panel.window().findChildren(TrackSettings)
    assert dialog.windowTitle() == "Track Settings – Violin"
    dialog.shares["track_velocity"].number.setValue(0)
    row = panel.view.model().index(2, 0)
    assert row.data(Role.DETAIL) == "Violin · strings · velocity 0 %" or "velocity 0 %" in row.data(Role.DETAIL)
    assert "velocity 0 %" in row.data(Qt.ItemDataRole.ToolTipRole)
    assert "velocity 0 %" in row.data(Qt.ItemDataRole.AccessibleTextRole)
    dialog.close()
    panel.view.setCurrentIndex(panel.view.model().index(0, 0))
    panel.view.ask_settings()
    assert [d for d in panel.window().findChildren(TrackSettings) if d.isVisible()] == []
