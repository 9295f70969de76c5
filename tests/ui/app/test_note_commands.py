"""Notes are selected and locked by mouse, by keys and by menu; locked ones keep what the file says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.canvas.lane_painter import bands
from duv_studio.ui.canvas.lane_view import head_center
from duv_studio.ui.canvas.piano_roll import note_rect
from duv_studio.ui.style import theme
from tests.midi_builder import TrackSpec, build_song
from tests.ui.conftest import WAIT_S, FakeModel, pops_up

MS = int(WAIT_S * 1000)
LEFT = Qt.MouseButton.LeftButton
NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier,
)  # fmt: skip


@pytest.fixture
def window(opened: MainWindow, qtbot: QtBot) -> Iterator[MainWindow]:
    """With the piano track alone, large enough to be hit."""
    opened.activateWindow()
    qtbot.waitUntil(opened.isActiveWindow, timeout=MS)
    opened.document.set_current_track(0)
    look = opened.roll.canvas.scene.viewport
    opened.roll.canvas.set_viewport(look.zoomed(3, 0).revealing(0, 66))
    yield opened


def at(window: MainWindow, note: int) -> QPoint:
    """The middle of a note of the piano in the roll."""
    return note_rect(window.roll.canvas.scene, row_of(window, note)).center().toPoint()


def row_of(window: MainWindow, note: int, track: int = 0) -> int:
    table = window.roll.canvas.scene.table
    assert table is not None
    return int(np.flatnonzero((table.track == track) & (table.index == note))[0])


def click(window: MainWindow, note: int, keys: Qt.KeyboardModifier = NONE) -> None:
    QTest.mouseClick(window.roll.roll, LEFT, keys, at(window, note))


def drag(widget: QWidget, start: QPoint, end: QPoint, keys: Qt.KeyboardModifier = NONE) -> None:
    QTest.mousePress(widget, LEFT, keys, start)
    QTest.mouseMove(widget, (start + end) / 2)
    QTest.mouseMove(widget, end)
    QTest.mouseRelease(widget, LEFT, keys, end)


def locked(window: MainWindow, track: int = 0) -> set[int]:
    assert window.document.song is not None
    return set(window.document.settings.locked_notes.get(window.document.song.tracks[track].key, ()))


def test_clicks_select_and_the_key_locks_and_unlocks(window: MainWindow, model: FakeModel, qtbot: QtBot) -> None:
    click(window, 2)
    click(window, 5, SHIFT)
    click(window, 7, CTRL)
    click(window, 5, SHIFT)
    assert window.roll.picked_notes == {0: {2, 7}}
    assert window.status.hover.whole.startswith("2 notes selected · K locks")
    QTest.keyClick(window.roll.roll, Qt.Key.Key_K)
    assert locked(window) == {2, 7}
    assert window.document.undo_label == "Lock 2 Notes"
    QTest.keyClick(window.roll.roll, Qt.Key.Key_K)
    assert locked(window) == set()
    window.document.undo()
    window.document.undo()
    assert dict(window.document.settings.locked_notes) == {}
    click(window, 3)
    assert window.roll.picked_notes == {0: {3}}


def test_locked_notes_keep_velocity_and_duration_at_once_and_the_model_hears_of_them(
    window: MainWindow, model: FakeModel, qtbot: QtBot
) -> None:
    document = window.document
    assert document.song is not None
    assert document.performance is not None
    notes = document.song.tracks[0].notes
    moved = int(np.flatnonzero(document.performance[0].velocity != notes.velocity)[0])
    window.roll.canvas.pick(np.array([row_of(window, moved)]))
    window.commands["lock"].trigger()
    document.settle()
    assert document.performance[0].velocity[moved] == notes.velocity[moved]
    assert document.performance[0].duration[moved] == notes.duration[moved]
    qtbot.waitUntil(lambda: document.ready, timeout=MS)
    assert model.asked[-1][0] == {0}
    assert dict(model.settings[-1].locked_notes) == {document.song.tracks[0].key: frozenset({moved})}


def test_a_drag_selects_with_a_rectangle_and_shift_adds(window: MainWindow) -> None:
    roll = window.roll.roll
    around = [note_rect(window.roll.canvas.scene, row_of(window, note)) for note in (1, 2, 3)]
    area = around[0] | around[1] | around[2]
    drag(roll, area.topLeft().toPoint() - QPoint(3, 6), area.bottomRight().toPoint() + QPoint(-2, 6))
    assert window.roll.picked_notes == {0: {1, 2, 3}}
    second = note_rect(window.roll.canvas.scene, row_of(window, 6)).toRect()
    drag(roll, second.topLeft() - QPoint(3, 4), second.center() + QPoint(0, 8), SHIFT)
    assert window.roll.picked_notes[0] > {1, 2, 3}
    assert 6 in window.roll.picked_notes[0]
    QTest.mouseClick(roll, LEFT, NONE, QPoint(3, 3))
    assert window.roll.picked_notes == {}


def test_a_song_that_comes_in_while_a_rectangle_is_dragged_ends_it(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    roll, start = window.roll.roll, at(window, 60)
    click(window, 63)
    QTest.mousePress(roll, LEFT, SHIFT, start + QPoint(0, 40))
    short = tmp_path / "short.mid"
    short.write_bytes(build_song([TrackSpec([(0, 240, 66, 80), (240, 240, 66, 80)], name="Short")]))
    window.open_paths([short])
    qtbot.waitUntil(lambda: window.document.song is not None and window.document.song.path == short, timeout=MS)
    QTest.mouseMove(roll, start)
    assert window.roll.picked_notes == {}
    QTest.mouseRelease(roll, LEFT, SHIFT, start)


def test_a_hand_that_trembles_still_clicks(window: MainWindow) -> None:
    start = at(window, 4)
    drag(window.roll.roll, start, start + QPoint(2, 1))
    assert window.roll.picked_notes == {0: {4}}


def test_the_lane_selects_too(window: MainWindow) -> None:
    scene, lane = window.roll.canvas.scene, window.roll.lane
    band = bands(scene, lane.height())[0]
    heads = [head_center(scene, band, row_of(window, note)).toPoint() for note in (1, 2)]
    QTest.mouseClick(lane, LEFT, NONE, heads[0])
    assert window.roll.picked_notes == {0: {1}}
    low, high = QPoint(heads[0].x() - 3, lane.height() - 2), QPoint(heads[1].x() + 3, 1)
    drag(lane, low, high)
    assert window.roll.picked_notes == {0: {1, 2}}


def test_arrows_select_and_shift_extends(window: MainWindow) -> None:
    roll = window.roll.roll
    roll.setFocus()
    QTest.keyClick(roll, Qt.Key.Key_Right)
    QTest.keyClick(roll, Qt.Key.Key_Right)
    assert window.roll.picked_notes == {0: {1}}
    QTest.keyClick(roll, Qt.Key.Key_Right, SHIFT)
    QTest.keyClick(roll, Qt.Key.Key_Right, SHIFT)
    assert window.roll.picked_notes == {0: {1, 2, 3}}
    QTest.keyClick(roll, Qt.Key.Key_Left)
    assert window.roll.picked_notes == {0: {2}}
    for _ in range(40):
        QTest.keyClick(roll, Qt.Key.Key_Right)
    view = window.roll.canvas.scene.viewport
    assert view.left <= 42 * 240 <= view.right, "the selected note comes into view"
    QTest.keyClick(roll, Qt.Key.Key_Escape)
    assert window.roll.picked_notes == {}


def test_who_came_by_tab_sees_where_the_keys_go(window: MainWindow, qtbot: QtBot) -> None:
    corner = QColor(theme.current().accent)
    for part in (window.roll.roll, window.roll.lane):
        part.setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.waitUntil(part.hasFocus, timeout=MS)
        assert part.grab().toImage().pixelColor(part.width() - 1, part.height() // 2) == corner
        part.clearFocus()
        part.setFocus(Qt.FocusReason.MouseFocusReason)
        assert part.grab().toImage().pixelColor(part.width() - 1, part.height() // 2) != corner


def test_select_all_takes_the_current_track_or_all_of_them(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_A, CTRL)
    assert {track: len(notes) for track, notes in window.roll.picked_notes.items()} == {0: 64}
    window.document.set_current_track(None)
    QTest.keyClick(window, Qt.Key.Key_A, CTRL)
    QTest.keyClick(window, Qt.Key.Key_K)
    assert [len(locked(window, track)) for track in range(3)] == [64, 32, 100]
    window.commands["unlock_all"].trigger()
    assert dict(window.document.settings.locked_notes) == {}
    assert not window.commands["unlock_all"].isEnabled()


def test_the_key_locks_the_note_under_the_mouse_when_none_is_selected(window: MainWindow, qtbot: QtBot) -> None:
    QTest.mouseMove(window.roll.roll, at(window, 6))
    QTest.keyClick(window, Qt.Key.Key_K)
    assert locked(window) == {6}
    qtbot.waitUntil(lambda: "locked" in window.status.hover.whole, timeout=MS)  # said again once it is played again
    QTest.keyClick(window, Qt.Key.Key_K)  # the mouse has not moved
    assert locked(window) == set()


def test_without_a_note_the_key_gives_advice(window: MainWindow) -> None:
    QTest.mouseMove(window.roll.roll, QPoint(2, 2))
    QTest.keyClick(window, Qt.Key.Key_K)
    assert window.document.undo_label is None
    assert window.status.hover.whole.startswith("Select notes first")


@pops_up
@pytest.mark.parametrize("reason", [QContextMenuEvent.Reason.Mouse, QContextMenuEvent.Reason.Keyboard])
def test_the_menu_locks_what_is_selected_or_right_clicked(window: MainWindow, reason: QContextMenuEvent.Reason) -> None:
    click(window, 1)
    roll, where = window.roll.roll, at(window, 4)
    QApplication.sendEvent(roll, QContextMenuEvent(reason, where, roll.mapToGlobal(where)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    entry = menu.actions()[0]
    assert entry.text() == "&Lock 1 Note"
    QTest.keyClick(menu, Qt.Key.Key_L)
    assert locked(window) == ({4} if reason is QContextMenuEvent.Reason.Mouse else {1})
    assert window.locks.menu().actions()[0].text() == "&Unlock 1 Note"


def test_a_right_click_keeps_a_selection_that_it_hits(window: MainWindow) -> None:
    click(window, 1)
    click(window, 4, SHIFT)
    window.roll.menu_wanted.disconnect()
    where = at(window, 4)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, window.roll.roll.mapToGlobal(where))
    QApplication.sendEvent(window.roll.roll, event)
    assert window.roll.picked_notes == {0: {1, 4}}


def test_another_song_has_nothing_selected_or_locked(window: MainWindow, qtbot: QtBot) -> None:
    click(window, 1)
    QTest.keyClick(window, Qt.Key.Key_K)
    song, path = window.document.song, window.document.song and window.document.song.path
    assert path is not None
    window.open_paths([path])
    qtbot.waitUntil(lambda: window.document.song is not song and window.document.ready, timeout=MS)
    assert window.roll.picked_notes == {}
    assert dict(window.document.settings.locked_notes) == {}
    assert not window.roll.canvas.scene.table.locked.any()  # type: ignore[union-attr]


def test_locks_follow_undo_onto_the_canvas(window: MainWindow) -> None:
    click(window, 2)
    QTest.keyClick(window, Qt.Key.Key_K)
    row = row_of(window, 2)
    assert window.roll.canvas.scene.table.locked[row]  # type: ignore[union-attr]
    assert "Locked: 1 note" in window.tracks.view.model().index(1, 0).data(Qt.ItemDataRole.ToolTipRole)
    window.document.undo()
    assert not window.roll.canvas.scene.table.locked.any()  # type: ignore[union-attr]
    window.document.redo()
    assert window.roll.canvas.scene.table.locked[row]  # type: ignore[union-attr]


def test_the_rectangle_is_drawn_while_it_is_dragged(window: MainWindow) -> None:
    roll = window.roll.roll
    window.roll.pick_none()
    before = roll.grab().toImage()
    QTest.mousePress(roll, LEFT, NONE, QPoint(2, 2))
    QTest.mouseMove(roll, QPoint(40, 20))
    during = roll.grab().toImage()
    QTest.mouseRelease(roll, LEFT, NONE, QPoint(40, 20))
    window.roll.pick_none()
    window.roll.canvas.hover(None)
    assert during != before
    assert roll.grab().toImage() == before
