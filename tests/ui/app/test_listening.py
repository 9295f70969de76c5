"""Playing in the window, by mouse and keys, with a sound that only remembers what it was told."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from duv_studio.errors import DuvError
from duv_studio.ui.app.listening_controller import TOPIC
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.app.shortcuts import ShortcutsDialog
from duv_studio.ui.canvas.editor_view import ViewMode
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.panels.track_model import Role
from duv_studio.ui.playback.controller import LoopRange
from duv_studio.ui.playback.sound import Side, SoundRequest, Trouble
from duv_studio.ui.playback.source import State
from tests.ui.conftest import WAIT_S, FakeModel, pops_up
from tests.ui.playback.fake_sound import FakeSound

MS = int(WAIT_S * 1000)
LEFT, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
TROUBLE = Trouble("Nothing can be heard", "no sound device was found", "connect headphones")


@pytest.fixture
def playing(opened: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window with a song, active, with sound loaded; it does not play yet."""
    opened.activateWindow()
    qtbot.waitUntil(opened.isActiveWindow, timeout=MS)
    qtbot.waitUntil(lambda: opened.playback.state is State.READY, timeout=MS)
    return opened


def heard(window: MainWindow, sound: FakeSound, seconds: float) -> None:
    """Let so much of the song have been heard."""
    sound.position = seconds
    window.playback._look()


def key_of(window: MainWindow, index: int) -> str:
    assert window.document.song is not None
    return window.document.song.tracks[index].key


# Loading


def test_sound_is_loaded_after_the_song_is_humanized_and_not_before(
    make_window: Callable[..., MainWindow], model: FakeModel, song_file: Path, qtbot: QtBot
) -> None:
    asked: list[object] = []

    def load(request: object) -> FakeSound:
        asked.append(request)
        return FakeSound()

    model.go.clear()
    window = make_window(load_sound=load)
    qtbot.waitUntil(lambda: window.jobs.model is model, timeout=MS)
    assert not asked  # there is no song
    window.open_paths([song_file])
    qtbot.waitUntil(lambda: bool(model.asked), timeout=MS)
    assert not asked
    model.go.set()
    qtbot.waitUntil(lambda: window.playback.state is State.READY, timeout=MS)
    assert len(asked) == 1


def test_the_window_itself_loads_nothing_of_sound() -> None:
    """Whoever waits for the first paint does not wait for scipy, soundfile or the player."""
    code = "import sys, duv_studio.ui.app.main_window; print([m for m in sys.modules if m.split('.')[0] in "
    code += "('scipy', 'soundfile', 'miniaudio', 'rtmidi2') or m.startswith('duv_studio.sound.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_play_before_that_loads_at_once_and_says_so(
    make_window: Callable[..., MainWindow], sound: FakeSound, song_file: Path, qtbot: QtBot
) -> None:
    go = threading.Event()

    def load(request: object) -> FakeSound:
        assert go.wait(WAIT_S)
        return sound

    window = make_window(load_sound=load, start=False)
    assert not window.commands["play"].isEnabled()
    window.open_paths([song_file])
    qtbot.waitUntil(lambda: window.document.song is not None, timeout=MS)
    window.commands["play"].trigger()
    assert window.transport.position.texts[1] == "Loading sound…"
    assert window.commands["play"].text() == "Sto&p"
    go.set()
    qtbot.waitUntil(lambda: sound.is_playing, timeout=MS)
    assert window.transport.position.texts == ("1:1", "0:00.0 / 0:16")


# Keys


def test_space_plays_and_stops_wherever_the_keys_are(playing: MainWindow, sound: FakeSound) -> None:
    for widget in (playing.tracks.view, playing.roll.roll, playing.roll.lane):
        widget.setFocus()
        QTest.keyClick(widget, Qt.Key.Key_Space)
        assert sound.is_playing
        QTest.keyClick(widget, Qt.Key.Key_Space)
        assert not sound.is_playing
    assert playing.document.selection[0].included  # it no longer includes and excludes


