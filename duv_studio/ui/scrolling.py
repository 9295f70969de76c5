"""A scroll area that nobody sees until it is needed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


def bare_scroll(inside: QWidget) -> QScrollArea:
    """`inside` on the ground of whatever is around it, scrolled up and down where there is no room for all of it."""
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    scroll.setWidget(inside)
    for surface in (scroll.viewport(), inside):
        surface.setAutoFillBackground(False)
    return scroll
