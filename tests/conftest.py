"""What every test gets: no screen, no user's folders, and a failure when it leaves a thread or a task behind."""

from __future__ import annotations

import os

# Before anything imports Qt, numpy or torch: they read these once.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Which number format is fastest is each machine's own affair: tests compute in the exact one.
os.environ["DUV_STUDIO_PRECISION"] = "fp32"

import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import is_hypothesis_test

_GRACE_S = 5.0  # how long a thread may take to end after its test


def pytest_configure() -> None:
    """Let tests be interrupted, and their children: a script that runs `make test &` has SIGINT ignored in both."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave laws out of coverage: of a thousand drawn examples it slows each, and other tests run the same lines."""
    for item in items:
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker("no_cover")


@pytest.fixture(autouse=True)
def user_dirs(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for every test; the real one is never read nor written."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("DUV_STUDIO_HOME", str(home / "duv-studio"))
    monkeypatch.setenv("HOME", str(home))
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    if "PySide6.QtCore" in sys.modules:
        _move_qsettings(home / "config")
    return home


@pytest.fixture(autouse=True)
def no_leaks() -> Iterator[None]:
    """Fail the test that leaves a Python thread, a QThread or a pool task running."""
    before = _running()
    yield
    deadline = time.monotonic() + _GRACE_S
    while (left := _running().items() - before.items()) and time.monotonic() < deadline:
        time.sleep(0.01)
    if left:
        pytest.fail(f"left running: {', '.join(sorted(label for _, label in left))}", pytrace=False)


def _running() -> dict[Any, str]:
    """Everything that runs beside the main thread: a key that tells it from others, and what to call it."""
    # Threads of Qt's pool that ask Python for their name get a dummy that stays behind; Qt's threads are counted below.
    ours = [t for t in threading.enumerate() if not isinstance(t, threading._DummyThread)]
    found: dict[Any, str] = {thread: f"Python thread {thread.name}" for thread in ours}
    for thread in _qt_objects("QThread"):
        # QThread.currentThread() wraps the main thread in a QThread that always runs.
        if thread.isRunning() and not thread.isCurrentThread():
            found[_address(thread)] = f"QThread {thread.objectName() or type(thread).__name__}"
    for pool in _pools():
        for task in range(pool.activeThreadCount()):
            found[_address(pool), task] = f"task of a {type(pool).__name__}"
    return found


def _qt_objects(kind: str) -> list[Any]:
    """All live Qt objects of a QtCore class, without importing Qt into tests that do not use it."""
    core = sys.modules.get("PySide6.QtCore")
    if core is None:
        return []
    import shiboken6

    return [o for o in shiboken6.getAllValidWrappers() if isinstance(o, getattr(core, kind))]


def _pools() -> list[Any]:
    core = sys.modules.get("PySide6.QtCore")
    return [] if core is None else [core.QThreadPool.globalInstance(), *_qt_objects("QThreadPool")]


def _address(thing: Any) -> int:
    # Two wrappers of one Qt object are different Python objects.
    import shiboken6

    return int(shiboken6.getCppPointer(thing)[0])


def _move_qsettings(folder: Path) -> None:
    from PySide6.QtCore import QSettings

    for form in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, str(folder))
