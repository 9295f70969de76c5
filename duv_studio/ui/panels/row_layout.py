"""Where in a row of the track list is what: box, name, M and S, notes, detail, intensity, volume."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QFontMetrics

from duv_studio.ui.playback.mixing import gain_at
from duv_studio.ui.style import theme

BOX = 18
HANDLE = 5  # radius of the slider's handle
CHIP_PAD = 5
_BUTTON, _BETWEEN = 22, 4  # width of M and S, and what parts them
COLUMN = 2 * _BUTTON + _BETWEEN  # at the right: M and S, the number of notes, the volume
_WEDGE = 9  # height of the volume


@dataclass(frozen=True)
class RowLayout:
    """Rectangles of one row, used by painting and by the mouse alike."""

    box: QRect
    name: QRect
    sign: QRect  # for what is unsure; else empty
    mute: QRect
    solo: QRect
    count: QRect
    detail: QRect
    chip: QRect  # the family, when it was set by hand; else empty
    bar: QRect  # the groove of the intensity slider
    percent: QRect
    volume: QRect  # the wedge of the volume

    @staticmethod
    def of(rect: QRect, metrics: QFontMetrics, count: str, chip: str = "", sign: str = "") -> RowLayout:
        """Lay out a row."""
        line = metrics.height()
        left, right, top = rect.left() + theme.SPACE_M, rect.right() - theme.SPACE_M, rect.top() + theme.SPACE_S
        text, column = left + BOX + theme.SPACE_S, right - COLUMN
        count_width = metrics.horizontalAdvance(count)
        sign_width = metrics.horizontalAdvance(sign) + theme.SPACE_S if sign else 0
        percent_width = metrics.horizontalAdvance("100 %")
        second, third = top + line + 2, top + 2 * line + 4
        detail_end = right - count_width - theme.SPACE_S
        chip_width = min(metrics.horizontalAdvance(chip) + 2 * CHIP_PAD, detail_end - text) if chip else 0
        detail_right = detail_end - chip_width - (theme.SPACE_S if chip else 0)
        bar_right = column - percent_width - theme.SPACE_M - theme.SPACE_S - HANDLE
        return RowLayout(
            QRect(left, top + (line - BOX) // 2, BOX, BOX),
            QRect(text, top, column - text - sign_width - theme.SPACE_S, line),
            QRect(column - sign_width, top, sign_width, line),
            QRect(column, top - 1, _BUTTON, line + 2),
            QRect(column + _BUTTON + _BETWEEN, top - 1, _BUTTON, line + 2),
            QRect(right - count_width, second, count_width + 1, line),
            QRect(text, second, max(detail_right - text, 0), line),
            QRect(detail_end - chip_width, second - 1, chip_width, line + 2),
            QRect(text + HANDLE, third + line // 2 - 1, bar_right - text - HANDLE, 3),
            QRect(column - percent_width - theme.SPACE_S, third, percent_width + 1, line),
            QRect(column, third + (line - _WEDGE) // 2, COLUMN, _WEDGE),
        )

    def share_at(self, x: int) -> float:
        """Return the intensity 0..1 that a pointer at `x` means, in steps of 1 %."""
        share = (x - self.bar.left()) / max(self.bar.width(), 1)
        return round(min(max(share, 0.0), 1.0), 2)

    def gain_at(self, x: int) -> float:
        """Return the volume, linear, that a pointer at `x` means."""
        return gain_at((x - self.volume.left()) / max(self.volume.width() - 1, 1))

    def over_box(self, pos: QPoint) -> bool:
        """Whether a pointer is on the check box or close to it."""
        return self.box.adjusted(-6, -6, 6, 6).contains(pos)

    def over_chip(self, pos: QPoint) -> bool:
        """Whether a pointer is on the family."""
        return self.chip.contains(pos)

    def over_slider(self, pos: QPoint) -> bool:
        """Whether a pointer is on the slider, which is easier to hit than it looks."""
        return self.bar.adjusted(-2 * HANDLE, -8, 2 * HANDLE, 8).contains(pos)

    def over_mute(self, pos: QPoint) -> bool:
        """Whether a pointer is on M."""
        return self.mute.adjusted(-1, -2, 1, 2).contains(pos)

    def over_solo(self, pos: QPoint) -> bool:
        """Whether a pointer is on S."""
        return self.solo.adjusted(-1, -2, 1, 2).contains(pos)

    def over_volume(self, pos: QPoint) -> bool:
        """Whether a pointer is on the volume, which is easier to hit than it looks."""
        return self.volume.adjusted(-4, -5, 6, 6).contains(pos)
