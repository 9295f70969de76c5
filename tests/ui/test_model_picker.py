"""The picker names the model that plays and lists the others with their licences."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from duv_studio.engine.models import ModelInfo
from duv_studio.ui import model_picker
from duv_studio.ui.model_picker import ModelPicker

MODELS = [
    ModelInfo("base", Path("/models/base/model.safetensors"), "Base", "MIT"),
    ModelInfo("jazz", Path("/models/jazz/model.safetensors"), "Jazz " * 30, "CC BY 4.0, " * 20),
]


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
    assert [a.isChecked() for a in actions[:2]] == [True, False]
    assert len(actions[1].text()) < 110
    assert MODELS[1].licence in actions[1].toolTip()


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
    assert picker.toolTip() == "Base · MIT"
    picker.show_none("no such file")
    assert (picker.text(), picker.toolTip()) == ("No model", "no such file")


def test_no_models_at_all_is_said(picker: ModelPicker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_picker, "list_models", list)
    picker.fill()
    assert not picker.menu().actions()[0].isEnabled()
