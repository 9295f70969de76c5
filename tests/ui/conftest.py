"""What tests of the window share: preferences in a folder of their own, a model without torch, and windows that end."""

from __future__ import annotations

import gc
import itertools
import threading
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from duv_studio.engine.midi.song import Song
from duv_studio.engine.model.prediction import Prediction
from duv_studio.engine.music.settings import Settings
from duv_studio.errors import Cancelled
from duv_studio.ui.app.export_dialog import ExportDialogs
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.document.preferences import Preferences
from tests.midi_builder import TrackSpec, build_song
from tests.songs import predict
from tests.ui.playback.fake_sound import FakeSound

WAIT_S = 20.0
_TESTS_PER_COLLECTION = 20
_run = itertools.count(1)
# The offscreen platform says these of every menu that opens.
pops_up = pytest.mark.qt_log_ignore(r"^This plugin does not support (raise|grabbing)", extend=True)


@pytest.fixture(autouse=True)
def garbage_of_this_thread() -> Iterator[None]:
    """Collect windows that are held in cycles in the thread of the window, and in no thread that predicts or trains.

    Qt's objects must end in the thread that they live in: elsewhere, the process may crash.
    """
    gc.disable()
    yield
    if next(_run) % _TESTS_PER_COLLECTION == 0:
        gc.collect()
    gc.enable()


class FakeModel:
    """Predicts Gaussians; can be made to wait or to fail, and remembers what it was asked."""

    name = "fake"
    description = "A model for tests · CC0"

    def __init__(self) -> None:
        self.asked: list[tuple[frozenset[int], bool]] = []  # tracks, protect_keyswitches
        self.settings: list[Settings] = []
        self.go = threading.Event()
        self.go.set()
        self.error: Exception | None = None
        self.saw_cancel = threading.Event()

    def predict(
        self,
        song: Song,
        settings: Settings,
        *,
        tracks: Collection[int] | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Prediction:
        wanted = frozenset(range(len(song.tracks)) if tracks is None else tracks)
        self.asked.append((wanted, settings.protect_keyswitches))
        self.settings.append(settings)
        if progress:
            progress(0.5)
        while not self.go.wait(0.002):
            if cancelled and cancelled():
                self.saw_cancel.set()
                raise Cancelled
        if self.error is not None:
            raise self.error
        return {index: p for index, p in predict(song).items() if index in wanted}


class Answers(ExportDialogs):
    """Answers the questions of an export, and remembers what was asked."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self.overwrite = False
        self.suggested: list[Path] = []
        self.confirmed: list[tuple[Path, bool]] = []

    def ask_path(self, parent: Any, suggestion: Path) -> Path | None:
        self.suggested.append(suggestion)
        return self.path

    def confirm_overwrite(self, parent: Any, path: Path, is_source: bool) -> bool:
        self.confirmed.append((path, is_source))
        return self.overwrite


@pytest.fixture
def preferences(tmp_path: Path) -> Preferences:
    return Preferences(tmp_path / "preferences" / "window.ini")


@pytest.fixture
def model() -> FakeModel:
    return FakeModel()


@pytest.fixture
def sound() -> FakeSound:
    """What plays in every window of these tests: nothing, but it remembers what it was told."""
    return FakeSound()


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def song_file(tmp_path: Path) -> Path:
    """Three tracks: piano, an unnamed bass, drums."""
    tracks = [
        TrackSpec([(i * 240, 200, 60 + i % 12, 80) for i in range(64)], name="Piano", program=0),
        TrackSpec([(i * 480, 400, 36 + i % 5, 90) for i in range(32)], channel=1, program=33),
        TrackSpec([(i * 120, 60, 42, 100) for i in range(100)], channel=9, name="Drums 太鼓"),
    ]
    path = tmp_path / "songs" / "Song.mid"
    path.parent.mkdir()
    path.write_bytes(build_song(tracks, tempos=[(0, 120.0)], signatures=[(0, 4, 4)]))
    return path


@pytest.fixture
def make_window(
    qtbot: QtBot, preferences: Preferences, model: FakeModel, answers: Answers, sound: FakeSound
) -> Iterator[Callable[..., MainWindow]]:
    """Make a window whose model is the fake one, unless another way to load one is given."""
    made: list[MainWindow] = []

    def make(load_model: Any = None, *, start: bool = True, load_sound: Any = None) -> MainWindow:
        window = MainWindow(
            preferences,
            load_model=load_model or (lambda name, adapter, device: model),
            dialogs=answers,
            load_sound=load_sound or (lambda request: sound),
        )
        made.append(window)
        qtbot.addWidget(window)
        window.show()
        if start:
            window.start()
        return window

    yield make
    model.go.set()
    for window in made:
        window.shut_down()


@pytest.fixture
def window(make_window: Callable[..., MainWindow]) -> MainWindow:
    return make_window()


@pytest.fixture
def opened(window: MainWindow, song_file: Path, qtbot: QtBot) -> MainWindow:
    """A window in which the song is open and humanized."""
    window.open_paths([song_file])
    qtbot.waitUntil(lambda: window.document.ready, timeout=int(WAIT_S * 1000))
    return window
