"""Choosing adapters in the window, with the real engine and a tiny model: by menu, by file, by drop, and remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from duv_studio.engine.adapters.header import HARMS
from duv_studio.errors import DuvError
from duv_studio.ui.app.about import facts
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.document.jobs import MODEL, load_humanizer
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.panels.left_behind_message import LEFT_BEHIND
from duv_studio.ui.panels.model_choice import FORGOTTEN, LICENCE
from tests.adapters_made import hide_shipped, make_adapter, make_base
from tests.midi_builder import TrackSpec, build_song
from tests.ui.conftest import WAIT_S

MS = int(WAIT_S * 1000)


@pytest.fixture(autouse=True)
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of one's own, and no adapters but one's own."""
    hide_shipped(monkeypatch, tmp_path / "none")
    return make_base()


@pytest.fixture
def guitar_song(tmp_path: Path) -> Path:
    melody = [(240 * i, 240, 60 + i % 5, 60 + i % 7) for i in range(32)]
    path = tmp_path / "song.mid"
    path.write_bytes(build_song([TrackSpec(melody, program=25, name="Guitar")]))
    return path


Start = Callable[[], MainWindow]


@pytest.fixture
def start(make_window: Callable[..., MainWindow], preferences: Preferences, qtbot: QtBot) -> Start:
    preferences.set_text("model/used", preferences.text("model/used") or "tiny")

    def start() -> MainWindow:
        window = make_window(load_humanizer)
        settled(window, qtbot)
        return window

    return start


def settled(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.jobs.tasks.running(MODEL), timeout=MS)


def adapter_names(window: MainWindow) -> list[str]:
    return [header.name for header in window.jobs.model.adapters.values()]  # type: ignore[union-attr]


def test_adapters_are_chosen_from_the_menu_and_remembered(
    start: Start, preferences: Preferences, base: Path, guitar_song: Path, qtbot: QtBot
) -> None:
    make_adapter(base, "guitar")
    make_adapter(base, "guitar", name="wild", verdict=HARMS, seed=4)
    window = start()
    assert adapter_names(window) == ["my-guitar"]
    assert "Guitar: My guitar" in window.models.toolTip().splitlines()
    assert window.status.player.isHidden()
    window.open_paths([guitar_song])
    qtbot.waitUntil(lambda: window.document.ready, timeout=MS)
    assert window.status.player.whole == "Tiny · guitar adapter"
    assert ("Adapters", "Guitar: My guitar") in facts(window.jobs.model)
    played = []
    for asked, names in (("none", []), ("wild", ["wild"])):
        played.append(window.document.performance)
        window.models.adapters.chosen.emit(asked)
        settled(window, qtbot)
        qtbot.waitUntil(lambda: window.document.ready and window.document.performance is not played[-1], timeout=MS)
        assert adapter_names(window) == names
        assert window.status.player.isHidden() is (names == [])
        assert (preferences.text("model/used"), preferences.text("model/adapter")) == ("tiny", asked)
    assert adapter_names(start()) == ["wild"], "in the next session"


def test_another_model_gets_its_own_adapters(start: Start, base: Path, qtbot: QtBot) -> None:
    other = make_base("other", seed=2)
    make_adapter(base, "guitar")
    make_adapter(other, "bass")
    window = start()
    window.models.adapters.chosen.emit("my-guitar")
    settled(window, qtbot)
    window.models.chosen.emit("other")
    settled(window, qtbot)
    assert adapter_names(window) == ["my-bass"] and window.jobs.adapter == "auto"
    window.models.adapters.chosen.emit("none")
    settled(window, qtbot)
    window.models.chosen.emit("tiny")
    settled(window, qtbot)
    assert adapter_names(window) == [] and window.messages.messages == {}


def test_an_adapter_file_is_chosen_or_refused_with_a_sentence(
    start: Start, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    fitting = make_adapter(base, path=tmp_path / "a" / "duv_lora_best.ckpt")
    foreign = make_adapter(make_base("other", seed=2), name="foreign", path=tmp_path / "b" / "duv_lora_best.ckpt")
    answers = iter([fitting, foreign])
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(next(answers)), ""))
    window = start()
    window.models.adapters.file_wanted.emit()
    settled(window, qtbot)
    assert adapter_names(window) == ["my-guitar"] and window.models.adapters.title() == "&Adapters: My guitar"
    window.models.adapters.file_wanted.emit()
    settled(window, qtbot)
    message = window.messages.messages[MODEL]
    assert message.text == (
        '"foreign" was made for the base model "other" (Other), which is installed, and "tiny" is loaded.'
    )
    assert "choose that model" in message.hint.lower()
    assert adapter_names(window) == ["my-guitar"], "the present one stays"


