"""Heights of the bars, and pixels where they must be."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from duv_studio.ui.style import theme
from duv_studio.ui.widgets.histogram import VelocityHistogram, describe, heights


def test_the_highest_bar_fills_the_row_and_a_single_note_is_visible() -> None:
    velocities = np.array([80] * 1000 + [3])
    bars = heights(velocities)
    assert bars[20] == 1.0
    assert bars[0] == 0.06
    assert np.count_nonzero(bars) == 2


def test_every_velocity_has_a_bar() -> None:
    assert len(heights(np.arange(1, 128))) == 32
    assert heights(np.array([127]))[31] == 1.0


def test_describe() -> None:
    assert describe(np.array([60, 80])) == "70 ± 10.0"
    assert describe(None) == describe(np.zeros(0, np.int64)) == "–"


def test_after_is_filled_with_the_colours_of_the_notes(qtbot: QtBot) -> None:
    widget = VelocityHistogram()
    qtbot.addWidget(widget)
    widget.resize(320, widget.sizeHint().height())
    widget.set_velocities(np.full(50, 20), np.full(50, 102))
    image = widget.grab().toImage()
    x = round((25 + 0.4) * widget.width() / 32)
    shown = image.pixelColor(x, widget.height() - 12)
    assert shown == theme.current().velocity_color(102)
