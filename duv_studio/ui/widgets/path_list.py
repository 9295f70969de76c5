"""A short list of paths, a few rows high; Del asks for rows to be taken away."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget


class PathRows(QListWidget):
    """`rows` high, long names cut where `elide` says."""

    removal_wanted = Signal()

    def __init__(self, rows: int, elide: Qt.TextElideMode) -> None:
        super().__init__()
        self.setProperty("framed", True)
        self.setTextElideMode(elide)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(rows * (self.fontMetrics().height() + 8) + 4)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Del takes rows away."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removal_wanted.emit()
        else:
            super().keyPressEvent(event)