def test_in_a_text_field_a_space_is_a_space(playing: MainWindow, sound: FakeSound) -> None:
    line = playing.panel.include.line
    line.setFocus()
    for key in (Qt.Key.Key_M, Qt.Key.Key_Space, Qt.Key.Key_B):
        QTest.keyClick(line, key)
    assert line.text() == "m b" and sound.told == [] and playing.roll.view_mode is ViewMode.BOTH
    line.setCursorPosition(2)
    playing.playback.seek(1.0)
    QTest.keyClick(line, Qt.Key.Key_Home)
    assert line.cursorPosition() == 0 and playing.playback.position == 1.0


def test_a_button_that_keys_led_to_keeps_its_space(playing: MainWindow, sound: FakeSound) -> None:
    button = playing.panel.next_button
    button.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert playing.document.settings.seed == 1 and not sound.is_playing
    playing.panel.include.line.setFocus()
    QTest.mouseClick(button, LEFT)
    assert playing.document.settings.seed == 2
    if button.hasFocus():
        QTest.keyClick(button, Qt.Key.Key_Space)
        assert sound.is_playing and playing.document.settings.seed == 2


def test_a_box_of_the_mouse_leaves_space_to_playing_also_after_another_window(
    playing: MainWindow, sound: FakeSound, qtbot: QtBot
) -> None:
    box = playing.panel.drums
    QTest.mousePress(box, LEFT)
    box.setFocus(Qt.FocusReason.MouseFocusReason)
    QTest.mouseRelease(box, LEFT)
    assert box.isChecked() and box.hasFocus()
    playing.commands["keys"].trigger()
    dialog = playing.findChild(ShortcutsDialog)
    dialog.activateWindow()
    qtbot.waitUntil(lambda: not box.hasFocus(), timeout=MS)
    dialog.close()
    playing.activateWindow()
    qtbot.waitUntil(box.hasFocus, timeout=MS)
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert sound.is_playing and box.isChecked()


def test_a_number_leaves_space_to_playing_and_knows_no_letters(playing: MainWindow, sound: FakeSound) -> None:
    number = playing.panel.seed
    number.setFocus()
    number.selectAll()
    for key in (Qt.Key.Key_1, Qt.Key.Key_Space, Qt.Key.Key_2, Qt.Key.Key_B):
        QTest.keyClick(number, key)
    assert number.value() == 12
    assert sound.is_playing and sound.side is Side.AFTER


def test_a_slider_that_keys_led_to_keeps_its_home(playing: MainWindow) -> None:
    playing.playback.seek(2.0)
    volume = playing.transport.volume
    volume.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(volume, Qt.Key.Key_Home)
    assert volume.value() == 0 and playing.playback.position == 2.0
    playing.tracks.view.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(playing.tracks.view, Qt.Key.Key_Home)
    assert playing.playback.position == 0.0


def test_home_rewinds_and_l_loops(playing: MainWindow, sound: FakeSound) -> None:
    playing.playback.seek(3.0)
    view: QWidget = playing.tracks.view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert sound.position == 0.0
    QTest.keyClick(view, Qt.Key.Key_L)
    assert sound.loop == (0.0, playing.playback.length) and playing.commands["loop"].isChecked()
    QTest.keyClick(view, Qt.Key.Key_L)
    assert sound.loop is None and not playing.commands["loop"].isChecked()
    assert playing.roll.canvas.loop is not None and not playing.roll.canvas.loop.is_on
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert playing.playback.loop is None and playing.roll.canvas.loop is None


def test_b_is_for_the_eye_and_the_ear(playing: MainWindow, sound: FakeSound) -> None:
    playing.playback.play()
    heard(playing, sound, 2.5)
    view: QWidget = playing.tracks.view
    QTest.keyClick(view, Qt.Key.Key_B)
    assert (playing.roll.view_mode, sound.side) == (ViewMode.BEFORE, Side.BEFORE)
    assert not playing.transport.sides.is_after
    QTest.mouseClick(playing.transport.sides, LEFT)
    assert (playing.roll.view_mode, sound.side) == (ViewMode.BOTH, Side.AFTER)
    playing.commands["view_before"].trigger()
    assert sound.side is Side.BEFORE
    playing.commands["view_difference"].trigger()
    assert sound.side is Side.AFTER and playing.transport.sides.is_after
    assert sound.told == ["play 0.00"] and sound.position == 2.5


