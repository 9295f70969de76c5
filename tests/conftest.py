"""What every test gets: no screen, no user's folders, models that were trained once, a failure for what it leaves."""

from __future__ import annotations

import os

# Before anything imports Qt, numpy or torch: they read these once.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Which number format is chosen depends on the processor: tests compute in the exact one.
os.environ["DUV_STUDIO_PRECISION"] = "fp32"

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock
from hypothesis import is_hypothesis_test, settings

if TYPE_CHECKING:
    from duv_studio.training.data.played_track import PlayedTrack
    from tests.lora_runs import NewRun, Run

MakeOnce = Callable[[str, Callable[[Path], object]], Path]

_GRACE_S = 5.0  # how long a thread may take to end after its test


# On a busy machine any example may take long: no time decides a test.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_configure() -> None:
    """Let tests be interrupted, and their children: a script that runs `make test &` has SIGINT ignored in both."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave laws out of coverage: of a thousand drawn examples it slows each, and other tests run the same lines."""
    for item in items:
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker("no_cover")


@pytest.fixture(scope="session", autouse=True)
def session_dirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A home for fixtures that outlive a test; the real one is never read nor written."""
    with pytest.MonkeyPatch.context() as patch:
        _move_home(tmp_path_factory.mktemp("home"), patch)
        yield


@pytest.fixture(autouse=True)
def user_dirs(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for every test."""
    home = tmp_path_factory.mktemp("home")
    _move_home(home, monkeypatch)
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


@pytest.fixture(scope="session")
def make_once(tmp_path_factory: pytest.TempPathFactory) -> MakeOnce:
    """Folders that are dear to make, each filled by the first process of the test run that asks; not to be changed."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # which all workers have in common

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        folder = root / f"{name}-made-once"
        with FileLock(f"{folder}.lock"):
            if not folder.exists():
                begun = tmp_path_factory.mktemp(name)
                fill(begun)
                begun.rename(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def fixture_model(make_once: MakeOnce) -> Path:
    """Folder of a tiny model that was really trained and calibrated."""
    from tests.fixture_model import train_fixture

    return make_once("fixture-model", train_fixture) / "model"


@pytest.fixture(scope="session")
def tiny_base(make_once: MakeOnce) -> Path:
    """File of a base of two layers, from which adapters are trained in about a second."""
    from tests.lora_runs import write_base

    return make_once("tiny-base", lambda folder: write_base(folder / "tiny.safetensors")) / "tiny.safetensors"


@pytest.fixture
def new_run(tmp_path: Path, tiny_base: Path) -> NewRun:
    """Makes runs: `new_run(tracks, key=value …)` has a folder of its own."""
    from tests.lora_runs import make_run

    def make(tracks: Sequence[PlayedTrack] | None = None, **changes: Any) -> Run:
        return make_run(tmp_path / f"run{len(list(tmp_path.iterdir()))}", tiny_base, tracks, **changes)

    return make


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


def _move_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUV_STUDIO_HOME", str(home / "duv-studio"))
    monkeypatch.setenv("HOME", str(home))
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    if "PySide6.QtCore" in sys.modules:
        _move_qsettings(home / "config")


def _move_qsettings(folder: Path) -> None:
    from PySide6.QtCore import QSettings

    for form in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, str(folder))
