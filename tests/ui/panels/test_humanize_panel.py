"""The panel shows the settings and changes them, live and undoable."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from duv_studio.engine.music.settings import Settings
from duv_studio.ui.document.document import Document
from duv_studio.ui.panels.humanize_panel import HumanizePanel, verdict
from tests.songs import make_song, make_track, predict


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    rows = [(i * 240, 200, 60, 80) for i in range(8)]
    document = Document()
    lower = [(onset + 60, duration, pitch - 23, velocity) for onset, duration, pitch, velocity in rows]
    document.set_song(make_song(make_track(rows), make_track(lower, index=1, name="", program=33)))
    return document


@pytest.fixture
def panel(document: Document, qtbot: QtBot) -> HumanizePanel:
    panel = HumanizePanel(document)
    qtbot.addWidget(panel)
    panel.resize(300, 700)
    panel.show()
    return panel


@pytest.mark.parametrize("name", ["intensity", "velocity", "duration", "variation"])
def test_sliders_and_numbers_set_shares(panel: HumanizePanel, document: Document, name: str) -> None:
    row = panel.sliders[name]
    row.slider.setValue(35)
    assert getattr(document.settings, name) == 0.35
    assert row.number.value() == 35
    row.number.setValue(62)
    assert getattr(document.settings, name) == 0.62
    assert row.slider.value() == 62
    document.undo()
    assert row.slider.value() == round(getattr(Settings(), name) * 100)


def test_the_level_is_in_velocity_units_both_ways(panel: HumanizePanel, document: Document) -> None:
    panel.level.number.setValue(-12)
    assert (document.settings.level, panel.level.slider.value()) == (-12, -12)
    panel.level.slider.setValue(40)
    assert (document.settings.level, panel.level.number.value()) == (40, 40)
    document.undo()
    document.undo()
    assert (panel.level.slider.value(), panel.level.number.value()) == (0, 0)


def test_the_lengths_of_pianos_are_chosen_and_undone(panel: HumanizePanel, document: Document, qtbot: QtBot) -> None:
    box = panel.piano_lengths.box
    assert [box.itemText(k) for k in range(box.count())] == ["automatic", "of the keys", "of the sound"]
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert document.settings.lengths == "keys"
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert document.settings.lengths == "sound"
    document.undo()
    assert (document.settings.lengths, box.currentText()) == ("keys", "of the keys")
    document.undo()
    assert (document.settings.lengths, box.currentText()) == ("auto", "automatic")


def test_dragging_with_the_mouse_is_one_undo_step(panel: HumanizePanel, document: Document) -> None:
    slider = panel.sliders["intensity"].slider
    y = slider.height() // 2
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 2, y))
    pressed = document.settings.intensity
    assert 0.65 < pressed < 0.85, "the handle jumps to where it is pressed"
    for x in (slider.width() // 3, slider.width() // 6):
        QTest.mouseMove(slider, QPoint(x, y))
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 6, y))
    assert document.settings.intensity < 0.35
    document.undo()
    assert document.settings == Settings()
    assert document.undo_label is None


def test_intensity_can_be_dragged_and_typed_into_exaggeration(panel: HumanizePanel, document: Document) -> None:
    row = panel.sliders["intensity"]
    y = row.slider.height() // 2
    QTest.mousePress(row.slider, Qt.MouseButton.LeftButton, pos=QPoint(row.slider.x_of(90), y))
    QTest.mouseMove(row.slider, QPoint(row.slider.x_of(100) + 3, y))
    assert document.settings.intensity == 1.0, "a drag catches at 100 %"
    QTest.mouseMove(row.slider, QPoint(row.slider.width() - 2, y))
    QTest.mouseRelease(row.slider, Qt.MouseButton.LeftButton, pos=QPoint(row.slider.width() - 2, y))
    assert document.settings.intensity == 1.5
    row.number.setFocus()
    row.number.selectAll()
    QTest.keyClicks(row.number, "124")
    assert document.settings.intensity == 1.24
    assert row.slider.value() == 124


def test_a_pattern_says_while_typing_what_it_matches(panel: HumanizePanel, document: Document) -> None:
    QTest.keyClicks(panel.include.line, "(?i)bass")
    assert document.settings.include == "(?i)bass"
    assert panel.include.verdict.text() == "matches 1 of 2 tracks"
    assert panel.include.verdict.isVisible()
    panel.include.line.clear()
    assert document.settings.include is None
    assert not panel.include.verdict.isVisible()


def test_typing_is_one_undo_step(panel: HumanizePanel, document: Document) -> None:
    panel.exclude.line.setFocus()
    QTest.keyClicks(panel.exclude.line, "Piano")
    panel.include.line.setFocus()
    QTest.keyClicks(panel.include.line, "x")
    document.undo()
    assert document.settings == Settings(exclude="Piano")
    document.undo()
    assert document.settings == Settings()
    assert panel.exclude.line.text() == ""


def test_a_wrong_pattern_says_what_is_wrong_and_humanizes_nothing(panel: HumanizePanel, document: Document) -> None:
    panel.include.line.setText("(piano")
    assert "wrong at position 1" in panel.include.verdict.text()
    assert panel.include.line.property("state") == "error"
    assert not any(s.included for s in document.selection)
    panel.include.line.setText("(?i)piano")
    assert panel.include.line.property("state") == ""
    assert document.selection[0].included


def test_a_pattern_that_takes_too_long_says_so_and_humanizes_nothing(panel: HumanizePanel, document: Document) -> None:
    rows = [(0, 240, 60, 80)]
    document.set_song(make_song(*(make_track(rows, index=i, name="a" * 60 + f" {i}") for i in range(3))))
    panel.include.line.setText("a{2}(?:a|a){1,1000}$")
    assert "takes too long" in panel.include.verdict.text()
    assert panel.include.line.property("state") == "error"
    assert document.selection_error is not None and "takes too long" in document.selection_error.message
    assert not any(s.included for s in document.selection)


def test_verdict_needs_no_song(qtbot: QtBot) -> None:
    assert verdict(None, "piano", "include") == ("", False)
    assert verdict(None, "[", "include")[1]


def test_limits_are_off_until_checked(panel: HumanizePanel, document: Document) -> None:
    assert document.settings.max_velocity_change is None
    panel.velocity_limit.check.setChecked(True)
    panel.velocity_limit.number.setValue(12)
    panel.duration_limit.check.setChecked(True)
    assert (document.settings.max_velocity_change, document.settings.max_duration_change) == (12, 0.5)
    panel.duration_limit.number.setValue(25)
    panel.velocity_limit.check.setChecked(False)
    assert (document.settings.max_velocity_change, document.settings.max_duration_change) == (None, 0.25)


def test_a_limit_that_is_on_is_never_hidden(document: Document, qtbot: QtBot) -> None:
    document.change("Velocity Limit", max_velocity_change=9)
    panel = HumanizePanel(document)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.velocity_limit.isVisible()
    assert (panel.velocity_limit.check.isChecked(), panel.velocity_limit.number.value()) == (True, 9)


def test_check_boxes_and_seed(panel: HumanizePanel, document: Document) -> None:
    panel.keyswitches.click()
    panel.drums.click()
    panel.seed.setValue(41)
    s = document.settings
    assert (s.protect_keyswitches, s.drum_durations, s.seed) == (False, True, 41)


def test_the_histogram_tells_before_and_after_of_the_current_track(panel: HumanizePanel, document: Document) -> None:
    assert document.song is not None
    assert "Before: 80 ± 0.0, After: –" in panel.histogram.accessibleName()
    from duv_studio.engine.performance.sampling import draw

    document.add_prediction(document.missing_readings(), predict(document.song))
    document.set_draw(document.wanted_draw, draw(document.song, document.prediction, seed=0, variation=0.5))
    document.settle()
    of_all = panel.histogram.accessibleName()
    document.set_current_track(1)
    assert panel.histogram.accessibleName() != of_all
    assert "Electric Bass" in panel.histogram_title.text()
    panel.grab()  # paints both rows
