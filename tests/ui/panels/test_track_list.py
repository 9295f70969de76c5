"""The track list: what rows say, and what mouse and keys do to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from duv_studio.engine.midi.song import Family
from duv_studio.engine.performance.sampling import draw
from duv_studio.ui.document.document import Document
from duv_studio.ui.panels.track_list import TrackList, TrackView
from duv_studio.ui.panels.track_model import Role
from tests.songs import make_song, make_track, predict
from tests.ui.conftest import pops_up

ROWS = [(i * 240, 200, 60, 80) for i in range(8)]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    document = Document()
    tracks = (
        make_track(ROWS),
        make_track(ROWS[:5], index=1, name="", program=33, channel=1, family=Family.BASS),
        make_track(ROWS, index=2, name="ピアノ\n" * 40, channel=2),
    )
    document.set_song(make_song(*tracks))
    return document


@pytest.fixture
def view(document: Document, qtbot: QtBot) -> Iterator[TrackView]:
    panel = TrackList(document)
    qtbot.addWidget(panel)
    panel.resize(250, 500)
    panel.show()
    yield panel.view
    del panel  # alive until here


def checks(view: TrackView) -> list[Qt.CheckState]:
    model = view.model()
    return [model.index(row, 0).data(Qt.ItemDataRole.CheckStateRole) for row in range(model.rowCount())]


def test_rows_say_what_gave_way_to_make_room(document: Document, view: TrackView) -> None:
    loud = [(i * 240, 200, 60, 127) for i in range(64)]
    document.set_song(make_song(make_track(loud), make_track(ROWS, index=1, channel=1)))
    assert document.song is not None
    document.add_prediction(document.missing_readings(), predict(document.song))
    document.set_draw(document.wanted_draw, draw(document.song, document.prediction, seed=0, variation=0.5))
    document.settle()
    row, other = (view.model().index(k, 0) for k in (1, 2))
    assert row.data(Role.DETAIL).startswith("level \N{MINUS SIGN}") and "level" not in other.data(Role.DETAIL)
    assert "would not fit into 1 to 127" in row.data(Qt.ItemDataRole.ToolTipRole)
    document.change("Velocity", velocity=0.0)
    document.settle()
    assert "level" not in row.data(Role.DETAIL)


def test_rows_say_name_sound_and_notes(view: TrackView) -> None:
    rows = [view.model().index(row, 0) for row in range(4)]
    assert [r.data() for r in rows[:3]] == ["All tracks", "Piano", "Electric Bass (finger)"]
    assert "\n" not in rows[3].data()
    assert [r.data(Role.DETAIL) for r in rows[:3]] == ["3 of 3 humanized", "Acoustic Grand Piano", "Channel 2"]
    assert [r.data(Role.COUNT) for r in rows] == ["21", "8", "5", "8"]
    view.grab()


def test_a_row_says_whom_its_track_follows_and_where_it_plays(view: TrackView, document: Document) -> None:
    tip = view.model().index(3, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "channel 3" in tip and "Follows track 1" in tip
    document.set_track_included({"0:0:0": False}, "Exclude Track")
    assert "Follows" not in view.model().index(3, 0).data(Qt.ItemDataRole.ToolTipRole)
    spread = make_track(ROWS, index=0)
    notes = replace(spread.notes, channel=np.arange(8, dtype=np.int64) + 1)
    document.set_song(make_song(replace(spread, notes=notes)))
    assert "channels 2 to 9" in view.model().index(1, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_a_row_says_which_lengths_a_piano_gets(view: TrackView, document: Document) -> None:
    def tips() -> list[str]:
        return [view.model().index(row, 0).data(Qt.ItemDataRole.ToolTipRole) for row in (1, 2)]

    piano, bass = tips()
    assert "Lengths of the sound (no sustain pedal" in piano and "Lengths of" not in bass
    document.change("Piano Lengths", lengths="keys")
    assert "Lengths of the keys (asked for)" in tips()[0]
    document.set_track_included({"0:0:0": False}, "Exclude Track")
    assert "Lengths of" not in tips()[0]


def test_an_excluded_track_says_why(view: TrackView, document: Document) -> None:
    document.change("Exclude Pattern", exclude="Bass")
    row = view.model().index(2, 0)
    assert row.data(Role.DETAIL) == 'excluded by "Bass"'
    assert 'excluded by "Bass"' in row.data(Qt.ItemDataRole.ToolTipRole)
    assert 'excluded by "Bass"' in row.data(Qt.ItemDataRole.AccessibleTextRole)
    assert checks(view) == [
        Qt.CheckState.PartiallyChecked, Qt.CheckState.Checked, Qt.CheckState.Unchecked, Qt.CheckState.Checked,
    ]  # fmt: skip


def test_a_click_on_the_box_includes_and_excludes(view: TrackView, document: Document) -> None:
    box = view.layout_of(view.model().index(1, 0)).box.center()
    QTest.mouseClick(view.viewport(), LEFT, pos=box)
    assert not document.selection[0].included
    assert document.undo_label == "Exclude Track"
    QTest.mouseDClick(view.viewport(), LEFT, pos=box)
    assert document.selection[0].included
    box = view.layout_of(view.model().index(0, 0)).box.center()
    QTest.mouseClick(view.viewport(), LEFT, pos=box)
    assert not any(s.included for s in document.selection)


def test_dragging_the_slider_is_one_step_and_stays_in_its_row(view: TrackView, document: Document) -> None:
    assert document.song is not None
    layout = view.layout_of(view.model().index(1, 0))
    middle, left = layout.bar.center(), QPoint(layout.bar.left(), layout.bar.center().y())
    QTest.mousePress(view.viewport(), LEFT, pos=middle)
    assert document.settings.track_intensity[document.song.tracks[0].key] == pytest.approx(0.5, abs=0.02)
    QTest.mouseMove(view.viewport(), left + QPoint(0, 70))  # over the next row
    QTest.mouseRelease(view.viewport(), LEFT, pos=left)
    assert dict(document.settings.track_intensity) == {document.song.tracks[0].key: 0.0}
    assert document.current_track == 0
    document.undo()
    assert dict(document.settings.track_intensity) == {}


def test_keys_choose_toggle_and_set(view: TrackView, document: Document) -> None:
    assert document.song is not None
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert document.current_track == 1
    QTest.keyClick(view, Qt.Key.Key_Space)  # plays, in the window
    assert document.selection[1].included
    view.toggle_current()
    assert not document.selection[1].included
    QTest.keyClick(view, Qt.Key.Key_Left)
    QTest.keyClick(view, Qt.Key.Key_Left)
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert document.settings.track_intensity[document.song.tracks[1].key] == 0.95
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert document.current_track is None


def test_the_list_follows_the_document(view: TrackView, document: Document) -> None:
    document.set_current_track(2)
    assert view.currentIndex().row() == 3
    document.set_current_track(None)
    assert view.currentIndex().row() == 0
    document.set_song(None)
    assert view.model().rowCount() == 0


def test_the_menu_leaves_one_track_and_gives_the_choice_back(view: TrackView, document: Document) -> None:
    def trigger(row: int, text: str) -> None:
        menu = view.menu_for(view.model().index(row, 0))
        next(a for a in menu.actions() if a.text() == text).trigger()

    trigger(2, "Humanize Only This Track")
    assert [s.included for s in document.selection] == [False, True, False]
    trigger(1, "Let the Patterns Decide")
    assert [s.included for s in document.selection] == [True, True, False]
    trigger(0, "Let the Patterns Decide for All")
    assert [s.included for s in document.selection] == [True, True, True]
    assert dict(document.settings.track_included) == {}


def test_two_hundred_tracks(view: TrackView, document: Document) -> None:
    document.set_song(make_song(*(make_track(ROWS, index=i, name=f"Track {i}") for i in range(200))))
    assert view.model().rowCount() == 201
    document.set_current_track(199)
    assert view.visualRect(view.currentIndex()).intersects(view.viewport().rect())
    view.grab()


# What is unsure


@pytest.fixture
def unsure(document: Document) -> Document:
    doubt, note = "no name and no program: taken for a piano", "an organ sounds the same at every velocity"
    document.set_song(
        make_song(
            make_track(ROWS),
            replace(make_track(ROWS, index=1, name="", program=None, channel=1), doubt=doubt),
            replace(make_track(ROWS, index=2, name="Organ", program=19, family=Family.OTHER), velocity_note=note),
        )
    )
    return document


def test_a_sign_and_the_tooltip_say_what_is_unsure(view: TrackView, unsure: Document) -> None:
    rows = [view.model().index(row, 0) for row in range(1, 4)]
    assert [row.data(Role.SIGN) for row in rows] == ["", "?", "!"]
    tips = [row.data(Qt.ItemDataRole.ToolTipRole) for row in rows]
    assert ["Unsure: " in tip for tip in tips] == [False, True, False]
    assert ["every velocity" in tip for tip in tips] == [False, False, True]
    assert "Unsure: no name" in rows[1].data(Qt.ItemDataRole.AccessibleTextRole)
    layout, plain = view.layout_of(rows[1]), view.layout_of(rows[0])
    assert layout.sign.width() > 0 and plain.sign.width() == 0
    assert layout.name.right() < layout.sign.left() and layout.sign.right() <= layout.count.left()
    view.grab()


def test_a_family_set_by_hand_is_not_unsure(view: TrackView, unsure: Document) -> None:
    assert unsure.song is not None
    unsure.set_track_family(unsure.song.tracks[1].key, Family.PIANO, "Instrument Family")
    row = view.model().index(2, 0)
    assert row.data(Role.SIGN) == "" and "Unsure" not in row.data(Qt.ItemDataRole.ToolTipRole)


def test_the_menu_leaves_the_velocities_of_a_track_as_they_are(view: TrackView, unsure: Document) -> None:
    assert unsure.song is not None
    row, key = view.model().index(3, 0), unsure.song.tracks[2].key

    def action() -> QAction:
        return next(a for a in view.menu_for(row).actions() if "Velocities" in a.text())

    assert not action().isChecked()
    action().trigger()
    assert dict(unsure.settings.track_velocity) == {key: 0.0}
    assert action().isChecked() and row.data(Role.SIGN) == ""
    action().trigger()
    assert dict(unsure.settings.track_velocity) == {} and row.data(Role.SIGN) == "!"
    action().trigger()
    unsure.undo()
    assert dict(unsure.settings.track_velocity) == {}


def test_drums_known_by_their_notes_are_called_drums(view: TrackView, document: Document) -> None:
    document.set_song(make_song(make_track(ROWS, name="", program=None, family=Family.DRUMS)))
    assert view.model().index(1, 0).data(Role.DETAIL) == "Channel 1 · drums"


# Families


def open_menu(view: TrackView, row: int, reason: QContextMenuEvent.Reason) -> QMenu:
    at = view.visualRect(view.model().index(row, 0)).center()
    QApplication.sendEvent(view.viewport(), QContextMenuEvent(reason, at, view.viewport().mapToGlobal(at)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def family_entries(menu: QMenu) -> list[str]:
    return [action.text().replace("&", "") for action in menu.actions() if not action.isSeparator()]


@pops_up
def test_the_family_is_set_by_the_context_menu_and_shown_as_set_by_hand(view: TrackView, document: Document) -> None:
    assert document.song is not None
    before = view.grab().toImage()
    menu = open_menu(view, 2, QContextMenuEvent.Reason.Mouse)
    families = next(a.menu() for a in menu.actions() if a.menu() is not None)
    assert family_entries(families)[:3] == ["Piano", "Guitar", "Bass"]
    assert [a.text() for a in families.actions() if a.isChecked()] == ["Bass"]
    next(a for a in families.actions() if a.text() == "Strings").trigger()
    menu.close()
    assert dict(document.settings.track_family) == {document.song.tracks[1].key: Family.STRINGS}
    assert document.tracks[1].family is Family.STRINGS
    row = view.model().index(2, 0)
    assert row.data(Role.BY_HAND) == "strings · by hand"
    assert "Family: strings (set by you)" in row.data(Qt.ItemDataRole.ToolTipRole)
    assert "family strings set by hand" in row.data(Qt.ItemDataRole.AccessibleTextRole)
    assert view.grab().toImage() != before
    document.set_track_included({document.song.tracks[1].key: False}, "Exclude")
    assert row.data(Role.BY_HAND) == ""  # the reason why it is left alone is worth the room
    document.undo()
    document.undo()
    assert dict(document.settings.track_family) == {}
    assert row.data(Role.BY_HAND) == ""


@pops_up
def test_the_family_is_set_by_keys_alone_and_guessed_again(view: TrackView, document: Document) -> None:
    document.set_current_track(1)
    view.ask_family()
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(menu, key)
    assert document.tracks[1].family is Family.GUITAR
    view.ask_family()
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert family_entries(menu)[-1] == "Guess Again: bass (test)"
    QTest.keyClick(menu, Qt.Key.Key_G)  # its letter, or Guitar's: the letter wins
    assert document.tracks[1].family is Family.BASS
    assert dict(document.settings.track_family) == {}


def test_choosing_what_was_guessed_is_no_choice_by_hand(view: TrackView, document: Document) -> None:
    menu = view.family_menu(0)
    next(a for a in menu.actions() if a.text() == "Piano").trigger()
    assert dict(document.settings.track_family) == {}
    assert document.undo_label is None


@pops_up
def test_a_click_on_the_family_set_by_hand_asks_again(view: TrackView, document: Document) -> None:
    assert document.song is not None
    document.set_track_family(document.song.tracks[0].key, Family.GUITAR, "Family")
    layout = view.layout_of(view.model().index(1, 0))
    assert layout.detail.right() < layout.chip.left()
    QTest.mouseClick(view.viewport(), LEFT, pos=layout.chip.center())
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert [a.text() for a in menu.actions() if a.isChecked()] == ["Guitar"]
    menu.close()
    assert document.current_track == 0


def test_the_row_of_all_tracks_has_no_family(view: TrackView, document: Document) -> None:
    view.setCurrentIndex(view.model().index(0, 0))
    view.ask_family()
    assert QApplication.activePopupWidget() is None
    assert all(a.menu() is None for a in view.menu_for(view.model().index(0, 0)).actions())
