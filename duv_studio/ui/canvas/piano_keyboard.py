"""The piano keyboard at the left of the roll."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from duv_studio.ui.canvas.canvas_state import CanvasState
from duv_studio.ui.canvas.canvas_widget import CanvasWidget
from duv_studio.ui.canvas.note_text import pitch_name
from duv_studio.ui.canvas.roll_painter import BLACK_KEYS
from duv_studio.ui.canvas.viewport import Viewport
from duv_studio.ui.style.theme import Theme, current

GUTTER_WIDTH = 56  # of the keyboard, and of the lane's axis below it
_BLACK_SHARE = 0.60
_LABEL_FROM_PX = 2.0  # keys lower than this get no names


class PianoKeyboard(CanvasWidget):
    """Draws the keys; the one under the mouse is lit."""

    def __init__(self, canvas: CanvasState, parent: QWidget | None = None) -> None:
        super().__init__(canvas, parent)
        self.setFixedWidth(GUTTER_WIDTH)
        self._keys: QPixmap | None = None
        self._keys_of: tuple[object, ...] = ()
        canvas.hover_changed.connect(self._repaint)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.scene.song is None:
            painter.fillRect(self.rect(), current().color("window"))
        else:
            painter.drawPixmap(0, 0, self._pixmap())
        painter.end()

    def _pixmap(self) -> QPixmap:
        """The keys, painted again only when others are seen or lit: scrolling in time leaves them as they are."""
        view, note, table = self.scene.viewport, self.canvas.hover_note, self.scene.table
        lit = int(table.pitch[note]) if note is not None and table is not None else None
        key = (view.top, view.key_px, self.size().toTuple(), self.devicePixelRatioF(), current().name, lit)
        if self._keys is None or key != self._keys_of:
            self._keys = QPixmap(self.size() * self.devicePixelRatioF())
            self._keys.setDevicePixelRatio(self.devicePixelRatioF())
            painter = QPainter(self._keys)
            paint_keyboard(painter, QRectF(self.rect()), view, self.font(), lit)
            painter.end()
        self._keys_of = key
        return self._keys


def paint_keyboard(painter: QPainter, area: QRectF, view: Viewport, font: QFont, lit: int | None = None) -> None:
    """Draw the keys that a viewport shows into `area`."""
    theme = current()
    painter.fillRect(area, theme.color("key_white"))
    low, high = view.keys_shown
    for key in range(low, high + 1):
        top, bottom = (area.top() + round(view.key_top(k)) for k in (key, key - 1))
        _paint_key(painter, key, QRectF(area.left(), top, area.width(), bottom - top), theme, key == lit)
    small = QFont(font)
    small.setPixelSize(max(9, min(11, int(view.key_px))))
    painter.setFont(small)
    painter.setPen(theme.color("key_text"))
    for key in range(low, high + 1):
        if key % 12 == 0 and view.key_px >= _LABEL_FROM_PX:
            middle = area.top() + view.key_top(key) + view.key_px / 2
            place = QRectF(area.left(), middle - 8, area.width() - 5, 16)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, pitch_name(key))
    painter.fillRect(QRectF(area.right() - 1, area.top(), 1, area.height()), theme.color("border"))


def _paint_key(painter: QPainter, key: int, row: QRectF, theme: Theme, lit: bool) -> None:
    border = theme.color("key_border")
    if key % 12 in BLACK_KEYS:
        width = round(row.width() * _BLACK_SHARE)
        painter.fillRect(QRectF(row.left(), row.center().y(), row.width(), 1), border)  # where two white keys meet
        black = QRectF(row.left(), row.top(), width, row.height())
        painter.fillRect(black, theme.color("accent" if lit else "key_black"))
    else:
        if lit:
            painter.fillRect(row, theme.color("accent"))
        if key % 12 in (0, 5):
            painter.fillRect(QRectF(row.left(), row.bottom() - 1, row.width(), 1), border)
