"""The whole wizard by mouse and keyboard, with a real training: from a folder of MIDI to an adapter in the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPlainTextEdit, QPushButton, QWidget, QWizard
from pytestqt.qtbot import QtBot

from duv_studio import paths
from duv_studio.engine.adapters.library import list_adapters, read_adapter_header
from duv_studio.engine.adapters.user_library import read_notes
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.document.jobs import MODEL, load_humanizer
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.wizard.step_list import Page
from duv_studio.ui.wizard.window import TrainingWizard
from tests.midi_builder import TrackSpec, build_song
from tests.rule_player import LEVEL, NOISE, rule_velocity
from tests.ui.conftest import WAIT_S, pops_up

MS = int(WAIT_S * 1000)
TRAINING_MS = 240_000
LEFT = Qt.MouseButton.LeftButton
Button = QWizard.WizardButton
PPQ = 480
pytestmark = [pops_up, pytest.mark.timeout(600)]


@pytest.fixture
def window(
    tiny_base: Path,
    tmp_path: Path,
    preferences: Preferences,
    make_window: Callable[..., MainWindow],
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> Iterator[MainWindow]:
    """The real window with that model, and a song for guitar that no one has humanized."""
    real = paths.resource
    monkeypatch.setattr(
        paths, "resource", lambda *parts: tmp_path / "none" if parts[:1] == ("adapters",) else real(*parts)
    )
    model = paths.user_models_dir() / "tiny" / "model.safetensors"
    model.parent.mkdir(parents=True)
    model.write_bytes(tiny_base.read_bytes())
    preferences.set_text("model/used", "tiny")
    made = make_window(load_humanizer)
    song = tmp_path / "mine.mid"
    song.write_bytes(played_song(seed=99, level=64.0, noise=0.0, rules=False))
    made.open_paths([song])
    qtbot.waitUntil(lambda: made.document.ready, timeout=MS)
    yield made
    made.training.session.stop_now()


@pytest.fixture
def playing(tmp_path: Path) -> Path:
    """A folder of songs that someone played by rules, and a file that is none."""
    folder = tmp_path / "My playing"
    folder.mkdir()
    for k in range(12):
        (folder / f"take {k}.mid").write_bytes(played_song(seed=k))
    (folder / "broken.mid").write_bytes(b"MThd and no more")
    return folder


def played_song(seed: int, level: float = LEVEL, noise: float = NOISE, rules: bool = True, notes: int = 192) -> bytes:
    rng = np.random.default_rng(seed)
    onset, pitch = np.arange(notes) / 2, rng.integers(60, 73, notes)
    meant = rule_velocity(pitch, onset % 4) if rules else np.zeros(notes)
    velocity = np.clip(np.round(level + meant + rng.normal(0, noise, notes) if noise else level + meant), 1, 127)
    # Cut short, and not so short that whoever writes it down takes another note value for it.
    length = 0.5 * np.exp(np.where(pitch < 66, -0.25, -0.15) + rng.normal(0, 0.02, notes) if rules else np.zeros(notes))
    rows = zip(onset * PPQ, np.maximum(length * PPQ, 1), pitch, velocity, strict=True)
    track = TrackSpec([(int(t), int(d), int(p), int(v)) for t, d, p, v in rows], name="Guitar", program=25)
    return build_song([track], tempos=[(0, 120.0)], signatures=[(0, 4, 4)])


def click(widget: QWidget) -> None:
    assert widget.isVisible() and widget.isEnabled(), widget.accessibleName()
    QTest.mouseClick(widget, LEFT)


def go_on(wizard: TrainingWizard, to: Page) -> None:
    click(wizard.button(Button.NextButton))
    assert wizard.currentId() == to and wizard.steps.current == to


def wait_complete(wizard: TrainingWizard, qtbot: QtBot, ms: int = TRAINING_MS) -> None:
    qtbot.waitUntil(lambda: wizard.currentPage().isComplete(), timeout=ms)


def drop(widget: QWidget, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), copy, mime, LEFT, none)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(widget, QDropEvent(QPointF(9, 9), copy, mime, LEFT, none))


def type_over(text: QPlainTextEdit, old: str, new: str) -> None:
    cursor = text.document().find(old)
    assert not cursor.isNull(), old
    text.setFocus()
    text.setTextCursor(cursor)
    QTest.keyClicks(text, new)


def in_box(word: str) -> None:
    """Press the button of the box that will be open then."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        click(next(b for b in box.findChildren(QPushButton) if word in b.text()))

    QTimer.singleShot(0, press)


def velocities(window: MainWindow) -> list[int]:
    performance = window.document.performance
    assert performance is not None
    return [int(v) for track in performance for v in track.velocity]


def start_wizard(window: MainWindow, qtbot: QtBot) -> TrainingWizard:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    wizard = window.training.wizard
    assert isinstance(wizard, TrainingWizard) and wizard.isVisible() and wizard.currentId() == Page.START
    return wizard


