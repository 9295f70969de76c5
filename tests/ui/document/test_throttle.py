"""The first call happens at once, the last one always."""

from __future__ import annotations

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from duv_studio.ui.document.throttle import Throttle


def test_first_at_once_last_never_lost_and_few_between(qtbot: QtBot) -> None:
    parent = QObject()
    state, seen = [0], []
    throttle = Throttle(30, lambda: seen.append(state[0]), parent)
    for value in range(1, 101):
        state[0] = value
        throttle.call()
    assert seen == [1]
    assert throttle.waiting
    qtbot.waitUntil(lambda: not throttle.waiting)
    assert seen == [1, 100]


def test_flush_does_what_waits_and_nothing_else(qtbot: QtBot) -> None:
    parent = QObject()
    calls: list[int] = []
    throttle = Throttle(1000, lambda: calls.append(1), parent)
    throttle.flush()
    assert calls == []
    throttle.call()
    throttle.call()
    throttle.flush()
    assert calls == [1, 1]
    assert not throttle.waiting
