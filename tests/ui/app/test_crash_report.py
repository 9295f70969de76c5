"""Unexpected trouble is saved first, logged, shown once, and found by the next start."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import qWarning
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from duv_studio import __version__
from duv_studio.paths import log_dir
from duv_studio.ui.app import crash_report as crash


@pytest.fixture
def log() -> Iterator[Path]:
    path = crash.start_log()
    yield path
    crash.stop_log()


@pytest.fixture
def saved() -> list[int]:
    return []


@pytest.fixture
def hook(qtbot: QtBot, log: Path, saved: list[int]) -> Iterator[crash.ExceptionHook]:
    hook = crash.ExceptionHook(lambda: saved.append(1))
    hook.install()
    yield hook
    hook.uninstall()
    if hook.dialog is not None:
        hook.dialog.close()


def fault() -> ZeroDivisionError:
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError as error:
        return error
    raise AssertionError


def test_an_exception_is_saved_logged_and_shown(hook: crash.ExceptionHook, saved: list[int], log: Path) -> None:
    error = fault()
    sys.excepthook(type(error), error, error.__traceback__)
    assert saved == [1]
    assert "ZeroDivisionError" in log.read_text(encoding="utf-8")
    assert hook.dialog is not None
    text = hook.dialog.text.toPlainText()
    assert "in fault" in text
    assert __version__ in text
    (copy,) = (button for button in hook.dialog.findChildren(QPushButton) if "Copy" in button.text())
    copy.click()
    assert QGuiApplication.clipboard().text() == text


def test_the_same_fault_in_every_frame_is_one_dialog(hook: crash.ExceptionHook) -> None:
    hook.report(fault())
    first = hook.dialog
    hook.report(fault())
    assert hook.dialog is first


def test_an_exception_in_a_thread_reaches_the_gui(hook: crash.ExceptionHook, qtbot: QtBot) -> None:
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    assert hook.dialog is None, "no widget is made in another thread"
    qtbot.waitUntil(lambda: hook.dialog is not None)


def test_a_failing_save_does_not_hide_the_first_trouble(qtbot: QtBot, log: Path) -> None:
    def save() -> None:
        raise OSError("disk full")

    hook = crash.ExceptionHook(save)
    hook.report(fault())
    assert hook.dialog is not None
    hook.dialog.close()
    words = log.read_text(encoding="utf-8")
    assert "ZeroDivisionError" in words
    assert "disk full" in words


def test_qt_warnings_go_to_the_log(log: Path, caplog: pytest.LogCaptureFixture) -> None:
    crash.log_qt_messages()
    qWarning("something about a pixmap")
    crash.log_qt_messages(False)
    assert "something about a pixmap" in log.read_text(encoding="utf-8")


def test_the_log_is_closed(log: Path) -> None:
    crash.stop_log()
    assert logging.getLogger("duv_studio").handlers == []
    crash.start_log()


def test_a_crash_is_told_by_the_next_start_once() -> None:
    code = (
        "import faulthandler\nfrom duv_studio.ui.app.crash_report import FaultFile\n"
        "faults = FaultFile()\nimport os\nos.kill(os.getpid(), 11)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode != 0
    trace = crash.last_crash()
    assert trace is not None
    assert "Segmentation fault" in trace.read_text(encoding="utf-8")
    assert crash.last_crash() is None


def test_a_good_end_leaves_nothing() -> None:
    faults = crash.FaultFile()
    assert faults.path.exists()
    faults.close()
    assert crash.last_crash() is None
    assert list(log_dir().glob("fault-*")) == []
