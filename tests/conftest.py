"""What every test gets: no screen, no user's folders, and a failure when it leaves a thread or a task behind."""

from __future__ import annotations

import os

# Before anything imports Qt, numpy or torch: they read these once.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

_GRACE_S = 5.0  # how long a thread may take to end after its test


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
    before = set(threading.enumerate())
    yield
    for what, running in (
        ("Python threads", lambda: [t.name for t in threading.enumerate() if t not in before]),
        ("QThreads", _running_qthreads),
        ("thread-pool tasks", _busy_pools),
    ):
        left = _wait_until_none(running)
        if left:
            pytest.fail(f"{what} left running: {', '.join(left)}", pytrace=False)


def _wait_until_none(running: Callable[[], list[str]]) -> list[str]:
    deadline = time.monotonic() + _GRACE_S
    while (left := running()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left


def _qt_objects(kind: str) -> list[Any]:
    """All live Qt objects of a QtCore class, without importing Qt into tests that do not use it."""
    core = sys.modules.get("PySide6.QtCore")
    if core is None:
        return []
    import shiboken6

    return [o for o in shiboken6.getAllValidWrappers() if isinstance(o, getattr(core, kind))]


def _running_qthreads() -> list[str]:
    # QThread.currentThread() wraps the main thread in a QThread that always runs.
    own = [t for t in _qt_objects("QThread") if not t.isCurrentThread()]
    return [t.objectName() or type(t).__name__ for t in own if t.isRunning()]


def _busy_pools() -> list[str]:
    core = sys.modules.get("PySide6.QtCore")
    if core is None:
        return []
    pools = {id(p): p for p in (core.QThreadPool.globalInstance(), *_qt_objects("QThreadPool"))}
    return [f"{p.activeThreadCount()} in {type(p).__name__}" for p in pools.values() if p.activeThreadCount()]


def _move_qsettings(folder: Path) -> None:
    from PySide6.QtCore import QSettings

    for form in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, str(folder))