def to_the_run(wizard: TrainingWizard, playing: Path, qtbot: QtBot, epochs: int) -> None:
    """Choose, drop, change and check, up to the page before the run."""
    start: Any = wizard.page(Page.START)
    assert not wizard.button(Button.NextButton).isEnabled()
    click(start.cards.cards["guitar_Lora.yaml"])
    go_on(wizard, Page.DATA)
    assert not wizard.button(Button.NextButton).isEnabled()
    drop(wizard.page(Page.DATA), playing)
    wait_complete(wizard, qtbot)
    assert wizard.state.data.usable
    go_on(wizard, Page.RECIPE)
    change_recipe(wizard, epochs)
    go_on(wizard, Page.CHECK)
    wait_complete(wizard, qtbot)


def change_recipe(wizard: TrainingWizard, epochs: int) -> None:
    """Most of it in the text, the number of epochs in the form, everything typed."""
    recipe: Any = wizard.page(Page.RECIPE)
    text = recipe.yaml.findChild(QPlainTextEdit) or recipe.yaml
    type_over(text, "base_checkpoint: base-open", "base_checkpoint: tiny")
    type_over(text, "batch_size: 16", "batch_size: x")
    assert not recipe.isComplete() and not wizard.button(Button.NextButton).isEnabled()
    type_over(text, "batch_size: x", "batch_size: 4")
    for old, new in (("min_steps: 150", "min_steps: 16"), ("max_len: 256", "max_len: 64"), ("bf16", '"32"')):
        type_over(text, old, new)
    type_over(text, "lr: 0.001", "lr: 0.003")
    row = recipe.form.rows["trainer.epochs"]
    recipe.form.go_to("trainer.epochs")
    field = row.widget.focusProxy() or row.widget
    field.selectAll()
    QTest.keyClicks(field, str(epochs))
    QTest.keyClick(field, Qt.Key.Key_Tab)
    assert wizard.state.problems == () and wizard.state.value("trainer.epochs") == epochs
    assert "# peak learning rate" in wizard.state.text


def test_a_folder_of_playing_becomes_an_adapter_in_the_window(
    window: MainWindow, playing: Path, preferences: Preferences, qtbot: QtBot
) -> None:
    before = velocities(window)
    wizard = start_wizard(window, qtbot)
    to_the_run(wizard, playing, qtbot, epochs=12)
    go_on(wizard, Page.RUN)
    session = window.training.session
    assert session.running and not wizard.button(Button.NextButton).isEnabled()

    in_box("Go On Behind")
    QTest.keyClick(wizard, Qt.Key.Key_Escape)
    assert not wizard.isVisible() and session.running and window.chip.isVisible()
    click(window.chip)
    assert wizard.isVisible() and wizard.currentId() == Page.RUN

    wait_complete(wizard, qtbot)
    assert session.error is None and session.result is not None and len(session.history)
    click(wizard.page(Page.RUN).preview_button)  # type: ignore[attr-defined]
    settled(window, qtbot)
    previewed = velocities(window)
    assert previewed != before and preferences.text("model/adapter") == "auto"

    go_on(wizard, Page.RESULT)
    result: Any = wizard.page(Page.RESULT)
    assert result.outcome.status == "finished" and result.outcome.verdict and result.table.isVisible()
    result.keep.name.setFocus()
    result.keep.name.selectAll()
    QTest.keyClicks(result.keep.name, "Sunday strumming")
    QTest.keyClicks(result.keep.notes, "twelve takes")
    with qtbot.waitSignal(result.use_wanted, timeout=MS):
        click(result.keep.use)
    settled(window, qtbot)
    [installed] = list_adapters()
    assert installed.own and installed.header.title == "Sunday strumming"
    assert read_notes(installed.path) == "twelve takes\n"
    assert window.jobs.adapter == installed.name == preferences.text("model/adapter")
    assert velocities(window) == previewed
    assert "guitar adapter" in window.status.player.whole
    click(wizard.button(Button.FinishButton))
    assert not wizard.isVisible()
    again = start_wizard(window, qtbot)
    runs = again.page(Page.START).runs  # type: ignore[attr-defined]
    runs.select(result.outcome.folder)
    click(runs.result)
    assert again.currentId() == Page.RESULT
    assert again.page(Page.RESULT).keep.title == "Sunday strumming"  # type: ignore[attr-defined]
    QTest.keyClick(again, Qt.Key.Key_Escape)


def settled(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.jobs.tasks.running(MODEL), timeout=MS)
    qtbot.waitUntil(lambda: window.document.ready and window.jobs.activity is None, timeout=MS)


def test_a_run_that_is_stopped_is_resumed_from_the_wizard(window: MainWindow, playing: Path, qtbot: QtBot) -> None:
    wizard = start_wizard(window, qtbot)
    to_the_run(wizard, playing, qtbot, epochs=400)
    go_on(wizard, Page.RUN)
    session, page = window.training.session, wizard.page(Page.RUN)
    qtbot.waitUntil(lambda: session.history.best is not None, timeout=TRAINING_MS)
    click(page.stop_button)  # type: ignore[attr-defined]
    wait_complete(wizard, qtbot)
    stopped_at = session.history.step
    assert session.result.status == "interrupted" and session.resumable
    best = read_adapter_header(session.best_adapter)  # type: ignore[arg-type]
    assert best.verdict == ""
    click(page.resume_button)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: session.history.step > stopped_at, timeout=TRAINING_MS)
    in_box("Stop and Quit")
    assert window.close()
    assert not session.running and not wizard.isVisible()
