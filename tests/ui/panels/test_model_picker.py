"""The picker names the model that plays and lists the others with their licences."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from duv_studio.engine.model.library import ModelInfo
from duv_studio.ui.panels import model_picker
from duv_studio.ui.panels.model_picker import ModelPicker
from tests.ui.conftest import pops_up

MODELS = [
    ModelInfo("base", Path("/models/base/model.safetensors"), "Base", "MIT", parameters=4_740_000),
    ModelInfo("jazz", Path("/models/jazz/model.safetensors"), "Jazz " * 30, "CC BY 4.0, " * 20),
    ModelInfo(
        "research", Path("/models/research/model.safetensors"), "Rock & Roll", "CC BY-NC-SA 4.0",
        licence_note="Trained on recordings that may not be sold.", commercial=False,
    ),
]  # fmt: skip


@pytest.fixture
def picker(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> ModelPicker:
    monkeypatch.setattr(model_picker, "list_models", lambda: MODELS)
    picker = ModelPicker()
    qtbot.addWidget(picker)
    return picker


def test_the_menu_lists_titles_and_licences(picker: ModelPicker) -> None:
    picker.show_model("base", "Base · MIT", MODELS[0].path)
    picker.fill()
    actions = [a for a in picker.menu().actions() if not a.isSeparator()]
    assert actions[0].text() == "Base\tMIT"
    assert [a.isChecked() for a in actions[:3]] == [True, False, False]
    assert len(actions[1].text()) < 110
    assert MODELS[1].licence in actions[1].toolTip()
    assert "4.7 million parameters" in actions[0].toolTip()


def test_a_licence_that_forbids_commerce_says_so_in_the_menu_however_long_it_is(picker: ModelPicker) -> None:
    picker.fill()
    entry = picker.menu().actions()[2]
    assert entry.text() == "Rock && Roll\tCC BY-NC-SA 4.0 · not for commercial use"
    assert MODELS[2].licence_note in entry.toolTip()
    picker.show_model("research", "unused", MODELS[2].path, "bf16")
    assert picker.toolTip().splitlines() == [
        "Rock & Roll",
        "CC BY-NC-SA 4.0 · not for commercial use",
        "Trained on recordings that may not be sold.",
        "Computes in bf16 on the CPU: this processor has instructions for it, which make it the fastest",
    ]


@pops_up
def test_the_menu_is_opened_and_a_model_chosen_by_keys_and_by_mouse(picker: ModelPicker, qtbot: QtBot) -> None:
    chosen: list[object] = []
    picker.chosen.connect(chosen.append)
    picker.show()
    for way in ("keys", "mouse"):
        picker.setFocus()
        QTimer.singleShot(0, lambda way=way: _take_second(picker, way))
        if way == "keys":
            QTest.keyClick(picker, Qt.Key.Key_Space)
        else:
            QTest.mouseClick(picker, Qt.MouseButton.LeftButton)
    assert chosen == ["jazz", "jazz"]


def _take_second(picker: ModelPicker, way: str) -> None:
    menu = picker.menu()
    if way == "keys":
        for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
            QTest.keyClick(menu, key)
    else:
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(menu.actions()[1]).center())


def test_choosing_emits_the_name_or_asks_for_a_file(picker: ModelPicker, qtbot: QtBot) -> None:
    picker.fill()
    actions = [a for a in picker.menu().actions() if not a.isSeparator()]
    with qtbot.waitSignal(picker.chosen) as chosen:
        actions[1].trigger()
    assert chosen.args == ["jazz"]
    with qtbot.waitSignal(picker.file_wanted):
        actions[-1].trigger()


def test_the_button_says_the_state(picker: ModelPicker) -> None:
    assert picker.text() == "Loading model…"
    picker.show_model("base", "Base · MIT", MODELS[0].path)
    assert picker.text() == "Model: Base"
    assert picker.toolTip().splitlines()[:2] == ["Base", "MIT"]
    picker.show_model("mine", "Mine · CC0", Path("/elsewhere/model.safetensors"))
    assert (picker.text(), picker.toolTip()) == ("Model: mine", "Mine · CC0")
    picker.show_none("no such file")
    assert (picker.text(), picker.toolTip()) == ("No model", "no such file")


def test_no_models_at_all_is_said(picker: ModelPicker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_picker, "list_models", list)
    picker.fill()
    assert not picker.menu().actions()[0].isEnabled()
