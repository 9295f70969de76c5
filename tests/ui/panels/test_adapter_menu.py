"""The menu of adapters: what fits the model, what plays automatically, and what one should know beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from duv_studio import paths
from duv_studio.engine.adapters.header import HARMS, NO_CLEAR_CHANGE
from duv_studio.engine.midi.song import Family
from duv_studio.ui.panels.adapter_menu import AdapterMenu
from duv_studio.ui.panels.model_picker import ModelPicker
from duv_studio.ui.panels.model_text import adapter_lines, playing
from tests.adapters_made import header_for, hide_shipped, make_adapter, make_base
from tests.ui.conftest import pops_up


@pytest.fixture(autouse=True)
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of one's own, and no adapters but one's own."""
    hide_shipped(monkeypatch, tmp_path / "none")
    return make_base()


@pytest.fixture
def menu(qtbot: QtBot) -> AdapterMenu:
    menu = AdapterMenu()
    qtbot.addWidget(menu)
    return menu


def entries(menu: QMenu) -> dict[str, QAction]:
    return {action.text(): action for action in menu.actions() if not action.isSeparator()}


def test_only_what_was_made_for_the_model_is_listed(menu: AdapterMenu, base: Path) -> None:
    make_adapter(base, "guitar")
    make_adapter(base, "bass", verdict=HARMS, licence="CC BY-NC 4.0")
    make_adapter(base, "piano", verdict=NO_CLEAR_CHANGE)
    make_adapter(make_base("other", seed=2), "drums")
    menu.show_request(base, "auto")
    menu.fill()
    assert list(entries(menu)) == [
        "A&utomatic\tguitar",
        "&None",
        "My bass\tbass · harms, not for commercial use",
        "My guitar\tguitar",
        "My piano\tpiano · no clear change",
        "&Choose an Adapter File…",
    ]
    assert [text for text, action in entries(menu).items() if action.isChecked()] == ["A&utomatic\tguitar"]
    assert entries(menu)["A&utomatic\tguitar"].toolTip().splitlines()[1:] == ["Guitar: My guitar"]
    assert "Plays guitar" in entries(menu)["My guitar\tguitar"].toolTip()


def test_the_title_says_what_was_asked_for(menu: AdapterMenu, base: Path, tmp_path: Path) -> None:
    make_adapter(base, "guitar", title="Rock & Roll")
    elsewhere = make_adapter(base, "bass", path=tmp_path / "run" / "duv_lora_best.ckpt")
    titles = []
    for asked in ("auto", "none", "my-guitar", elsewhere):
        menu.show_request(base, asked)
        titles.append(menu.title())
    assert titles == ["&Adapters: Automatic", "&Adapters: None", "&Adapters: Rock && Roll", "&Adapters: My bass"]
    menu.fill()
    assert entries(menu)["My bass\tbass"].isChecked() and len(entries(menu)) == 5
    menu.show_request(None, "auto")
    assert not menu.isEnabled()


def test_without_adapters_it_says_so(menu: AdapterMenu, base: Path) -> None:
    menu.show_request(base, "auto")
    menu.fill()
    assert not entries(menu)["No adapter was made for this model"].isEnabled()
    assert "None is there yet" in entries(menu)["A&utomatic"].toolTip()


@pops_up
@pytest.mark.parametrize("way", ["keys", "mouse"])
def test_an_adapter_is_chosen_by_keys_and_by_mouse(qtbot: QtBot, base: Path, way: str) -> None:
    make_adapter(base, "guitar")
    picker = ModelPicker()
    qtbot.addWidget(picker)
    picker.show_model("tiny", "Tiny · MIT", base)
    chosen: list[object] = []
    picker.adapters.chosen.connect(chosen.append)
    picker.show()
    picker.setFocus()
    QTimer.singleShot(0, lambda: _choose_none(picker, way))
    QTest.keyClick(picker, Qt.Key.Key_Space)
    assert chosen == ["none"]


def _choose_none(picker: ModelPicker, way: str) -> None:
    menu, adapters = picker.menu(), picker.adapters
    menu.setActiveAction(adapters.menuAction())
    if way == "keys":
        QTest.keyClick(menu, Qt.Key.Key_Right)
        QTest.keyClick(adapters, Qt.Key.Key_Down)
        QTest.keyClick(adapters, Qt.Key.Key_Return)
    else:
        QApplication.processEvents()
        none = next(action for action in adapters.actions() if action.data() == "none")
        QTest.mouseClick(adapters, Qt.MouseButton.LeftButton, pos=adapters.actionGeometry(none).center())


def test_words_for_the_status_bar(base: Path) -> None:
    all_of_them = {Family(f): header_for(base, f) for f in ("bass", "guitar", "piano")}
    assert playing("Base", {}, set(Family)) == playing("Base", all_of_them, {Family.DRUMS}) == ""
    assert playing("Base", all_of_them, {Family.GUITAR, Family.DRUMS}) == "Base · guitar adapter"
    assert playing("Base", all_of_them, {Family.GUITAR, Family.BASS}) == "Base · bass and guitar adapters"
    assert playing("Base", all_of_them, set(Family)) == "Base · 3 adapters"
    assert adapter_lines({Family.BASS: header_for(base, "bass", verdict="")}) == ["Bass: My bass (never judged)"]


def test_what_cannot_be_used_is_listed_with_the_reason(menu: AdapterMenu, base: Path, qtbot: QtBot) -> None:
    make_adapter(base, "guitar")
    picker = ModelPicker()
    qtbot.addWidget(picker)
    for folder, file in ((paths.user_adapters_dir(), "adapter"), (paths.user_models_dir(), "model")):
        broken = folder / "R&B" / f"{file}.safetensors"
        broken.parent.mkdir()
        broken.mkdir()
    menu.show_request(base, "auto")
    menu.fill()
    picker.fill()
    for shown in (menu, picker.menu()):
        entry = entries(shown)["R&&B\tcannot be used"]
        assert not entry.isEnabled() and "Is a folder, not a file." in entry.toolTip()
    assert "My guitar\tguitar" in entries(menu)
