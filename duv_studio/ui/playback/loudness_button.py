"""The switch that makes before and after equally loud, and says by how much it does so."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from duv_studio.ui.i18n import tr
from duv_studio.ui.playback.mixing import signed_db
from duv_studio.ui.playback.sound import Side
from duv_studio.ui.style import theme

_SMALL_PX, _HEIGHT, _PAD = 11, 30, 9
_LEAST_DB = 0.05  # less is shown as 0.0


class LoudnessButton(QAbstractButton):
    """Two lines: what it does, and which side it makes softer by how many decibels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setText(tr("Same loudness"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.gain_text = ""
        self.show_gain(None)

    def show_gain(self, gain: tuple[Side, float] | None) -> None:
        """Say which side is made softer, and by how many decibels; None: that is not measured yet."""
        if gain is None:
            text = tr("measuring…") if self.isChecked() else tr("off")
        elif abs(gain[1]) < _LEAST_DB:
            text = signed_db(0.0)
        else:
            side = tr("After") if gain[0] is Side.AFTER else tr("Before")
            text = tr("{side} {gain}", side=side, gain=signed_db(gain[1]))
        if text != self.gain_text:
            self.gain_text = text
            self.setAccessibleDescription(text)
            self.setToolTip(
                tr(
                    "Make before and after equally loud: what is louder always seems better.\n"
                    "The louder side is made softer while one listens, never in a MIDI file. Now: {gain}",
                    gain=text,
                )
            )
            self.update()

    def sizeHint(self) -> QSize:
        """Room for the longest gain."""
        metrics = QFontMetrics(self._font())
        texts = (self.text(), tr("{side} {gain}", side=tr("Before"), gain=signed_db(-12.3)))
        return QSize(max(metrics.horizontalAdvance(text) for text in texts) + 2 * _PAD, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter, on = theme.current(), QPainter(self), self.isChecked() and self.isEnabled()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = "pressed" if self.isDown() else "accent_soft" if on else "hover" if self._is_over() else "window"
        edge = "accent" if on or self.hasFocus() else "border"
        painter.setPen(QPen(look.color(edge), 2 if self.hasFocus() else 1))
        painter.setBrush(look.color(ground))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        painter.setFont(self._font())
        middle = self.height() // 2
        lines = ((QRect(0, middle - 14, self.width(), 15), self.text(), "text"),
                 (QRect(0, middle, self.width(), 14), self.gain_text, "text" if on else "text_muted"))  # fmt: skip
        for area, text, color in lines:
            painter.setPen(look.color(color if self.isEnabled() else "text_disabled"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()

    def _is_over(self) -> bool:
        return self.isEnabled() and self.underMouse()

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(_SMALL_PX)
        return font
