"""How notes are selected in roll and lanes, by mouse and keys."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from duv_studio.engine.midi.song import IntArray
from duv_studio.ui.canvas import picking
from duv_studio.ui.canvas.canvas_state import CanvasState
from duv_studio.ui.canvas.scene import NOTHING
from duv_studio.ui.canvas.time_widget import TimeWidget
from duv_studio.ui.style.theme import current

_ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
_BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class NoteCanvasWidget(TimeWidget):
    """A part of the view that draws notes, and where they are selected.

    A click selects a note, with Shift or Ctrl one more; a drag selects with a rectangle; ← and → go from note to note.
    """

    track_clicked = Signal(int)
    menu_wanted = Signal(QPoint)  # about the selected notes, in global coordinates

    def __init__(self, canvas: CanvasState, parent: QWidget | None = None) -> None:
        super().__init__(canvas, parent)
        self._pressed_at: QPointF | None = None
        self._band: QRectF | None = None  # the rectangle that is being dragged
        self._kept = NOTHING  # notes that stay selected beside those in the rectangle
        self._has_key_focus = False  # reached by Tab: then it shows that keys go here
        for signal in (canvas.performance_changed, canvas.hover_changed, canvas.picked_changed):
            signal.connect(self._repaint)
        canvas.song_changed.connect(self._end_band)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def note_at(self, position: QPointF) -> int | None:
        """The note drawn at a place of this widget, as its row in the scene's table."""
        raise NotImplementedError

    def notes_in(self, area: QRectF) -> IntArray:
        """The notes that a rectangle drawn over this widget selects."""
        raise NotImplementedError

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() is not Qt.MouseButton.LeftButton or self.scene.table is None:
            return
        note, is_adding = self.note_at(event.position()), bool(event.modifiers() & _ADDING)
        self._pressed_at = event.position()
        self._kept = self.scene.picked if is_adding else NOTHING
        if note is None:
            self.canvas.pick(self._kept)
        elif is_adding:
            self.canvas.pick(picking.toggled(self.scene.picked, note), note)
        else:
            self.canvas.pick(np.array([note]), note)
            self.track_clicked.emit(int(self.scene.table.track[note]))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self._pressed_at is None:
            self.canvas.hover(self.note_at(event.position()))
        elif event.buttons() & Qt.MouseButton.LeftButton:
            self._drag_band(self._pressed_at, event.position())
        else:  # the button was released outside of the window
            self._end_band()

    def _drag_band(self, start: QPointF, end: QPointF) -> None:
        if self._band is None and (end - start).manhattanLength() < QApplication.startDragDistance():
            return  # a click whose hand trembled
        self._band = QRectF(start, end).normalized()
        self.canvas.pick(np.union1d(self._kept, self.notes_in(self._band)))
        self._repaint()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() is Qt.MouseButton.LeftButton:
            self._end_band()

    def _end_band(self) -> None:
        self._pressed_at = self._band = None
        self._kept = NOTHING
        self._repaint()

    def leaveEvent(self, event: QEvent) -> None:
        self.canvas.hover(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """A menu about the selected notes; a right click on another note selects that one first."""
        note = self.note_at(QPointF(event.pos())) if event.reason() is QContextMenuEvent.Reason.Mouse else None
        if note is not None and not self.scene.is_picked[note]:
            self.canvas.pick(np.array([note]), note)
        if self.scene.table is not None:
            self.menu_wanted.emit(event.globalPos())

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """← and → select the note before or after, with Shift beside those selected; Esc selects none."""
        step = _STEPS.get(Qt.Key(event.key()), 0)
        if step and not event.modifiers() & ~(_ADDING | Qt.KeyboardModifier.KeypadModifier):
            self._step(step, bool(event.modifiers() & _ADDING))
        elif event.key() == Qt.Key.Key_Escape and len(self.scene.picked):
            self.canvas.pick(NOTHING)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Draw the focus only where keys led to it: after a click it is plain where it is."""
        super().focusInEvent(event)
        self._has_key_focus = event.reason() in _BY_KEYS
        self._repaint()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._has_key_focus = False
        self._repaint()

    def _step(self, step: int, is_adding: bool) -> None:
        note = picking.neighbour(self.scene, self.canvas.cursor, step)
        if note is not None:
            self.canvas.pick(np.union1d(self.scene.picked, [note]) if is_adding else np.array([note]), note)
            self.canvas.scroll_to(note)

    # Paint

    def paint_over(self, painter: QPainter) -> None:
        """Draw the rectangle that is being dragged, and a frame around everything when Tab led here."""
        if self._has_key_focus:
            painter.setPen(QPen(current().color("accent"), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        if self._band is None:
            return
        veil = QColor(current().color("accent"))
        veil.setAlpha(40)
        painter.fillRect(self._band, veil)
        painter.setPen(QPen(current().color("accent"), 1))
        painter.drawRect(self._band)
