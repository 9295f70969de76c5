"""The suite's own guards: a leaked thread, a Qt warning or a Python warning must fail the test that caused it."""

from __future__ import annotations

import pytest

from tests import ROOT

pytest_plugins = "pytester"

CONFTEST = (ROOT / "tests" / "conftest.py").read_text(encoding="utf-8")

LEAKS = """
import threading
import time
import warnings

from PySide6.QtCore import QRunnable, QThread, QThreadPool, qWarning

stop = threading.Event()
kept = []


class Wait(QRunnable):
    def run(self):
        stop.wait(20)


def test_thread():
    threading.Thread(target=stop.wait, args=(20,), daemon=True).start()


def test_qthread(qapp):
    kept.append(QThread())
    kept[0].start()


def test_global_pool(qapp):
    QThreadPool.globalInstance().start(Wait())


def test_own_pool(qapp):
    kept.append(QThreadPool())
    kept[1].start(Wait())


def test_qt_warning(qapp):
    qWarning("something is wrong")


def test_python_warning():
    warnings.warn("something is wrong")


def test_that_ends_all(qapp):
    stop.set()
    kept[0].quit()
    kept[0].wait()
    kept[1].waitForDone()
    QThreadPool.globalInstance().waitForDone()


def test_clean(qapp):
    thread = threading.Thread(target=time.sleep, args=(0.05,))
    thread.start()
"""


CAUGHT = {
    "test_thread": "left running: Python thread",
    "test_qthread": "left running: QThread",
    "test_global_pool": "left running: task of a QThreadPool",
    "test_own_pool": "left running: task of a QThreadPool",
    "test_qt_warning": "something is wrong",
    "test_python_warning": "UserWarning: something is wrong",
}


def test_every_leak_and_every_warning_is_caught(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST.replace("_GRACE_S = 5.0", "_GRACE_S = 0.3"))
    pytester.makepyfile(test_leaks=LEAKS)
    result = pytester.runpytest_subprocess("-c", str(ROOT / "pyproject.toml"), "--rootdir", ".", "-v", "test_leaks.py")
    for test, reason in CAUGHT.items():
        result.stdout.re_match_lines([f"_+ .*{test} _+", f".*{reason}"])
    result.assert_outcomes(passed=6, errors=4, failed=2)
