"""A label that shortens its text to the room there is and shows the whole in its tooltip."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from duv_studio.ui.i18n import plain_tip


class ElidedLabel(QLabel):
    """One line of plain text that never asks for more room than it is given."""

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(parent)
        self._whole = self._tip = ""
        self._elide_at = elide  # in the middle for paths, whose ends tell most
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_whole(text)

    @property
    def whole(self) -> str:
        """The text before it was shortened."""
        return self._whole

    def set_whole(self, text: str, tip: str = "") -> None:
        """Show another text; its tool tip is `tip`, or the text where that is shortened."""
        self._whole, self._tip = text, tip
        self.setAccessibleName(text)
        self.updateGeometry()
        self._elide()

    def sizeHint(self) -> QSize:
        """Room for the whole text."""
        margins = self.contentsMargins()
        width = self.fontMetrics().horizontalAdvance(self._whole) + margins.left() + margins.right() + 16
        return QSize(width, self.fontMetrics().height() + 4)

    def minimumSizeHint(self) -> QSize:
        """It can do with very little."""
        return QSize(24, self.fontMetrics().height() + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten again."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        room = self.contentsRect().width() - 14  # the style sheet's padding in status bars
        shown = self.fontMetrics().elidedText(self._whole, self._elide_at, max(room, 0))
        self.setText(shown)
        self.setToolTip(plain_tip(self._tip or (self._whole if shown != self._whole else "")))
