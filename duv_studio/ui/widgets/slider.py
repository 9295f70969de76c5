"""A slider that jumps to where it is clicked, catches at one value, and says in small words where it leads."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QRegion, QWheelEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider

from duv_studio.ui.style import theme

_CATCH_PX = 4  # a drag that comes this near to the detent stays on it
_MARK_PX = 10  # height of the mark at the detent
_DASH, _GAP = 3, 3  # of the groove beyond the detent
_CAPTION_PX = 10


class Slider(QSlider):
    """A horizontal slider `low`..`high` that lets a panel scroll past it.

    A drag catches at `detent`, where a mark stands; keys and wheel go on in single steps. Beyond the detent the groove
    is dashed, unless the slider goes both ways (`is_bipolar`): then it is filled from there. `captions` are small words
    below its left end, its middle and its right end.
    """

    def __init__(
        self,
        low: int = 0,
        high: int = 100,
        *,
        detent: int | None = None,
        is_bipolar: bool = False,
        captions: tuple[str, str, str] | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.detent = detent
        self.captions = captions
        self._is_bipolar = is_bipolar
        self._grip = 0  # from the left edge of the handle to the pointer that holds it
        self.setProperty("bipolar", is_bipolar)
        self.setProperty("captions", captions is not None)
        self.setRange(low, high)
        self.setSingleStep(1)
        self.setPageStep(5)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_middle_caption(self, text: str) -> None:
        """Say something else in the middle; nothing is said where there is no room for it."""
        assert self.captions is not None
        self.captions = (self.captions[0], text, self.captions[2])
        self.update()

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the handle to the pointer, then go on as if it had been grabbed."""
        handle, at = self._part(QStyle.SubControl.SC_SliderHandle), event.position().toPoint()
        if event.button() == Qt.MouseButton.LeftButton:
            is_grabbed = handle.contains(at)
            self._grip = at.x() - handle.x() if is_grabbed else handle.width() // 2
            if not is_grabbed:
                self.setSliderDown(True)  # before the value moves: the whole gesture is one
                self.setSliderPosition(self._value_at(at.x()))
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer, and rest at the detent."""
        if self.isSliderDown():
            self.setSliderPosition(self._value_at(event.position().toPoint().x()))
        else:
            super().mouseMoveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn only the slider that was chosen; the wheel over any other scrolls the panel."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def x_of(self, value: int) -> int:
        """Where the middle of the handle stands for a value."""
        handle, groove = self._part(QStyle.SubControl.SC_SliderHandle), self._part(QStyle.SubControl.SC_SliderGroove)
        span = groove.width() - handle.width()
        along = QStyle.sliderPositionFromValue(self.minimum(), self.maximum(), value, span)
        return groove.x() + handle.width() // 2 + along

    def _value_at(self, x: int) -> int:
        handle, groove = self._part(QStyle.SubControl.SC_SliderHandle), self._part(QStyle.SubControl.SC_SliderGroove)
        at, span = x - groove.x() - self._grip, groove.width() - handle.width()
        if self.detent is not None and abs(groove.x() + at + handle.width() // 2 - self.x_of(self.detent)) <= _CATCH_PX:
            return self.detent
        return QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), at, span)

    def _part(self, which: QStyle.SubControl) -> QRect:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        return self.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, which, self)

    # Paint

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the style's slider, the marks under its handle, and the words."""
        super().paintEvent(event)
        painter = QPainter(self)
        if self.captions is not None:
            self._paint_captions(painter, self.captions)
        if self.detent is not None:
            self._paint_marks(painter, self.detent)
        painter.end()

    def _paint_marks(self, painter: QPainter, detent: int) -> None:
        handle = self._part(QStyle.SubControl.SC_SliderHandle).adjusted(1, 0, -1, 0)
        painter.setClipRegion(QRegion(self.rect()) - QRegion(handle))
        (self._paint_from_middle if self._is_bipolar else self._paint_beyond)(painter, self.x_of(detent))
        top = self.rect().center().y() - _MARK_PX // 2 + 1
        painter.fillRect(QRect(self.x_of(detent), top, 1, _MARK_PX), theme.current().color("text_muted"))

    def _paint_from_middle(self, painter: QPainter, middle: int) -> None:
        left, right = sorted((middle, self.x_of(self.value())))
        painter.fillRect(self._on_groove(left, right), self._color("accent"))

    def _paint_beyond(self, painter: QPainter, start: int) -> None:
        value, end = self.x_of(self.value()), self._part(QStyle.SubControl.SC_SliderGroove).right() - 2
        painter.fillRect(self._on_groove(start, end + 1), theme.current().color("panel"))
        for x in range(start + _GAP, end, _DASH + _GAP):
            dash = self._on_groove(x, min(x + _DASH, end))
            painter.fillRect(dash, self._color("warning" if x < value else "border_strong"))

    def _paint_captions(self, painter: QPainter, captions: tuple[str, str, str]) -> None:
        font = QFont(self.font())
        font.setPixelSize(_CAPTION_PX)
        painter.setFont(font)
        is_beyond = self.detent is not None and not self._is_bipolar and self.value() > self.detent
        line = self.rect().adjusted(4, self.height() - _CAPTION_PX - 1, -4, 0)
        low, middle, high = captions
        wide = QFontMetrics(font).horizontalAdvance
        fits = wide(middle) / 2 + max(wide(low), wide(high)) + theme.SPACE_XS < line.width() / 2
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
        for text, side in zip((low, middle if fits else "", high), sides, strict=True):
            is_strong = is_beyond and side is Qt.AlignmentFlag.AlignRight
            painter.setPen(theme.current().color("warning" if is_strong else "text_muted"))
            painter.drawText(line, side | Qt.AlignmentFlag.AlignVCenter, text)

    def _on_groove(self, left: int, right: int) -> QRect:
        """The part of the groove between two places; its height is the style sheet's."""
        return QRect(QPoint(left, self.rect().center().y() - 1), QPoint(right - 1, self.rect().center().y() + 2))

    def _color(self, name: str) -> QColor:
        return theme.current().color(name if self.isEnabled() else "border")
