"""What computes: chosen in the menu of models, remembered, told, and given up where it is not there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from duv_studio.engine.model.device import DeviceError, DeviceUse
from duv_studio.ui.app import about
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.document.jobs import MODEL, PREDICT, load_humanizer
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.panels.model_choice import FORGOTTEN
from duv_studio.ui.panels.model_picker import DeviceMenu
from duv_studio.ui.panels.model_text import computing
from tests.ui.conftest import WAIT_S, FakeModel, pops_up

MS = int(WAIT_S * 1000)
MakeWindow = Callable[..., MainWindow]
GPU = DeviceUse("cuda", "cuda", "Some GPU (24 GB)", "as chosen")
BUILT_WITHOUT = "this torch was built without CUDA"


class Machine:
    """Loads models that say on what they compute; there is a GPU as long as `gpu` is true."""

    def __init__(self) -> None:
        self.gpu = True
        self.asked: list[tuple[object, object, str]] = []

    def load(self, name: object, adapter: object, device: str) -> FakeModel:
        self.asked.append((name, adapter, device))
        if device == "cuda" and not self.gpu:
            raise DeviceError(f"there is no device cuda on this machine: {BUILT_WITHOUT}", hint="use cpu or auto")
        model: Any = FakeModel()
        missing = "" if self.gpu else BUILT_WITHOUT
        model.device = GPU if device == "cuda" else DeviceUse(device, "cpu", "CPU", "the default", missing)
        model.precision = "fp32"
        return model  # type: ignore[no-any-return]


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def started(make_window: MakeWindow, machine: Machine, qtbot: QtBot) -> MainWindow:
    window = make_window(machine.load)
    settled(window, qtbot)
    return window


def settled(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.jobs.tasks.running(MODEL) and window.jobs.model is not None, timeout=MS)


def checked(menu: QMenu) -> list[str]:
    return [action.data() for action in menu.actions() if action.isChecked()]


@pops_up
@pytest.mark.parametrize("by", ["keys", "mouse"])
def test_a_device_is_chosen_and_remembered(
    started: MainWindow, machine: Machine, preferences: Preferences, qtbot: QtBot, by: str
) -> None:
    menu = started.models.devices
    assert checked(menu) == ["cpu"] and menu.title().replace("&", "") == "Computes on: CPU"
    menu.popup(started.mapToGlobal(started.rect().center()))
    if by == "keys":
        QTest.keyClick(menu, Qt.Key.Key_Down)
        QTest.keyClick(menu, Qt.Key.Key_Down)
        QTest.keyClick(menu, Qt.Key.Key_Return)
    else:
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(menu.actions()[1]).center())
    settled(started, qtbot)
    assert machine.asked == [(None, "auto", "cpu"), (None, "auto", "cuda")]
    assert checked(menu) == ["cuda"] and menu.title().replace("&", "") == "Computes on: GPU"
    assert preferences.device == started.jobs.device == "cuda"


def test_the_next_start_computes_on_the_same(
    make_window: MakeWindow, machine: Machine, preferences: Preferences, qtbot: QtBot
) -> None:
    preferences.device = "auto"
    settled(make_window(machine.load), qtbot)
    assert machine.asked == [(None, "auto", "auto")]
    preferences.set_text("model/device", "abacus")
    assert preferences.device == "cpu"


def test_the_model_and_the_adapter_stay(started: MainWindow, machine: Machine, qtbot: QtBot) -> None:
    started.model_choice.use("mine", "none")
    settled(started, qtbot)
    started.models.devices.chosen.emit("auto")
    settled(started, qtbot)
    started.models.devices.chosen.emit("auto")  # it does already
    started.model_choice.use(None)
    settled(started, qtbot)
    assert machine.asked[1:] == [("mine", "none", "cpu"), ("mine", "none", "auto"), (None, "auto", "auto")]


def test_so_does_a_model_that_is_only_tried_out(started: MainWindow, preferences: Preferences, qtbot: QtBot) -> None:
    started.model_choice.try_out("mine", "none")
    started.models.devices.chosen.emit("auto")  # while it is being loaded
    qtbot.waitUntil(lambda: started.jobs.device == "auto", timeout=MS)
    assert started.jobs.model_path == "mine"
    assert (preferences.text("model/used"), preferences.device) == ("", "auto")


def test_a_remembered_gpu_that_is_gone_gives_way_to_the_cpu(
    make_window: MakeWindow, machine: Machine, preferences: Preferences, qtbot: QtBot
) -> None:
    preferences.device = "cuda"
    machine.gpu = False
    window = make_window(machine.load)
    settled(window, qtbot)
    assert [device for *_, device in machine.asked] == ["cuda", "cpu"]
    message = window.messages.messages[FORGOTTEN]
    assert message.title == "The device of last time cannot be used"
    assert BUILT_WITHOUT in message.text and message.text.endswith("The CPU computes instead.")
    assert MODEL not in window.messages.messages
    assert preferences.device == "cpu"
    cuda = window.models.devices.actions()[1]
    assert not cuda.isEnabled() and BUILT_WITHOUT in cuda.toolTip()


def test_a_gpu_that_cannot_be_used_after_all_leaves_things_as_they_are(
    started: MainWindow, machine: Machine, preferences: Preferences, qtbot: QtBot
) -> None:
    machine.gpu = False
    started.models.devices.chosen.emit("cuda")
    qtbot.waitUntil(lambda: MODEL in started.messages.messages, timeout=MS)
    assert checked(started.models.devices) == ["cpu"]
    assert preferences.device == started.jobs.device == "cpu"
    started.models.devices.chosen.emit("auto")
    settled(started, qtbot)
    assert [device for *_, device in machine.asked] == ["cpu", "cuda", "auto"]
    assert MODEL not in started.messages.messages


def test_a_gpu_that_fails_while_it_humanizes_is_told(started: MainWindow, song_file: Path, qtbot: QtBot) -> None:
    assert isinstance(started.jobs.model, FakeModel)
    started.jobs.model.error = DeviceError("the GPU has too little free memory", hint="let the CPU compute")
    started.open_paths([song_file])
    qtbot.waitUntil(lambda: PREDICT in started.messages.messages, timeout=MS)
    message = started.messages.messages[PREDICT]
    assert (message.text, message.hint) == ("The GPU has too little free memory.", "Let the CPU compute.")


# What is said


def test_the_button_and_about_say_what_computes_and_why(started: MainWindow, qtbot: QtBot) -> None:
    assert started.models.toolTip().splitlines()[-1] == "CPU: the default"
    started.models.devices.chosen.emit("cuda")
    settled(started, qtbot)
    assert started.models.toolTip().splitlines()[-2:] == [
        "Computes in fp32 on the GPU",
        "CUDA: Some GPU (24 GB), as chosen",
    ]


def test_about_has_a_row_for_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.ui.panels.test_model_choice import FREE

    class Model:
        path, precision, description, device = Path("/m/model.safetensors"), "fp32", "unused", GPU

    monkeypatch.setattr(about, "header_of", lambda path: FREE)
    rows = dict(about.facts(Model()))
    assert rows["Device"] == "CUDA: Some GPU (24 GB), as chosen"
    assert rows["Speed"] == computing("fp32", "cuda") == "Computes in fp32 on the GPU"


def test_before_a_model_is_there_nothing_can_be_chosen(qtbot: QtBot) -> None:
    menu = DeviceMenu()
    qtbot.addWidget(menu)
    assert not menu.isEnabled()
    menu.show_use(DeviceUse("cuda:1", "cuda", "Some GPU", "as chosen"))
    assert menu.isEnabled() and checked(menu) == [] and menu.title().endswith("cuda:1")


def test_the_window_hands_the_device_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr("duv_studio.engine.humanizer.humanizer.Humanizer", lambda *a, **k: asked.append((a, k)))
    load_humanizer("base", "none", "auto")
    assert asked == [(("base", "auto"), {"adapter": "none"})]