def test_m_and_s_are_about_the_current_track(playing: MainWindow, sound: FakeSound) -> None:
    view = playing.tracks.view
    QTest.keyClick(view, Qt.Key.Key_M)  # all tracks: there is none to mute
    assert sound.mix[0] == (1.0, 1.0, 1.0)
    playing.document.set_current_track(1)
    QTest.keyClick(view, Qt.Key.Key_M)
    assert sound.mix[0] == (1.0, 0.0, 1.0)
    QTest.keyClick(view, Qt.Key.Key_S)
    assert sound.mix[0] == (0.0, 1.0, 0.0)
    QTest.keyClick(view, Qt.Key.Key_S, SHIFT)
    assert sound.mix[0] == (1.0, 0.0, 1.0)
    QTest.keyClick(view, Qt.Key.Key_M, SHIFT)
    assert sound.mix[0] == (1.0, 1.0, 1.0)
    assert playing.document.undo_label is None
    for sign, key in ((-1, Qt.Key.Key_Left), (1, Qt.Key.Key_Right)):
        QTest.keyClick(view, key, SHIFT)
        QTest.keyClick(view, key, SHIFT)
        expected = {-1: 10 ** (-2 / 20), 1: 1.0}[sign]
        assert sound.mix[0][1] == pytest.approx(expected)
    QTest.keyClick(view, Qt.Key.Key_I)
    assert not playing.document.selection[1].included


def test_n_and_sliders_are_heard_from_the_same_place(playing: MainWindow, sound: FakeSound, qtbot: QtBot) -> None:
    playing.playback.play()
    heard(playing, sound, 4.0)
    for change in (
        lambda: QTest.keyClick(playing.tracks.view, Qt.Key.Key_N),
        lambda: playing.document.change("Intensity", intensity=0.2),
        lambda: playing.document.set_track_included({key_of(playing, 0): False}, "Exclude"),
        lambda: playing.document.set_locked({key_of(playing, 1): frozenset({1, 2})}, "Lock"),
    ):
        before = playing.document.performance
        change()
        qtbot.waitUntil(lambda b=before: playing.document.ready and playing.document.performance is not b, timeout=MS)
        qtbot.waitUntil(lambda: sound.performance is playing.document.performance, timeout=MS)
    assert sound.told == ["play 0.00"] and sound.position == 4.0 and sound.is_playing


def test_another_model_is_heard_from_the_same_place(
    playing: MainWindow, sound: FakeSound, model: FakeModel, qtbot: QtBot
) -> None:
    """So is an adapter that is being trained: it is tried out in the same way."""
    playing.playback.play()
    heard(playing, sound, 4.0)
    before = sound.performance
    playing.model_choice.try_out("other")
    qtbot.waitUntil(lambda: len(model.asked) > 1, timeout=MS)
    qtbot.waitUntil(lambda: playing.document.ready and sound.performance is playing.document.performance, timeout=MS)
    assert sound.performance is not before and sound.is_playing and sound.told == ["play 0.00"]


# Mouse


def test_a_click_in_the_ruler_seeks_and_a_drag_loops(playing: MainWindow, sound: FakeSound) -> None:
    ruler, viewport = playing.roll.ruler, playing.roll.canvas.scene.viewport
    at = [QPoint(round(float(viewport.x(tick))), 12) for tick in (1920, 3840, 5760)]
    QTest.mouseClick(ruler, LEFT, pos=at[0])
    assert sound.position == pytest.approx(2.0, abs=0.05)
    assert playing.transport.position.texts[0] in ("2:1", "1:4")
    QTest.mousePress(ruler, LEFT, pos=at[1])
    QTest.mouseMove(ruler, (at[1] + at[2]) / 2)
    QTest.mouseMove(ruler, at[2])
    QTest.mouseRelease(ruler, LEFT, pos=at[2])
    assert sound.loop == pytest.approx((4.0, 6.0)) and playing.commands["loop"].isChecked()
    playing.commands["no_loop"].trigger()
    assert sound.loop is None


