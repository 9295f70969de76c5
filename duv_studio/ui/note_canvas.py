"""What the roll and the lane share: notes under the mouse."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from duv_studio.ui.canvas import Canvas, CanvasWidget


class NoteCanvasWidget(CanvasWidget):
    """A part of the view that draws notes: rings the one under the mouse, says which track was clicked."""

    track_clicked = Signal(int)

    def __init__(self, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(canvas, parent)
        canvas.replayed.connect(self._repaint)
        canvas.hovered.connect(self._repaint)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def note_at(self, position: QPointF) -> int | None:
        """The note drawn at a place of this widget, as its row in the scene's table."""
        raise NotImplementedError

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() is Qt.MouseButton.LeftButton and (note := self.note_at(event.position())) is not None:
            assert self.scene.table is not None
            self.track_clicked.emit(int(self.scene.table.track[note]))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self.canvas.hover(self.note_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self.canvas.hover(None)
