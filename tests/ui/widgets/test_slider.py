"""The slider: where it jumps, where it rests, and what it draws beyond."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from duv_studio.ui.style import theme
from duv_studio.ui.style.apply import apply_theme
from duv_studio.ui.widgets.slider import Slider

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def look(qapp: QApplication) -> None:
    apply_theme(qapp, "dark")


@pytest.fixture
def slider(qtbot: QtBot) -> Slider:
    """0..150 that catches at 100, as wide as in the panel."""
    slider = Slider(0, 150, detent=100, captions=("", "", "exaggerated"))
    qtbot.addWidget(slider)
    slider.resize(128, 30)
    slider.show()
    return slider


def at(slider: Slider, value: int, away: int = 0) -> QPoint:
    return QPoint(slider.x_of(value) + away, slider.height() // 2)


def test_every_value_can_be_reached_by_keys(slider: Slider) -> None:
    slider.setValue(98)
    slider.setFocus()
    seen = []
    for _ in range(4):
        QTest.keyClick(slider, Qt.Key.Key_Right)
        seen.append(slider.value())
    assert seen == [99, 100, 101, 102]


def test_a_drag_rests_at_the_detent_and_nowhere_else(slider: Slider) -> None:
    slider.setValue(50)
    QTest.mousePress(slider, LEFT, pos=at(slider, 50))
    for value, away, expected in ((100, -4, 100), (100, 4, 100), (100, 0, 100)):
        QTest.mouseMove(slider, at(slider, value, away))
        assert slider.value() == expected
    for away in (-9, 9):
        QTest.mouseMove(slider, at(slider, 100, away))
        assert slider.value() == pytest.approx(100 + away * 150 / 112, abs=3)
        assert slider.value() != 100
    QTest.mouseRelease(slider, LEFT, pos=at(slider, 100, 9))


def test_grabbing_the_handle_off_its_middle_does_not_move_it(slider: Slider) -> None:
    slider.setValue(60)
    QTest.mousePress(slider, LEFT, pos=at(slider, 60, 5))
    assert slider.value() == 60
    QTest.mouseMove(slider, at(slider, 60, 15))
    assert slider.value() == pytest.approx(60 + 10 * 150 / 112, abs=2)
    QTest.mouseRelease(slider, LEFT, pos=at(slider, 60, 15))


def test_a_click_beside_the_handle_jumps(slider: Slider) -> None:
    QTest.mouseClick(slider, LEFT, pos=at(slider, 30))
    assert slider.value() == pytest.approx(30, abs=2)
    QTest.mouseClick(slider, LEFT, pos=at(slider, 140))
    assert slider.value() == pytest.approx(140, abs=2)


def test_the_wheel_turns_only_the_slider_that_was_chosen(slider: Slider, qtbot: QtBot) -> None:
    def turn() -> None:
        where = QPointF(at(slider, 10))
        keys, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
        wheel = QWheelEvent(
            where, slider.mapToGlobal(where), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, keys, phase, False
        )
        QApplication.sendEvent(slider, wheel)

    slider.clearFocus()
    turn()
    assert slider.value() == 0
    slider.activateWindow()
    slider.setFocus()
    qtbot.waitUntil(slider.hasFocus)
    turn()
    assert slider.value() > 0


def groove(slider: Slider, first: int, last: int) -> list[str]:
    """The colours along the groove between two values."""
    image: QImage = slider.grab().toImage()
    y = slider.rect().center().y()
    return [image.pixelColor(x, y).name() for x in range(slider.x_of(first), slider.x_of(last))]


def test_the_groove_beyond_the_detent_is_dashed_and_tells_how_far_it_is_used(slider: Slider) -> None:
    look = theme.current()
    warning, empty, panel = (QColor(c).name() for c in (look.warning, look.border_strong, look.panel))
    slider.setValue(20)
    beyond = groove(slider, 103, 148)
    assert {empty, panel} <= set(beyond)
    assert warning not in beyond
    slider.setValue(149)
    assert {warning, panel} <= set(groove(slider, 103, 135))
    assert panel not in groove(slider, 5, 95)


def test_the_words_below_stand_out_when_it_is_beyond(slider: Slider) -> None:
    def below() -> set[str]:
        image = slider.grab().toImage()
        return {image.pixelColor(x, y).name() for x in range(slider.width()) for y in range(24, slider.height())}

    warning = QColor(theme.current().warning).name()
    slider.setValue(100)
    assert warning not in below()
    slider.setValue(101)
    assert warning in below()


def test_one_that_goes_both_ways_is_filled_from_the_middle(qtbot: QtBot) -> None:
    slider = Slider(-20, 20, detent=0, is_bipolar=True, captions=("calm", "", "lively"))
    qtbot.addWidget(slider)
    slider.resize(128, 30)
    slider.show()
    accent = QColor(theme.current().accent).name()
    slider.setValue(15)
    assert set(groove(slider, 1, 9)) == {accent}
    assert accent not in groove(slider, -19, -1)
    slider.setValue(-15)
    assert set(groove(slider, -9, -1)) == {accent}
    assert accent not in groove(slider, 1, 19)


def test_a_middle_word_is_left_out_where_there_is_no_room(qtbot: QtBot) -> None:
    slider = Slider(-20, 20, detent=0, is_bipolar=True, captions=("staccato", "", "legato"))
    qtbot.addWidget(slider)
    slider.show()
    for width, differs in ((140, True), (90, False)):
        slider.resize(width, 30)
        slider.set_middle_caption("")
        without = slider.grab().toImage()
        slider.set_middle_caption("−1.4")
        assert (slider.grab().toImage() != without) == differs