def test_the_loop_of_a_selection(playing: MainWindow, sound: FakeSound) -> None:
    assert not playing.commands["loop_selection"].isEnabled()
    playing.document.set_current_track(0)
    playing.roll.pick_all()
    playing.commands["loop_selection"].trigger()
    assert playing.roll.picked_span is not None
    assert sound.loop == pytest.approx((0.0, playing.roll.picked_span[1] / 960))
    playing.playback.set_loop(None)
    QTest.keyClick(playing.roll.roll, Qt.Key.Key_L)
    assert sound.loop == pytest.approx((0.0, playing.roll.picked_span[1] / 960))


@pops_up
def test_rows_mute_solo_and_set_volumes(playing: MainWindow, sound: FakeSound) -> None:
    view, port = playing.tracks.view, playing.tracks.view.viewport()
    row = view.model().index(1, 0)
    layout = view.layout_of(row)
    QTest.mouseClick(port, LEFT, pos=layout.mute.center())
    assert sound.mix[0] == (0.0, 1.0, 1.0)
    QTest.mouseClick(port, LEFT, pos=layout.solo.center())
    assert sound.mix[0] == (1.0, 0.0, 0.0)
    QTest.mouseClick(port, LEFT, pos=view.layout_of(view.model().index(0, 0)).solo.center())  # clears them all
    assert sound.mix[0] == (0.0, 1.0, 1.0)
    QTest.mouseClick(port, LEFT, pos=layout.mute.center())
    middle = QPoint(layout.volume.center().x(), layout.volume.center().y())
    QTest.mousePress(port, LEFT, pos=middle)
    assert 0.0 < sound.mix[0][0] < 0.5
    QTest.mouseMove(port, QPoint(layout.volume.left() - 20, middle.y()))
    QTest.mouseRelease(port, LEFT, pos=QPoint(layout.volume.left() - 20, middle.y()))
    assert sound.mix[0][0] == 0.0 and "silent" in row.data(Qt.ItemDataRole.AccessibleTextRole)
    QTest.mouseDClick(port, LEFT, pos=middle)
    assert sound.mix[0][0] == 1.0
    assert playing.document.undo_label is None and playing.document.current_track is None
    view.grab()


def test_another_instrument_is_heard_and_said(playing: MainWindow, sound: FakeSound) -> None:
    row = playing.tracks.view.model().index(1, 0)
    menu = next(a.menu() for a in playing.tracks.view.menu_for(row).actions() if "Listening" in a.text())
    strings = next(a.menu() for a in menu.actions() if a.text() == "Strings")
    next(a for a in strings.actions() if a.text() == "Violin").trigger()
    assert sound.programs == {0: 40}
    assert row.data(Role.DETAIL).startswith("heard as Violin")
    again = next(a.menu() for a in playing.tracks.view.menu_for(row).actions() if "Listening" in a.text())
    next(a for a in again.actions() if "File" in a.text()).trigger()
    assert sound.programs == {}
    drums = playing.tracks.view.menu_for(playing.tracks.view.model().index(3, 0))
    assert not next(a.menu() for a in drums.actions() if "Listening" in a.text()).isEnabled()


def test_listening_never_changes_what_is_exported(
    playing: MainWindow, song_file: Path, answers, tmp_path: Path, qtbot: QtBot
) -> None:
    def exported(name: str) -> bytes:
        answers.path = tmp_path / name
        playing.export()
        qtbot.waitUntil(answers.path.exists, timeout=MS)
        return answers.path.read_bytes()

    plain = exported("plain.mid")
    mixing = playing.playback.mixing
    mixing.set_muted(key_of(playing, 0), True)
    mixing.set_solo(key_of(playing, 1), True)
    mixing.set_gain(key_of(playing, 1), 0.3)
    mixing.set_program(key_of(playing, 0), 40)
    playing.playback.set_matched(True)
    assert exported("mixed.mid") == plain


