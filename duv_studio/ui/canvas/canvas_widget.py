"""How every part of the canvas scrolls and zooms, by mouse and wheel."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from duv_studio.ui.canvas.canvas_state import CanvasState
from duv_studio.ui.canvas.scene import Scene

ZOOM_STEP = 1.25  # of a key press or a notch of the wheel
_NOTCH = 120.0  # angle units of a notch
_NOTCH_PX = 64.0


class CanvasWidget(QWidget):
    """A part of the view: repaints with the canvas, pans with the middle button, zooms and scrolls with the wheel."""

    scrolls_pitch = True  # what the plain wheel does: scroll pitches, or time

    def __init__(self, canvas: CanvasState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = canvas
        self._pan_from: QPointF | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        canvas.scene_changed.connect(self._repaint)

    @property
    def scene(self) -> Scene:
        return self.canvas.scene

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms time at the cursor, Ctrl+Shift keys; Shift scrolls time, nothing scrolls pitch."""
        across, down = _wheel_px(event)
        view, at, keys = self.scene.viewport, event.position(), event.modifiers()
        control = bool(keys & Qt.KeyboardModifier.ControlModifier)
        shift = bool(keys & Qt.KeyboardModifier.ShiftModifier)
        factor = ZOOM_STEP ** ((down or across) / _NOTCH_PX)
        if control and shift and self.scrolls_pitch:
            self.canvas.set_viewport(view.zoomed_keys(factor, at.y()))
        elif control:
            self.canvas.set_viewport(view.zoomed(factor, at.x()))
        elif shift or not self.scrolls_pitch:
            self.canvas.set_viewport(view.scrolled(-(down + across), 0.0))
        else:
            self.canvas.set_viewport(view.scrolled(-across, -down))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.MiddleButton:
            self._pan_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None:
            moved = event.position() - self._pan_from
            self._pan_from = event.position()
            self.canvas.set_viewport(
                self.scene.viewport.scrolled(-moved.x(), -moved.y() if self.scrolls_pitch else 0.0)
            )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.MiddleButton and self._pan_from is not None:
            self._pan_from = None
            self.unsetCursor()

    def _repaint(self) -> None:
        self.update()


def _wheel_px(event: QWheelEvent) -> tuple[float, float]:
    """How far the wheel or the touchpad went, in pixels across and down."""
    fine = event.pixelDelta()
    if not fine.isNull():
        return float(fine.x()), float(fine.y())
    coarse = event.angleDelta()
    return coarse.x() / _NOTCH * _NOTCH_PX, coarse.y() / _NOTCH * _NOTCH_PX
