"""A font for machines that have none, on which Qt would draw boxes for letters."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase, QFontMetrics
from PySide6.QtWidgets import QApplication

from duv_studio.paths import resource


def ensure_font(app: QApplication) -> None:
    """Let the application use the font that ships with the program where the system has no font at all."""
    # Not by the list of families: without a font fontconfig still names "Serif" and its like.
    if QFontMetrics(app.font()).inFont("A"):
        return
    added = QFontDatabase.addApplicationFont(str(resource("fonts", "DejaVuSans.ttf")))
    families = QFontDatabase.applicationFontFamilies(added)
    if families:
        font = QFont(app.font())
        font.setFamilies(families)
        app.setFont(font)
