"""A drop on any window is a copy: no file manager moves or deletes the file that it gave, whatever keys are held."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.training.adapter_dialogs import AdapterDialogs
from duv_studio.ui.training.manager import AdapterManager
from duv_studio.ui.wizard.data.data_page import DataPage
from duv_studio.ui.wizard.recipe.recipe_document import WizardState
from duv_studio.ui.wizard.recipe.yaml_view import YamlView
from duv_studio.ui.wizard.start.start_page import StartPage
from tests.midi_builder import build_song

LEFT = Qt.MouseButton.LeftButton
COPY, MOVE, LINK = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction, Qt.DropAction.LinkAction
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
Make = Callable[[], QWidget]


@pytest.fixture
def places(
    make_window: Callable[..., MainWindow], preferences: Preferences, qtbot: QtBot
) -> Iterator[dict[str, Callable[[], QWidget]]]:
    """How each window and page that takes files is made."""
    ends: list[Callable[[], object]] = []

    def batch() -> QWidget:
        return make_window().batch.make()

    def manager() -> QWidget:
        made = AdapterManager(preferences, AdapterDialogs())
        ends.append(made.close)
        return made

    def data() -> QWidget:
        made = DataPage(WizardState())
        made.surveyor.read = lambda source: None  # type: ignore[method-assign]  # what is read is tested elsewhere
        ends.append(made.shut_down)
        return made

    def start() -> QWidget:
        return StartPage(WizardState(), preferences=preferences)

    yield {"main window": make_window, "batch": batch, "adapters": manager, "data": data, "start": start}
    for end in ends:
        end()


@pytest.mark.parametrize("offered", [COPY, COPY | MOVE, COPY | MOVE | LINK, MOVE], ids=str)
@pytest.mark.parametrize("keys", [NONE, SHIFT], ids=["no key", "Shift"])
@pytest.mark.parametrize("place", ["main window", "batch", "adapters", "data", "start"])
def test_a_drop_is_taken_as_a_copy_or_not_at_all(
    places: dict[str, Callable[[], QWidget]],
    tmp_path: Path,
    qtbot: QtBot,
    place: str,
    keys: Qt.KeyboardModifier,
    offered: Qt.DropAction,
) -> None:
    widget = places[place]()
    qtbot.addWidget(widget)
    file = tmp_path / ("mine.yaml" if place == "start" else "mine.mid")
    file.write_bytes(b"manifest: a\n" if place == "start" else build_song([[(0, 480, 60, 80)]]))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    enter = QDragEnterEvent(QPoint(5, 5), offered, mime, LEFT, keys)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted() == (offered != MOVE)
    if enter.isAccepted():
        drop = QDropEvent(QPointF(5, 5), offered, mime, LEFT, keys)
        QApplication.sendEvent(widget, drop)
        assert enter.dropAction() == drop.dropAction() == COPY
        assert drop.isAccepted()
    assert file.is_file()


def test_only_those_take_files(make_window: Callable[..., MainWindow], tmp_path: Path, qtbot: QtBot) -> None:
    """A text field within a window would take the file's name, and let the file manager move it."""
    window = make_window()
    batch = window.batch.make()
    for around in (window, batch):
        takers = [w for w in around.findChildren(QWidget) if w.acceptDrops() and w.window() is around]
        assert takers == [], around


def test_a_recipe_takes_text_and_no_files(qtbot: QtBot, tmp_path: Path) -> None:
    view = YamlView(WizardState())
    qtbot.addWidget(view)
    for text, urls, taken in (("lr: 1", [], True), ("", [QUrl.fromLocalFile(str(tmp_path))], False)):
        mime = QMimeData()
        mime.setText(text)
        if urls:
            mime.setUrls(urls)
        enter = QDragEnterEvent(QPoint(5, 5), COPY | MOVE, mime, LEFT, NONE)
        QApplication.sendEvent(view.viewport(), enter)
        assert enter.isAccepted() is taken