def test_the_volume_and_the_switch_of_same_loudness(playing: MainWindow, sound: FakeSound, qtbot: QtBot) -> None:
    playing.transport.volume.setValue(50)
    assert sound.mix[1] == 0.25 and "−12.0 dB" in playing.transport.volume.toolTip()
    QTest.mouseClick(playing.transport.loudness, LEFT)
    assert sound.mix[2] and playing.transport.loudness.gain_text == "measuring…"
    assert playing.commands["matched"].isChecked()
    sound.match_gains = {Side.BEFORE: 0.0, Side.AFTER: -2.1}
    playing.playback.play()
    assert playing.transport.loudness.gain_text == "After −2.1 dB"
    sound.match_gains = {Side.BEFORE: -1.0, Side.AFTER: 0.0}  # more of it was measured
    qtbot.waitUntil(lambda: playing.transport.loudness.gain_text == "Before −1.0 dB", timeout=MS)
    playing.commands["matched"].trigger()
    assert not sound.mix[2] and playing.transport.loudness.gain_text == "off"


# No device


def test_without_a_device_the_button_says_why_and_play_tells_what_to_do(
    playing: MainWindow, sound: FakeSound, qtbot: QtBot
) -> None:
    sound.trouble = sound.trouble_after_reopen = TROUBLE
    playing.playback.try_again()
    qtbot.waitUntil(lambda: playing.playback.state is State.SILENT, timeout=MS)
    tip = playing.transport.play_button.toolTip()
    assert "No sound device was found." in tip and "Connect headphones." in tip
    assert TOPIC not in playing.messages.messages  # nobody wanted to hear anything yet
    QTest.mouseClick(playing.transport.play_button, LEFT)
    qtbot.waitUntil(lambda: TOPIC in playing.messages.messages, timeout=MS)
    message = playing.messages.messages[TOPIC]
    assert message.text == "No sound device was found." and [a.text() for a in message.actions] == ["Try Again"]
    assert playing.commands["export_audio"].isEnabled()
    QTest.keyClick(playing.tracks.view, Qt.Key.Key_B)  # the eye needs no device
    assert playing.roll.view_mode is ViewMode.BEFORE
    sound.trouble_after_reopen = None
    message.actions[0].trigger()
    qtbot.waitUntil(lambda: sound.is_playing, timeout=MS)
    assert TOPIC not in playing.messages.messages
    assert "No sound device" not in playing.transport.play_button.toolTip()


def test_a_device_that_is_lost_is_told(playing: MainWindow, sound: FakeSound, qtbot: QtBot) -> None:
    playing.playback.play()
    heard(playing, sound, 3.0)
    sound.trouble, sound.trouble_after_reopen = TROUBLE, None
    qtbot.waitUntil(lambda: TOPIC in playing.messages.messages, timeout=MS)
    assert not playing.playback.is_playing
    QTest.keyClick(playing.tracks.view, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: sound.is_playing, timeout=MS)
    assert sound.told[-1] == "play 3.00" and TOPIC not in playing.messages.messages


def test_a_soundfont_that_is_gone_gives_way_to_the_shipped_sounds(
    make_window: Callable[..., MainWindow], sound: FakeSound, preferences: Preferences, song_file: Path, qtbot: QtBot
) -> None:
    gone = song_file.with_name("gone.sf2")

    def load(request: SoundRequest) -> FakeSound:
        if request.soundfont is not None:
            raise DuvError("there is no such SoundFont", hint="choose another one", file=request.soundfont)
        return sound

    preferences.set_text("sound/font", str(gone))
    window = make_window(load_sound=load)
    window.open_paths([song_file])
    qtbot.waitUntil(lambda: window.playback.state is State.SILENT, timeout=MS)
    assert TOPIC not in window.messages.messages
    window.commands["play"].trigger()
    qtbot.waitUntil(lambda: TOPIC in window.messages.messages, timeout=MS)
    message = window.messages.messages[TOPIC]
    assert message.file == gone
    assert [action.text() for action in message.actions] == ["Use the Shipped Sounds", "Try Again"]
    message.actions[0].trigger()
    qtbot.waitUntil(lambda: sound.is_playing, timeout=MS)
    assert TOPIC not in window.messages.messages and preferences.text("sound/font") == ""


