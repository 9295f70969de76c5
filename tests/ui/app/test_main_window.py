"""The window as a whole: files in, files out, views, keys, drops and what it remembers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.settings import Settings
from duv_studio.errors import DuvError
from duv_studio.ui.app.job_messages import PATTERN
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.app.status_bar import summary
from duv_studio.ui.canvas.editor_view import LaneMode, ViewMode
from duv_studio.ui.document.jobs import EXPORT, MODEL, OPEN
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.panels.model_choice import FORGOTTEN
from duv_studio.ui.panels.track_settings import TrackSettings
from duv_studio.ui.style import theme
from tests.ui.conftest import WAIT_S, Answers, FakeModel, pops_up

MS = int(WAIT_S * 1000)


COPY, NONE, LEFT = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton


def dragged(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(p)) for p in paths])
    return mime


def drag_over(window: MainWindow, *paths: Path) -> bool:
    mime = dragged(*paths)
    enter = QDragEnterEvent(QPoint(5, 5), COPY, mime, LEFT, NONE)
    enter.ignore()
    window.dragEnterEvent(enter)
    return enter.isAccepted()


def drop_on(window: MainWindow, *paths: Path) -> bool:
    accepted = drag_over(window, *paths)
    if accepted:
        assert window.overlay.isVisible()
        mime = dragged(*paths)
        window.dropEvent(QDropEvent(QPointF(5, 5), COPY, mime, LEFT, NONE))
    return accepted


def wait_ready(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.document.ready, timeout=MS)


# Files in


def test_a_dropped_file_is_opened(window: MainWindow, song_file: Path, qtbot: QtBot) -> None:
    assert drop_on(window, song_file)
    wait_ready(window, qtbot)
    assert window.middle.currentWidget() is window.editor
    assert window.windowTitle() == "Song.mid"
    assert window.recent.paths == [song_file]
    assert not window.overlay.isVisible()
    assert "notes changed" in window.status.summary.whole


@pops_up
@pytest.mark.parametrize("several", [False, True])
def test_a_dropped_folder_or_several_files_open_the_batch_window(
    window: MainWindow, song_file: Path, qtbot: QtBot, several: bool
) -> None:
    other = song_file.parent / "Zoo.mid"
    other.write_bytes(song_file.read_bytes())
    (song_file.parent / "readme.txt").write_text("no music")
    dropped = [song_file, other] if several else [song_file.parent]
    assert drop_on(window, *dropped)
    batch = window.batch.window
    assert batch is not None and batch.isVisible()
    assert list(batch.form.sources.paths) == dropped
    qtbot.waitUntil(lambda: not batch.lister.running, timeout=MS)
    assert [row.name for row in batch.table.model.rows] == ["Song.mid", "Zoo.mid"]
    assert window.document.song is None and not window.overlay.isVisible()


def test_the_overlay_says_what_a_drop_does(window: MainWindow, song_file: Path) -> None:
    texts = []
    for paths in ([song_file], [song_file.parent], [song_file, song_file]):
        drag_over(window, *paths)
        texts.append(window.overlay.text)
    window.overlay.grab()
    assert theme.current().color("window").alpha() == 255  # it is the veil's own colour that is translucent
    assert texts[0] == "Drop to open"
    assert "batch" in texts[1] and texts[1] == texts[2]


def test_what_is_no_file_cannot_be_dropped(window: MainWindow) -> None:
    assert not drop_on(window)


@pytest.mark.parametrize("content", [b"", b"not a MIDI file at all", b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x01\xe0"])
def test_a_bad_file_leaves_the_window_as_it_was(
    opened: MainWindow, tmp_path: Path, qtbot: QtBot, content: bytes
) -> None:
    bad = tmp_path / "bad.mid"
    bad.write_bytes(content)
    song, performance = opened.document.song, opened.document.performance
    opened.open_paths([bad])
    qtbot.waitUntil(lambda: OPEN in opened.messages.messages, timeout=MS)
    message = opened.messages.messages[OPEN]
    assert message.kind == "error"
    assert message.file == bad
    assert message.text
    assert opened.document.song is song
    assert opened.document.performance is performance
    assert opened.document.ready


def test_the_next_good_file_takes_the_message_away(opened: MainWindow, song_file: Path, qtbot: QtBot) -> None:
    opened.open_paths([song_file.with_name("gone.mid")])
    qtbot.waitUntil(lambda: OPEN in opened.messages.messages, timeout=MS)
    opened.open_paths([song_file])
    qtbot.waitUntil(lambda: OPEN not in opened.messages.messages, timeout=MS)


def test_what_a_truncated_file_lost_is_said(window: MainWindow, song_file: Path, qtbot: QtBot) -> None:
    song_file.write_bytes(song_file.read_bytes()[:-150])
    window.open_paths([song_file])
    wait_ready(window, qtbot)
    message = window.messages.messages["warnings"]
    assert message.kind == "warning"
    assert "missing" in message.text


def test_a_recent_file_that_is_gone_is_forgotten(window: MainWindow, song_file: Path, qtbot: QtBot) -> None:
    window.recent.add(song_file)
    song_file.unlink()
    window.commands.recent.actions()[0].trigger()
    qtbot.waitUntil(lambda: OPEN in window.messages.messages, timeout=MS)
    assert window.recent.paths == []


def test_the_demo_song_is_no_recent_file(window: MainWindow, qtbot: QtBot) -> None:
    window.commands["demo"].trigger()
    wait_ready(window, qtbot)
    assert window.recent.paths == []


# Files out


def test_export_writes_the_performance_beside_the_source(
    opened: MainWindow, song_file: Path, answers: Answers, qtbot: QtBot
) -> None:
    target = song_file.with_name("Song (humanized).mid")
    answers.path = target.with_suffix("")
    opened.commands["export"].trigger()
    qtbot.waitUntil(lambda: EXPORT in opened.messages.messages, timeout=MS)
    assert answers.suggested == [target]
    assert answers.confirmed == []
    assert opened.messages.messages[EXPORT].kind == "success"
    assert opened.document.song is not None
    assert target.read_bytes() == midi_file.encode(opened.document.song, opened.document.performance)


def test_the_next_export_goes_to_the_same_folder(
    opened: MainWindow, tmp_path: Path, answers: Answers, qtbot: QtBot
) -> None:
    (tmp_path / "out").mkdir()
    answers.path = tmp_path / "out" / "a.mid"
    opened.export()
    qtbot.waitUntil(answers.path.exists, timeout=MS)
    qtbot.waitUntil(lambda: EXPORT in opened.messages.messages, timeout=MS)
    opened.export()
    assert answers.suggested[-1] == tmp_path / "out" / "Song (humanized).mid"


@pytest.mark.parametrize("agree", [False, True])
def test_the_input_is_overwritten_only_when_that_is_confirmed(
    opened: MainWindow, song_file: Path, answers: Answers, qtbot: QtBot, agree: bool
) -> None:
    before = song_file.read_bytes()
    answers.path, answers.overwrite = song_file, agree
    opened.export()
    assert answers.confirmed == [(song_file, True)]
    if agree:
        qtbot.waitUntil(lambda: EXPORT in opened.messages.messages, timeout=MS)
    else:
        assert not opened.jobs.tasks.running(EXPORT)
    assert (song_file.read_bytes() != before) == agree


def test_a_link_to_the_input_is_the_input(opened: MainWindow, song_file: Path, answers: Answers) -> None:
    link = song_file.with_name("link.mid")
    link.symlink_to(song_file)
    answers.path = link
    opened.export()
    assert answers.confirmed == [(link, True)]


def test_a_name_that_gets_its_ending_does_not_replace_a_file_unasked(
    opened: MainWindow, song_file: Path, answers: Answers
) -> None:
    (song_file.parent / "take.mid").write_bytes(b"precious")
    answers.path = song_file.parent / "take"
    opened.export()
    assert answers.confirmed == [(song_file.parent / "take.mid", False)]
    assert (song_file.parent / "take.mid").read_bytes() == b"precious"


def test_a_folder_that_is_gone_is_told(opened: MainWindow, tmp_path: Path, answers: Answers, qtbot: QtBot) -> None:
    answers.path = tmp_path / "nowhere" / "a.mid"
    opened.export()
    qtbot.waitUntil(lambda: EXPORT in opened.messages.messages, timeout=MS)
    assert opened.messages.messages[EXPORT].kind == "error"


def test_nothing_is_exported_by_a_wrong_pattern(opened: MainWindow, answers: Answers) -> None:
    opened.panel.include.line.setText("(")
    opened.export()
    assert answers.suggested == []
    assert opened.messages.messages[PATTERN].title == "Nothing to export yet"
    opened.panel.include.line.setText("(?i)piano")
    assert opened.messages.messages == {}  # it was mended


def test_a_song_that_comes_in_behind_the_dialog_is_not_exported(
    opened: MainWindow, song_file: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = song_file.read_bytes()
    other = song_file.with_name("Other.mid")
    other.write_bytes(before)

    def ask(parent: object, suggestion: Path) -> Path:
        opened.open_paths([other])
        qtbot.waitUntil(lambda: opened.windowTitle() == "Other.mid", timeout=MS)
        wait_ready(opened, qtbot)
        return song_file

    monkeypatch.setattr(opened.dialogs, "ask_path", ask)
    monkeypatch.setattr(opened.dialogs, "overwrite", True)
    opened.export()
    assert opened.messages.messages[EXPORT].title == "Nothing was exported"
    assert not opened.jobs.tasks.running(EXPORT)
    assert song_file.read_bytes() == before


def test_what_was_exported_is_told_of_the_song_that_was_written(
    opened: MainWindow, song_file: Path, answers: Answers, qtbot: QtBot
) -> None:
    answers.path = song_file.with_name("out.mid")
    written = summary(opened.document.song, opened.document.performance).split(" changed")[0]
    opened.export()
    opened.document.change("Intensity", intensity=0.0)  # while it is written
    qtbot.waitUntil(lambda: EXPORT in opened.messages.messages, timeout=MS)
    assert opened.messages.messages[EXPORT].text.startswith(f"{written} changed")
    assert not written.startswith("0 ")


def test_before_there_is_a_performance_there_is_nothing_to_export(
    make_window: Callable[..., MainWindow], song_file: Path, qtbot: QtBot
) -> None:
    window = make_window(start=False)
    assert not window.commands["export"].isEnabled()
    window.open_paths([song_file])
    qtbot.waitUntil(lambda: window.document.song is not None, timeout=MS)
    assert not window.commands["export"].isEnabled()
    window.start()
    wait_ready(window, qtbot)
    qtbot.waitUntil(window.commands["export"].isEnabled, timeout=MS)


# Keys and views


def test_keys_change_intensity_and_seed(opened: MainWindow, qtbot: QtBot) -> None:
    opened.activateWindow()
    qtbot.waitUntil(opened.isActiveWindow, timeout=MS)
    shift = Qt.KeyboardModifier.ShiftModifier
    for key, modifier, expected in (
        (Qt.Key.Key_BracketLeft, Qt.KeyboardModifier.NoModifier, 0.85),
        (Qt.Key.Key_BracketRight, Qt.KeyboardModifier.NoModifier, 0.9),
        (Qt.Key.Key_BracketLeft, shift, 0.89),
        (Qt.Key.Key_BracketRight, shift, 0.9),
        (Qt.Key.Key_BraceLeft, Qt.KeyboardModifier.NoModifier, 0.89),
        (Qt.Key.Key_BraceRight, Qt.KeyboardModifier.NoModifier, 0.9),
    ):
        QTest.keyClick(opened, key, modifier)
        assert opened.document.settings.intensity == expected
    opened.document.change("Intensity", intensity=0.97)
    seen = []
    for _ in range(12):
        QTest.keyClick(opened, Qt.Key.Key_BracketRight)
        seen.append(opened.document.settings.intensity)
    assert seen[:3] == [1.0, 1.05, 1.1]  # no step passes the whole performance without resting there
    assert seen[-1] == 1.5
    QTest.keyClick(opened, Qt.Key.Key_N)
    assert opened.document.settings.seed == 1
    QTest.keyClick(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert opened.document.settings.seed == 0
    QTest.keyClick(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | shift)
    assert opened.document.settings.seed == 1
    QTest.keyClick(opened, Qt.Key.Key_B)
    assert opened.roll.view_mode == ViewMode.BEFORE
    QTest.keyClick(opened, Qt.Key.Key_V)
    assert opened.roll.lane_mode == LaneMode.DURATION


def test_undo_and_redo_are_named(opened: MainWindow) -> None:
    undo, redo = opened.commands["undo"], opened.commands["redo"]
    assert not undo.isEnabled()
    opened.commands["next"].trigger()
    assert undo.text() == "&Undo Next Variation"
    undo.trigger()
    assert opened.document.settings.seed == 0
    assert not undo.isEnabled()
    assert redo.text() == "&Redo Next Variation"
    redo.trigger()
    assert opened.document.settings.seed == 1


def test_reset_goes_back_to_a_fresh_start(opened: MainWindow) -> None:
    opened.document.change("Many", intensity=0.1, seed=5, include="Piano", max_velocity_change=3)
    opened.commands["reset"].trigger()
    assert opened.document.settings == Settings()
    opened.document.undo()
    assert opened.document.settings.include == "Piano"


def test_views_lanes_and_the_comparing_key(opened: MainWindow) -> None:
    for name, mode in (("view_after", ViewMode.AFTER), ("view_difference", ViewMode.DIFFERENCE)):
        opened.commands[name].trigger()
        assert opened.roll.view_mode == mode
    opened.commands["flip"].trigger()
    assert opened.roll.view_mode == ViewMode.BEFORE
    opened.commands["flip"].trigger()
    assert opened.roll.view_mode == ViewMode.DIFFERENCE
    seen = []
    for _ in range(3):
        opened.commands["next_lane"].trigger()
        seen.append(opened.roll.lane_mode)
    assert seen == [LaneMode.DURATION, LaneMode.BOTH, LaneMode.VELOCITY]


def test_arrows_choose_tracks_from_anywhere_and_escape_cancels(
    opened: MainWindow, model: FakeModel, song_file: Path, qtbot: QtBot
) -> None:
    QTest.keyClick(opened, Qt.Key.Key_Down)
    assert opened.document.current_track == 0
    model.go.clear()
    opened.document.change("Protect", protect_keyswitches=False)
    qtbot.waitUntil(lambda: len(model.asked) == 2, timeout=MS)
    QTest.keyClick(opened, Qt.Key.Key_Escape)
    assert model.saw_cancel.wait(WAIT_S)


def test_a_click_in_the_roll_chooses_the_track(opened: MainWindow) -> None:
    opened.roll.track_clicked.emit(2)
    assert opened.document.current_track == 2
    assert opened.tracks.view.currentIndex().row() == 3


def test_the_settings_of_the_current_track_are_opened_and_reach_the_performance(
    opened: MainWindow, qtbot: QtBot
) -> None:
    document, command = opened.document, opened.commands["track_settings"]
    assert not command.isEnabled()
    document.set_current_track(0)
    assert command.isEnabled()
    command.trigger()
    (dialog,) = opened.findChildren(TrackSettings)
    assert dialog.isVisible() and document.song is not None and document.performance is not None
    assert not np.array_equal(document.performance[0].velocity, document.song.tracks[0].notes.velocity)
    dialog.shares["track_velocity"].number.setValue(0)
    document.settle()
    assert np.array_equal(document.performance[0].velocity, document.song.tracks[0].notes.velocity)
    opened.commands["undo"].trigger()
    document.settle()
    assert not np.array_equal(document.performance[0].velocity, document.song.tracks[0].notes.velocity)
    dialog.close()


@pops_up
def test_the_key_f_asks_for_the_family_of_the_current_track(opened: MainWindow, qtbot: QtBot) -> None:
    opened.activateWindow()
    qtbot.waitUntil(opened.isActiveWindow, timeout=MS)
    assert not opened.commands["family"].isEnabled()
    QTest.keyClick(opened, Qt.Key.Key_Down)
    QTest.keyClick(opened.tracks.view, Qt.Key.Key_F)
    menu = QApplication.activePopupWidget()
    assert menu is not None
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(menu, key)
    assert opened.document.tracks[0].family is Family.BASS
    opened.commands["undo"].trigger()
    assert opened.document.tracks[0].family is Family.PIANO


def test_letters_in_a_field_are_no_commands(opened: MainWindow, qtbot: QtBot) -> None:
    opened.activateWindow()
    line = opened.panel.include.line
    line.setFocus()
    qtbot.waitUntil(line.hasFocus, timeout=MS)
    QTest.keyClicks(line, "nbvz0kf")
    assert line.text() == "nbvz0kf"
    assert opened.document.settings.seed == 0
    assert dict(opened.document.settings.locked_notes) == {}
    opened.roll.zoom_in()
    near = opened.roll.canvas.scene.viewport
    opened.panel.seed.setFocus()
    opened.panel.seed.selectAll()
    QTest.keyClicks(opened.panel.seed, "10n")
    assert opened.roll.canvas.scene.viewport == near
    assert opened.document.settings.seed == 10  # at once: an export must not miss it


def test_work_that_takes_a_while_is_shown_and_can_be_cancelled(
    window: MainWindow, model: FakeModel, song_file: Path, qtbot: QtBot
) -> None:
    model.go.clear()
    window.open_paths([song_file])
    qtbot.waitUntil(lambda: window.status.activity.isVisible() and bool(model.asked), timeout=MS)
    assert window.status.activity.bar.value() == 500
    window.status.activity.button.click()
    assert model.saw_cancel.wait(WAIT_S)
    qtbot.waitUntil(lambda: not window.status.activity.isVisible(), timeout=MS)


def test_the_theme_can_be_changed_while_a_song_is_open(opened: MainWindow, preferences: Preferences) -> None:
    try:
        opened.commands["light"].trigger()
        assert theme.current().name == "light"
        assert preferences.theme == "light"
        opened.grab()
    finally:
        opened.commands["dark"].trigger()


def test_the_list_of_keys_names_every_key(window: MainWindow) -> None:
    from duv_studio.ui.app.actions import COMMANDS
    from duv_studio.ui.app.shortcuts import ShortcutsDialog, sections

    shown = {keys for _, rows in sections() for keys, _ in rows}
    assert {command.keys[0] for command in COMMANDS if command.keys} <= shown
    window.commands["keys"].trigger()
    dialog = window.findChild(ShortcutsDialog)
    assert dialog is not None
    dialog.close()


# What is remembered, and for whom


def test_settings_and_layout_are_remembered(
    make_window: Callable[..., MainWindow], preferences: Preferences, song_file: Path, qtbot: QtBot
) -> None:
    first = make_window()
    first.resize(1100, 640)
    first.open_paths([song_file])
    wait_ready(first, qtbot)
    first.document.change("Intensity", intensity=0.4)
    first.tracks.view.setCurrentIndex(first.tracks.view.model().index(1, 0))
    first.commands["include"].trigger()
    first.commands["view_difference"].trigger()
    first.commands["lane_duration"].trigger()
    first.close()
    second = make_window()
    assert second.document.settings == Settings(intensity=0.4)
    assert (second.roll.view_mode, second.roll.lane_mode) == (ViewMode.DIFFERENCE, LaneMode.DURATION)
    assert second.height() == 640  # the width is cut to the small screen that tests run on
    assert second.recent.paths == [song_file]


def test_a_remembered_model_that_is_gone_gives_way_to_the_default_one(
    make_window: Callable[..., MainWindow], preferences: Preferences, model: FakeModel, tmp_path: Path, qtbot: QtBot
) -> None:
    asked: list[object] = []

    def load(name: object, adapter: object, device: str) -> FakeModel:
        asked.append(name)
        return model

    preferences.set_text("model/used", str(tmp_path / "gone.safetensors"))
    window = make_window(load)
    qtbot.waitUntil(lambda: window.jobs.model is model, timeout=MS)
    assert asked == [None]
    assert "gone.safetensors" in window.messages.messages[FORGOTTEN].text
    assert preferences.text("model/used") == ""


def test_a_model_that_could_not_be_loaded_is_not_remembered(
    make_window: Callable[..., MainWindow], preferences: Preferences, model: FakeModel, qtbot: QtBot
) -> None:
    def load(name: object, adapter: object, device: str) -> FakeModel:
        if name == "broken":
            raise DuvError("the weights are broken")
        return model

    window = make_window(load)
    for name in ("fine", "broken"):
        window.model_choice.use(name)
        qtbot.waitUntil(lambda: not window.jobs.tasks.running(MODEL), timeout=MS)
    assert MODEL in window.messages.messages
    assert window.jobs.model is model
    assert preferences.text("model/used") == "fine"


def test_every_control_has_a_name_for_a_screen_reader(opened: MainWindow) -> None:
    controls = [
        widget
        for kind in (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QLineEdit)
        for widget in opened.findChildren(kind)
        if widget.isVisible() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
    ]
    assert len(controls) > 20
    nameless = [
        w for w in controls
        if not w.accessibleName() and not (isinstance(w, QAbstractButton) and w.text())
        and w.objectName() != "qt_spinbox_lineedit"
    ]  # fmt: skip
    assert nameless == []


def test_nothing_is_cut_at_the_smallest_window(opened: MainWindow) -> None:
    opened.resize(1280, 720)
    inside = opened.panel.findChildren(QAbstractSpinBox)
    for widget in inside:
        if widget.isVisible():
            right = widget.mapTo(opened.panel, widget.rect().topRight()).x()
            assert right < opened.panel.width(), widget.accessibleName()
    assert opened.panel.width() + opened.tracks.width() < 600


def test_every_mnemonic_leads_to_one_place(opened: MainWindow) -> None:
    menus = [action.text() for action in opened.menuBar().actions()]
    opened.panel.limits.open()
    labels = [w.text() for kind in (QLabel, QAbstractButton) for w in opened.findChildren(kind) if w.isVisible()]
    letters = [text.split("&", 1)[1][0].lower() for text in menus + labels if "&" in text.replace("&&", "")]
    assert len(letters) > 12
    assert sorted(letters) == sorted(set(letters))
