"""Scroll bars that follow the viewport, and move it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSignalBlocker
from PySide6.QtWidgets import QScrollBar

from duv_studio.ui.canvas.canvas import Canvas

_STEPS = 1_000_000  # a scroll bar counts in 32-bit integers, ticks may be larger


class ScrollSync(QObject):
    """Keeps a horizontal and a vertical scroll bar and the canvas in step."""

    def __init__(self, canvas: Canvas, across: QScrollBar, down: QScrollBar, parent: QObject) -> None:
        super().__init__(parent)
        self._canvas, self._across, self._down = canvas, across, down
        canvas.changed.connect(self._follow)
        across.valueChanged.connect(self._move_across)
        down.valueChanged.connect(self._move_down)
        self._follow()

    def _follow(self) -> None:
        if self._canvas.scene.song is None:
            for bar in (self._across, self._down):
                _set(bar, 0.0, 0.0, 1.0)
            return
        view = self._canvas.scene.viewport
        first, last = view.left_range
        _set(self._across, view.left - first, last - first, view.width * view.ticks_per_px)
        lowest, highest = view.top_range
        _set(self._down, highest - view.top, highest - lowest, view.height / view.key_px)

    def _move_across(self, value: int) -> None:
        view = self._canvas.scene.viewport
        first, last = view.left_range
        self._canvas.look(view.at(left=first + value / max(self._across.maximum(), 1) * (last - first)))

    def _move_down(self, value: int) -> None:
        view = self._canvas.scene.viewport
        lowest, highest = view.top_range
        self._canvas.look(view.at(top=highest - value / max(self._down.maximum(), 1) * (highest - lowest)))


def _set(bar: QScrollBar, value: float, span: float, page: float) -> None:
    """Show a window of size `page` at `value` of 0..`span`; nothing to scroll disables the bar."""
    with QSignalBlocker(bar):
        total = max(span + page, 1e-9)
        maximum = round(_STEPS * span / total)
        bar.setRange(0, maximum)
        bar.setPageStep(max(1, round(_STEPS * page / total)))
        bar.setSingleStep(max(1, bar.pageStep() // 10))
        bar.setValue(round(maximum * value / span) if span > 0 else 0)
        bar.setEnabled(maximum > 0)
