"""Style: two sliders that are "auto" until someone moves them, by mouse and by keys, and back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from duv_studio.engine.music.settings import Settings
from duv_studio.ui.document.document import Document
from duv_studio.ui.panels.style_row import StyleBox, StyleRow, words
from duv_studio.ui.style.apply import apply_theme

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    return Document()


@pytest.fixture
def box(document: Document, qtbot: QtBot, qapp: QApplication) -> StyleBox:
    apply_theme(qapp, "dark")
    box = StyleBox(document)
    qtbot.addWidget(box)
    box.resize(280, 70)
    box.show()
    return box


def rows(box: StyleBox) -> dict[str, StyleRow]:
    return {"dynamics": box.dynamics, "articulation": box.articulation}


def click(row: StyleRow, value: int) -> None:
    QTest.mouseClick(row.slider, LEFT, pos=QPoint(row.slider.x_of(value), row.slider.height() // 2))


@pytest.mark.parametrize("name", ["dynamics", "articulation"])
def test_it_is_auto_until_it_is_moved(box: StyleBox, document: Document, name: str) -> None:
    row = rows(box)[name]
    assert row.auto.isChecked()
    assert row.slider.value() == 0
    click(row, 10)
    assert getattr(document.settings, name) == pytest.approx(1.0, abs=0.1)
    assert not row.auto.isChecked()
    assert document.undo_label == row.name
    document.undo()
    assert document.settings == Settings()
    assert row.auto.isChecked()


@pytest.mark.parametrize("name", ["dynamics", "articulation"])
def test_a_double_click_gives_it_back_to_the_music(box: StyleBox, document: Document, name: str) -> None:
    row = rows(box)[name]
    click(row, -15)
    assert getattr(document.settings, name) == pytest.approx(-1.5, abs=0.1)
    handle = QPoint(row.slider.x_of(row.slider.value()), row.slider.height() // 2)
    QTest.mousePress(row.slider, LEFT, pos=handle)
    QTest.mouseRelease(row.slider, LEFT, pos=handle)
    QTest.mouseDClick(row.slider, LEFT, pos=handle)
    assert getattr(document.settings, name) is None
    assert not row.slider.isSliderDown()
    QTest.mouseMove(row.slider, handle + QPoint(30, 0))
    assert getattr(document.settings, name) is None
    document.undo()
    assert getattr(document.settings, name) == pytest.approx(-1.5, abs=0.1)


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_keys_move_it_and_give_it_back(box: StyleBox, document: Document, key: Qt.Key) -> None:
    slider = box.articulation.slider
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Left)
    QTest.keyClick(slider, Qt.Key.Key_Left)
    assert document.settings.articulation == -0.2
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert document.settings.articulation == 2.0
    QTest.keyClick(slider, key)
    assert document.settings.articulation is None


def test_the_box_is_turned_by_the_space_bar_and_by_a_click(box: StyleBox, document: Document) -> None:
    auto = box.dynamics.auto
    auto.setFocus()
    QTest.keyClick(auto, Qt.Key.Key_Space)
    assert document.settings.dynamics == 0.0, "an average player is not the same as what the music asks"
    QTest.mouseClick(auto, LEFT, pos=QPoint(8, auto.height() // 2))
    assert document.settings.dynamics is None
    assert document.settings.articulation is None


def test_everything_can_be_reached_with_the_tab_key(box: StyleBox, qtbot: QtBot) -> None:
    box.activateWindow()
    box.dynamics.slider.setFocus()
    qtbot.waitUntil(box.dynamics.slider.hasFocus)
    reached = []
    for _ in range(3):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        reached.append(QApplication.focusWidget())
    assert reached == [box.dynamics.auto, box.articulation.slider, box.articulation.auto]


def test_a_drag_is_one_undo_step(box: StyleBox, document: Document) -> None:
    slider = box.dynamics.slider
    y = slider.height() // 2
    QTest.mousePress(slider, LEFT, pos=QPoint(slider.x_of(5), y))
    for value in (8, 12, 17):
        QTest.mouseMove(slider, QPoint(slider.x_of(value), y))
    QTest.mouseRelease(slider, LEFT, pos=QPoint(slider.x_of(17), y))
    assert document.settings.dynamics == pytest.approx(1.7, abs=0.1)
    document.undo()
    assert document.settings == Settings()


def test_what_it_says_to_a_screen_reader(box: StyleBox, document: Document) -> None:
    row = box.dynamics
    assert row.slider.accessibleName() == "Dynamics"
    assert row.slider.accessibleDescription() == "calm to lively, now auto"
    document.change("Dynamics", dynamics=-0.8)
    assert row.slider.accessibleDescription() == "calm to lively, now −0.8"
    assert "auto" in row.toolTip()


@pytest.mark.parametrize(("value", "said"), [(None, "auto"), (0.0, "0"), (0.04, "0"), (1.25, "+1.2"), (-2.0, "−2.0")])
def test_values_in_words(value: float | None, said: str) -> None:
    assert words(value) == said
