"""What tests of the batch window share: a main window whose batches are played by a stand-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.batch.runner import BatchRunner
from duv_studio.ui.batch.window import BatchWindow
from duv_studio.ui.document.preferences import Preferences
from tests.ui.batch.staged import Answers, Staged
from tests.ui.conftest import FakeModel

MakeMain = Callable[..., MainWindow]


@pytest.fixture(autouse=True)
def swept(qapp: QApplication) -> None:
    """Widgets of the test before are gone: without an event loop they would wait, and be dressed with each theme."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def staged() -> Staged:
    return Staged()


@pytest.fixture
def runner(staged: Staged, qtbot: QtBot) -> Iterator[BatchRunner]:
    made = BatchRunner(staged.run)
    yield made
    made.shut_down()


@pytest.fixture
def batch_answers() -> Answers:
    return Answers()


@pytest.fixture
def make_main(
    qtbot: QtBot, preferences: Preferences, model: FakeModel, staged: Staged, batch_answers: Answers
) -> Iterator[MakeMain]:
    """Make a main window; its batches are staged, unless `run` says otherwise."""
    made: list[MainWindow] = []

    def make(run: Any = staged.run) -> MainWindow:
        window = MainWindow(preferences, load_model=lambda name, adapter, device: model, batch_run=run)
        window.batch.dialogs = batch_answers
        made.append(window)
        qtbot.addWidget(window)
        window.show()
        window.start()
        return window

    yield make
    staged.go.set()
    for window in made:
        window.shut_down()


@pytest.fixture
def main(make_main: MakeMain, qtbot: QtBot) -> MainWindow:
    window = make_main()
    qtbot.waitUntil(lambda: window.jobs.model is not None)
    return window


@pytest.fixture
def window(main: MainWindow, qtbot: QtBot) -> BatchWindow:
    """Its batch window, as Ctrl+B shows it but for what the offscreen platform cannot do."""
    made = main.batch.make()
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    """A folder whose files are only looked at from outside."""
    folder = tmp_path / "songs"
    (folder / "下").mkdir(parents=True)
    for name in ("a.mid", "b.MID", "下/c.kar", "notes.txt"):
        (folder / name).write_bytes(b"x" * 100)
    return folder
