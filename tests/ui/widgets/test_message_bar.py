"""Banners: one per topic, newest on top, closed by hand or by what ends their reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from duv_studio.errors import DuvError
from duv_studio.ui.widgets.message_bar import Banner, Message, MessageArea, sentence


@pytest.fixture
def area(qtbot: QtBot) -> MessageArea:
    area = MessageArea()
    qtbot.addWidget(area)
    area.resize(600, 300)
    return area


def test_an_error_says_title_message_hint_and_file(area: MessageArea) -> None:
    error = DuvError("this is not a MIDI file", hint="choose another", file=Path("/music/<b>a.mid"))
    area.show_message("open", Message.of(error, "The file could not be opened"))
    words = [label.text() for label in area.findChildren(QLabel) if label.text()]
    assert words == ["The file could not be opened", "This is not a MIDI file. Choose another.", "/music/<b>a.mid"]
    assert area.isVisibleTo(area.parentWidget())


def test_an_errors_own_title_is_kept() -> None:
    assert Message.of(DuvError("x", title="Disk full"), "Other").title == "Disk full"
    assert Message.of(DuvError("x")).title == "That did not work"


def test_a_topic_has_one_banner_and_the_newest_is_on_top(area: MessageArea) -> None:
    area.show_message("open", Message("error", "first"))
    area.show_message("export", Message("success", "second"))
    area.show_message("open", Message("error", "third"))
    assert {topic: m.title for topic, m in area.messages.items()} == {"export": "second", "open": "third"}
    top = area.layout().itemAt(0).widget()
    assert isinstance(top, Banner)
    assert top.message.title == "third"


def test_the_cross_and_escape_close_it(area: MessageArea) -> None:
    area.show_message("open", Message("error", "first"))
    area.findChildren(QToolButton)[0].click()
    assert area.messages == {}
    assert area.isHidden()
    area.show_message("open", Message("error", "second"))
    button = next(b for b in area.findChildren(QToolButton) if b.isVisibleTo(area))
    QTest.keyClick(button, Qt.Key.Key_Escape)
    assert area.messages == {}


def test_a_button_acts_and_closes(area: MessageArea) -> None:
    action, done = QAction("Humanize"), []
    action.triggered.connect(lambda: done.append(1))
    area.show_message("paused", Message("info", "Stopped", actions=(action,)))
    area.findChildren(QPushButton)[0].click()
    assert done == [1]
    assert area.messages == {}


@pytest.mark.parametrize("kind", ["error", "warning", "info", "success"])
def test_every_kind_can_be_painted(area: MessageArea, kind: str) -> None:
    area.show_message("a", Message(kind, "title", "text " * 80, "hint", Path("/x" * 200)))
    area.grab()


@pytest.mark.parametrize(
    ("text", "expected"), [("no file", "No file."), ("Gone!", "Gone!"), ("", ""), (" so… ", "So…"), ("日本", "日本.")]
)
def test_sentence(text: str, expected: str) -> None:
    assert sentence(text) == expected
