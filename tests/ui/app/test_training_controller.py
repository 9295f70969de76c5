"""Training in the main window: the wizard's life, quitting, previews, and adapters that are put to use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from duv_studio import paths
from duv_studio.engine.adapters.library import list_adapters
from duv_studio.errors import DuvError
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.app.training_controller import IMPORTED, TRAINED
from duv_studio.ui.document.jobs import MODEL, load_humanizer
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.playback.source import State
from duv_studio.ui.training import live_preview as preview
from duv_studio.ui.training.session import TrainingSession
from tests.adapters_made import make_adapter, make_base
from tests.midi_builder import TrackSpec, build_song
from tests.ui.conftest import WAIT_S, pops_up
from tests.ui.playback.hearing import Ears, place_of

MS = int(WAIT_S * 1000)
LEFT = Qt.MouseButton.LeftButton
pytestmark = pops_up


class Wizard(QDialog):
    """The signals of a wizard."""

    use_wanted = Signal(object, object)
    preview_wanted = Signal(object)
    adapters_changed = Signal()
    shut = 0

    def shut_down(self) -> None:
        self.shut += 1


@pytest.fixture(autouse=True)
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    real = paths.resource
    monkeypatch.setattr(
        paths, "resource", lambda *parts: tmp_path / "none" if parts[:1] == ("adapters",) else real(*parts)
    )
    return make_base()


@pytest.fixture
def real(make_window: Callable[..., MainWindow], preferences: Preferences, qtbot: QtBot) -> MainWindow:
    """A window with the real engine and a tiny model."""
    preferences.set_text("model/used", "tiny")
    window = make_window(load_humanizer)
    settled(window, qtbot)
    return window


def settled(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.jobs.tasks.running(MODEL), timeout=MS)


def titles(window: MainWindow) -> list[str]:
    return [header.title for header in window.jobs.model.adapters.values()]  # type: ignore[union-attr]


def played(window: MainWindow) -> list[int]:
    performance = window.document.performance
    assert performance is not None
    return [int(velocity) for track in performance for velocity in track.velocity]


def wizards(window: MainWindow) -> list[Wizard]:
    made: list[Wizard] = []

    def make(controller: Any) -> Wizard:
        made.append(Wizard(window))
        return made[-1]

    window.training.make_wizard = make
    return made


def drop_on(window: MainWindow, file: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    window.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, LEFT, Qt.KeyboardModifier.NoModifier))


def test_the_key_and_the_buttons_open_the_wizard(window: MainWindow) -> None:
    made = wizards(window)
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert len(made) == 1 and made[0].isVisible()
    made[0].hide()  # as it is while a training goes on
    window.commands["train"].trigger()
    assert len(made) == 1 and made[0].isVisible()
    made[0].reject()
    window.commands["train"].trigger()
    assert len(made) == 2 and made[0].shut == 1


def test_a_new_window_has_the_real_wizard(window: MainWindow, qtbot: QtBot) -> None:
    window.commands["train"].trigger()
    wizard = window.training.wizard
    assert wizard.isVisible() and wizard.state.text == ""
    QTest.keyClick(wizard, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.training.wizard is None)


def test_quitting_asks_while_a_training_runs(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    running = [True]
    monkeypatch.setattr(TrainingSession, "running", property(lambda self: running[0]))
    texts: list[str] = []

    def answer(word: str) -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        texts.append(box.text())
        QTest.mouseClick(next(b for b in box.findChildren(QPushButton) if word in b.text()), LEFT)

    QTimer.singleShot(0, lambda: answer("Cancel"))
    assert not window.close() and window.isVisible()
    QTimer.singleShot(0, lambda: answer("Stop and Quit"))
    assert window.close() and not window.isVisible()
    assert texts == ["Stop it and quit?"] * 2
    running[0] = False


def test_what_came_of_a_training_behind_is_told(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    made = wizards(window)
    controller = window.training
    controller.open_wizard()
    made[0].hide()
    monkeypatch.setattr(TrainingSession, "recipe", SimpleNamespace(adapter_name="sunday"))
    word = SimpleNamespace(word="improves", sentences=("It rises.",))
    controller.session.finished.emit(SimpleNamespace(verdict=word, status="finished"))
    message = window.messages.messages[TRAINED]
    assert (message.kind, message.title, message.text) == ("success", "The training of sunday is done", "It rises.")
    message.actions[0].trigger()
    assert made[0].isVisible() and TRAINED not in window.messages.messages
    controller.session.finished.emit(SimpleNamespace(verdict=word, status="finished"))
    assert TRAINED not in window.messages.messages  # it is seen in the wizard
    made[0].hide()
    controller.session.failed.emit(DuvError("the disk is full", hint="make room"))
    assert window.messages.messages[TRAINED].text == "The disk is full."


def test_what_was_seen_in_the_wizard_leaves_the_status_bar(window: MainWindow) -> None:
    made = wizards(window)
    window.training.open_wizard()
    window.training.session.finished.emit(None)
    assert window.chip.isVisible()
    made[0].accept()
    assert not window.chip.isVisible()


def test_an_adapter_that_is_dropped_is_imported_and_plays(
    real: MainWindow, base: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    file = make_adapter(base, path=tmp_path / "friend" / "theirs.safetensors", title="Theirs", verdict="")
    drop_on(real, file)
    settled(real, qtbot)
    assert titles(real) == ["Theirs"] and [info.header.title for info in list_adapters()] == ["Theirs"]
    assert real.jobs.adapter == "my-guitar" and real.messages.messages[IMPORTED].kind == "success"
    real.messages.messages[IMPORTED].actions[0].trigger()
    assert real.training.manager is not None and real.training.manager.isVisible()
    real.training.manager.close()


def test_an_adapter_without_its_base_is_kept_and_said(real: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    other = make_base("other", tmp_path / "elsewhere", seed=5)
    file = make_adapter(other, path=tmp_path / "friend" / "theirs.safetensors")
    drop_on(real, file)
    assert "base model" in real.messages.messages[IMPORTED].text and titles(real) == []
    assert len(list_adapters()) == 1


def test_the_preview_plays_and_goes_back(
    real: MainWindow, base: Path, tmp_path: Path, preferences: Preferences, qtbot: QtBot
) -> None:
    melody = [(240 * i, 240, 60 + i % 5, 60 + i % 7) for i in range(32)]
    song = tmp_path / "song.mid"
    song.write_bytes(build_song([TrackSpec(melody, program=25, name="Guitar")]))
    real.open_paths([song])
    qtbot.waitUntil(lambda: real.document.ready, timeout=MS)
    alone = played(real)
    best = make_adapter(base, path=tmp_path / "run" / "duv_lora_best.ckpt", title="So far", verdict="", size=3.0)
    made = wizards(real)
    real.training.open_wizard()
    made[0].preview_wanted.emit(best)
    settled(real, qtbot)
    qtbot.waitUntil(lambda: real.document.ready, timeout=MS)
    assert titles(real) == ["So far"] and "So far" in real.messages.messages[preview.TOPIC].title
    assert played(real) != alone
    assert preferences.text("model/adapter") == "auto"  # the next start does not know of it
    real.messages.messages[preview.TOPIC].actions[0].trigger()
    settled(real, qtbot)
    qtbot.waitUntil(lambda: real.document.ready, timeout=MS)
    assert titles(real) == [] and preview.TOPIC not in real.messages.messages and played(real) == alone
    made[0].preview_wanted.emit(tmp_path / "nothing.ckpt")
    assert real.messages.messages[preview.TOPIC].title == "There is nothing to preview yet"


def test_the_preview_is_heard_while_it_plays(
    make_window: Callable[..., MainWindow], preferences: Preferences, base: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    preferences.set_text("model/used", "tiny")
    ears = Ears(tmp_path)
    window = make_window(load_humanizer, load_sound=ears.load)
    settled(window, qtbot)
    song = tmp_path / "song.mid"
    song.write_bytes(build_song([TrackSpec([(240 * i, 200, 60 + i % 5, 60) for i in range(32)], program=25)]))
    window.open_paths([song])
    qtbot.waitUntil(lambda: window.document.ready and window.playback.state is State.READY, timeout=MS)
    ears.render()
    alone = ears.rendered(window, window.document.performance)
    window.playback.play()
    heard = ears.hear(0.5)
    at = place_of(heard[-4410:], alone, near=len(heard)) + 4410
    assert at >= 4410
    window.training.preview.show(make_adapter(base, path=tmp_path / "run" / "duv_lora_best.ckpt", verdict="", size=3.0))
    settled(window, qtbot)
    qtbot.waitUntil(lambda: window.document.ready, timeout=MS)
    window.playback._taking.flush()
    ears.render()
    preview_audio = ears.rendered(window, window.document.performance)
    heard = ears.hear(0.6)
    half = len(heard) // 2
    assert np.array_equal(heard[half:], preview_audio[at + half : at + len(heard)])
    assert not np.array_equal(heard[half:], alone[at + half : at + len(heard)])
    assert window.playback.is_playing


def test_another_choice_ends_the_preview(real: MainWindow, base: Path, tmp_path: Path, qtbot: QtBot) -> None:
    best = make_adapter(base, path=tmp_path / "run" / "duv_lora_best.ckpt", verdict="")
    real.training.preview.show(best)
    settled(real, qtbot)
    assert real.training.preview.active
    real.models.adapters.chosen.emit("none")
    settled(real, qtbot)
    assert not real.training.preview.active and preview.TOPIC not in real.messages.messages


def test_an_adapter_is_used_from_the_manager_and_gone_when_removed(
    real: MainWindow, base: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make_adapter(base, verdict="")
    real.commands["adapters"].trigger()
    manager = real.training.manager
    assert manager is not None and manager.isVisible()
    QTest.mouseClick(manager.use, LEFT)
    settled(real, qtbot)
    assert real.jobs.adapter == "my-guitar" and titles(real) == ["My guitar"]
    monkeypatch.setattr(manager.questions, "ask_title", lambda parent, title: "Sunday")
    QTest.mouseClick(manager.rename, LEFT)
    settled(real, qtbot)
    assert titles(real) == ["Sunday"]
    monkeypatch.setattr(manager.questions, "confirm_remove", lambda parent, title: True)
    monkeypatch.setattr(manager.questions, "move_to_trash", lambda folder: bool(folder.rename(tmp_path / "trashed")))
    QTest.mouseClick(manager.remove, LEFT)
    settled(real, qtbot)
    assert real.jobs.adapter == "auto" and titles(real) == []
    made = wizards(real)
    QTest.mouseClick(manager.empty.train, LEFT)
    assert made and not manager.isVisible()


def test_the_model_stands_in_the_smallest_tool_bar(window: MainWindow, qtbot: QtBot) -> None:
    settled(window, qtbot)
    window.models.show_model("a name that is far too long for its place in the tool bar", "", None)
    window.resize(window.minimumSize())
    qtbot.waitUntil(window.models.isVisible)
    qtbot.waitUntil(lambda: window.models.geometry().right() <= window.width())
