"""Choosing models: what is reported before, what is remembered, and what happens when a remembered one is of no use."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from duv_studio.engine.model.checkpoint import ModelHeader
from duv_studio.engine.model.precision import PRECISION_VARIABLE
from duv_studio.errors import DuvError
from duv_studio.ui.app import about
from duv_studio.ui.app.about import AboutDialog, facts
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.document.jobs import MODEL
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.panels import model_choice
from duv_studio.ui.panels.model_choice import FORGOTTEN, LICENCE
from duv_studio.ui.panels.model_text import computing
from tests.ui.conftest import WAIT_S, FakeModel, pops_up

MS = int(WAIT_S * 1000)
MakeWindow = Callable[..., MainWindow]
FREE = ModelHeader("free", "Free", "MIT", {}, {}, parameters=4_740_000)
RESEARCH = ModelHeader("research", "Base (research)", "CC BY-NC-SA 4.0", {}, {}, licence_note="Not for shops.")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was loaded; "research" is a model that may not be used commercially."""
    headers = {"research": RESEARCH, "free": FREE}
    monkeypatch.setattr(model_choice, "header_of", lambda model: headers.get(str(model)))
    monkeypatch.setattr(model_choice, "find_model", lambda model: Path(str(model)))
    return []


@pytest.fixture
def load(asked: list[object], model: FakeModel) -> Callable[[object], FakeModel]:
    def load(name: object, adapter: object, device: str) -> FakeModel:
        asked.append(name)
        if name == "stale":
            raise DuvError("reads other note features than this version", file="stale.safetensors")
        return model

    return load


def settled(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.jobs.tasks.running(MODEL), timeout=MS)


def test_a_model_that_is_free_to_use_is_loaded_at_once(
    make_window: MakeWindow, load: object, asked: list[object], preferences: Preferences, qtbot: QtBot
) -> None:
    window = make_window(load)
    window.models.chosen.emit("free")
    settled(window, qtbot)
    assert asked[-1] == "free"
    assert preferences.text("model/used") == "free"
    assert window.messages.messages == {}


@pytest.mark.parametrize("by", ["mouse", "keys"])
def test_before_its_first_use_a_research_model_is_explained_and_only_then(
    make_window: MakeWindow, load: object, asked: list[object], preferences: Preferences, qtbot: QtBot, by: str
) -> None:
    window = make_window(load)
    settled(window, qtbot)
    window.models.chosen.emit("research")
    message = window.messages.messages[LICENCE]
    assert message.title == "“Base (research)” is not for commercial use"
    assert message.text == "Not for shops."
    assert asked == [None]
    button = next(b for b in window.messages.findChildren(QPushButton) if b.text() == "Use It")
    if by == "mouse":
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    else:
        button.setFocus()
        QTest.keyClick(button, Qt.Key.Key_Space)
    settled(window, qtbot)
    assert asked == [None, "research"]
    assert LICENCE not in window.messages.messages
    assert preferences.text("model/used") == "research"
    window.models.chosen.emit("free")
    window.models.chosen.emit("research")
    assert LICENCE not in window.messages.messages
    settled(window, qtbot)
    assert asked[-1] == "research"


def test_who_closes_the_word_about_the_licence_keeps_the_model(
    make_window: MakeWindow, load: object, asked: list[object], preferences: Preferences, qtbot: QtBot
) -> None:
    window = make_window(load)
    settled(window, qtbot)
    window.models.chosen.emit("research")
    window.messages.clear(LICENCE)
    assert asked == [None]
    assert preferences.words("model/told") == []
    window.models.chosen.emit("research")
    window.models.chosen.emit("free")  # another wish takes the question away
    assert LICENCE not in window.messages.messages
    settled(window, qtbot)
    assert asked[-1] == "free"


def test_a_remembered_model_that_this_version_cannot_read_gives_way_to_the_default_one(
    make_window: MakeWindow, load: object, asked: list[object], preferences: Preferences, model: FakeModel, qtbot: QtBot
) -> None:
    preferences.set_text("model/used", "stale")
    window = make_window(load)
    qtbot.waitUntil(lambda: window.jobs.model is model, timeout=MS)
    assert asked == ["stale", None]
    message = window.messages.messages[FORGOTTEN]
    assert message.title == "The model of last time cannot be used"
    assert message.text.endswith("The default model plays instead.")
    assert MODEL not in window.messages.messages
    assert preferences.text("model/used") == ""


def test_a_chosen_model_that_cannot_be_read_is_told_and_the_present_one_stays(
    make_window: MakeWindow, load: object, asked: list[object], qtbot: QtBot
) -> None:
    window = make_window(load)
    settled(window, qtbot)
    window.models.chosen.emit("stale")
    settled(window, qtbot)
    assert asked == [None, "stale"]
    assert MODEL in window.messages.messages


# How it computes


@pytest.mark.parametrize(
    ("precision", "variable", "words"),
    [
        ("bf16", "", "the fastest"),
        ("fp32", "", "no instructions for bf16"),
        ("int8", "int8", PRECISION_VARIABLE),
        ("bf16", "auto", "the fastest"),
    ],
)
def test_why_it_computes_as_it_does(precision: str, variable: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, PRECISION_VARIABLE, variable)
    assert computing(precision).startswith(f"Computes in {precision} on the CPU: ")
    assert words in computing(precision)


def test_facts_about_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    class Model:
        path, precision, description = Path("/m/model.safetensors"), "bf16", "unused"

    monkeypatch.setattr(about, "header_of", lambda path: RESEARCH)
    said = facts(Model())
    assert said[0] == ("Model", "Base (research)")
    assert ("Licence", "CC BY-NC-SA 4.0 · not for commercial use") in said
    assert ("", "Not for shops.") in said
    assert dict(said)["Speed"].startswith("Computes in bf16")
    assert dict(said)["File"] == "/m/model.safetensors"
    assert facts(None) == [("Model", "none is loaded")]
    assert facts(FakeModel()) == [("Model", FakeModel.description)]


@pops_up
def test_about_is_opened_and_closed_by_keys(window: MainWindow, qtbot: QtBot) -> None:
    settled(window, qtbot)
    window.commands["about"].trigger()
    dialog = window.findChild(AboutDialog)
    assert dialog is not None
    assert "A model for tests" in dialog.text()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(AboutDialog) is None, timeout=MS)
    QApplication.processEvents()