# Playhead


def test_the_playhead_is_where_it_is_heard_and_pages_turn(playing: MainWindow, sound: FakeSound) -> None:
    playing.roll.canvas.set_viewport(playing.roll.canvas.scene.viewport.zoomed(20, 0.0))
    playing.playback.play()
    heard(playing, sound, 0.5)
    assert playing.roll.canvas.playhead == pytest.approx(480.0)
    view = playing.roll.canvas.scene.viewport
    assert playing.document.song is not None
    heard(playing, sound, float(playing.document.song.tempo.seconds(view.right + 10)))
    assert playing.roll.canvas.scene.viewport.left > view.left
    playing.commands["follow"].trigger()
    view = playing.roll.canvas.scene.viewport
    heard(playing, sound, float(playing.document.song.tempo.seconds(view.right + 10)))
    assert playing.roll.canvas.scene.viewport == view


def test_follow_is_remembered(make_window: Callable[..., MainWindow], preferences: Preferences) -> None:
    first = make_window()
    assert first.commands["follow"].isChecked()
    first.commands["follow"].trigger()
    assert not make_window().commands["follow"].isChecked()


# Menus


@pops_up
def test_the_menus_of_devices_and_soundfonts(
    playing: MainWindow, sound: FakeSound, tmp_path: Path, qtbot: QtBot
) -> None:
    device = playing.commands.device
    device.aboutToShow.emit()
    qtbot.waitUntil(lambda: len(device.actions()) == 3, timeout=MS)
    assert [a.text() for a in device.actions()] == ["&System Default", *sound.names]
    device.actions()[2].trigger()
    qtbot.waitUntil(lambda: playing.playback.state is State.READY, timeout=MS)
    assert sound.opened == [sound.names[1]]
    device.aboutToShow.emit()
    assert [a.isChecked() for a in device.actions()] == [False, False, True]
    playing.sound_menus.use_soundfont(tmp_path / "mine & yours.sf2")
    fonts = playing.commands.soundfont
    fonts.aboutToShow.emit()
    assert [a.text() for a in fonts.actions()[:2]] == ["&Shipped: MuseScore General", "mine && yours.sf2"]
    assert fonts.actions()[1].isChecked()
    qtbot.waitUntil(lambda: playing.playback.state is State.READY, timeout=MS)
    fonts.actions()[0].trigger()
    assert playing.playback.source.request.soundfont is None
    qtbot.waitUntil(lambda: playing.playback.state is State.READY, timeout=MS)
    QApplication.processEvents()


def test_the_smallest_window_shows_the_whole_transport(playing: MainWindow) -> None:
    playing.models.show_model("a name that is far too long for its place in the tool bar", "", None)
    playing.resize(playing.minimumSize())
    QApplication.processEvents()
    for part in (playing.transport, playing.transport.volume, playing.drag_handle, playing.models):
        right = part.mapTo(playing, part.rect().topRight()).x()
        assert part.isVisible() and right < playing.width()


def test_a_loop_is_for_its_song(playing: MainWindow, sound: FakeSound, song_file: Path, qtbot: QtBot) -> None:
    playing.playback.set_loop(LoopRange(1.0, 2.0))
    other = song_file.with_name("Other.mid")
    other.write_bytes(song_file.read_bytes())
    playing.open_paths([other])
    qtbot.waitUntil(lambda: playing.windowTitle() == "Other.mid", timeout=MS)
    assert playing.playback.loop is None and playing.roll.canvas.loop is None and sound.loop is None
    assert playing.roll.canvas.playhead == 0.0