def test_adapters_of_an_earlier_base_are_told_once_and_bring_it(
    start: Start, preferences: Preferences, tmp_path: Path, qtbot: QtBot
) -> None:
    first = make_base("tiny", tmp_path / "then", seed=7)
    make_base("tiny-v1", seed=7)
    make_adapter(first, "guitar")
    window = start()
    assert adapter_names(window) == []
    message = window.messages.messages[LEFT_BEHIND]
    assert message.title == "“My guitar” does not play" and message.text.startswith("Made for Tiny-V1")
    (use,) = message.actions
    assert use.text() == "Use Tiny-V1"
    use.trigger()
    settled(window, qtbot)
    assert adapter_names(window) == ["my-guitar"] and LEFT_BEHIND not in window.messages.messages
    window.models.chosen.emit("tiny")
    settled(window, qtbot)
    assert adapter_names(window) == [] and LEFT_BEHIND not in window.messages.messages, "it is known by now"
    menu = window.models.adapters
    menu.fill()
    (entry,) = [action for action in menu.actions() if action.text().startswith("My guitar")]
    assert entry.text() == "My guitar\tguitar · for Tiny-V1" and not entry.isCheckable()
    entry.trigger()
    settled(window, qtbot)
    assert adapter_names(window) == ["my-guitar"] and preferences.text("model/used") == "tiny-v1"


def test_an_adapter_given_as_the_model_brings_its_model(
    start: Start, preferences: Preferences, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    file = make_adapter(make_base("other", seed=2), "bass", path=tmp_path / "run" / "duv_lora_best.ckpt")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    window = start()
    window.models.file_wanted.emit()
    settled(window, qtbot)
    assert window.models.text() == "Model: Other" and adapter_names(window) == ["my-bass"]
    assert (preferences.text("model/used"), preferences.text("model/adapter")) == ("other", str(file))
    window.models.adapters.chosen.emit("none")
    settled(window, qtbot)
    assert window.models.text() == "Model: Other" and adapter_names(window) == []


def test_an_adapter_is_dropped_on_the_window(start: Start, base: Path, tmp_path: Path, qtbot: QtBot) -> None:
    file = make_adapter(base, path=tmp_path / "run" / "duv_lora_best.ckpt", verdict="")
    window = start()
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    window.dropEvent(
        QDropEvent(
            QPointF(9, 9), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
    )
    settled(window, qtbot)
    assert adapter_names(window) == ["my-guitar"] and window.document.song is None


def test_a_licence_that_forbids_commerce_is_told_first(
    start: Start, preferences: Preferences, base: Path, qtbot: QtBot
) -> None:
    make_adapter(base, title="Jazz", licence="CC BY-NC 4.0", verdict=HARMS)
    window = start()
    window.models.adapters.chosen.emit("my-guitar")
    assert window.messages.messages[LICENCE].title == "“Jazz” is not for commercial use"
    assert not window.jobs.tasks.running(MODEL)
    window.messages.messages[LICENCE].actions[0].trigger()
    settled(window, qtbot)
    assert adapter_names(window) == ["my-guitar"] and preferences.words("model/told") == ["my-guitar"]


@pytest.mark.parametrize(("adapter", "title"), [
    ("gone", "The adapter of last time is gone"),
    ("foreign", "The adapter of last time cannot be used"),
])  # fmt: skip
def test_a_remembered_adapter_of_no_use_gives_way_to_the_automatic_ones(
    start: Start, preferences: Preferences, base: Path, qtbot: QtBot, adapter: str, title: str
) -> None:
    make_adapter(base, "guitar")
    make_adapter(make_base("other", seed=2), "bass", name="foreign")
    preferences.set_text("model/adapter", adapter)
    window = start()
    qtbot.waitUntil(lambda: window.jobs.model is not None, timeout=MS)
    assert adapter_names(window) == ["my-guitar"]
    message = window.messages.messages[FORGOTTEN]
    assert message.title == title and message.text.endswith("Adapters are chosen automatically instead.")
    assert MODEL not in window.messages.messages
    assert preferences.text("model/adapter") == "auto"


def test_a_model_that_breaks_after_its_adapter_gives_way_to_the_default_one(
    make_window: Callable[..., MainWindow], preferences: Preferences, base: Path, model: object, qtbot: QtBot
) -> None:
    make_adapter(base, "guitar")
    preferences.set_text("model/used", "tiny")
    preferences.set_text("model/adapter", "my-guitar")
    asked: list[tuple[object, object]] = []

    def load(name: object, adapter: object, device: str) -> object:
        asked.append((name, adapter))
        if name is not None:
            raise DuvError("does not work")
        return model

    window = make_window(load)
    qtbot.waitUntil(lambda: window.jobs.model is model, timeout=MS)
    assert asked == [("tiny", "my-guitar"), ("tiny", "auto"), (None, "auto")]
