"""Gives the application its look: style, palette, style sheet, and a font where the machine has none."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from duv_studio.paths import resource
from duv_studio.ui.style import style_sheet
from duv_studio.ui.style.theme import THEMES, Theme, activate


def apply_theme(app: QApplication, name: str) -> Theme:
    """Give the application the look called "dark" or "light" (Fusion, palette, style sheet); KeyError for any other."""
    theme = THEMES[name]
    activate(theme)
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(palette(theme))
    app.setStyleSheet(style_sheet.build(theme))
    return theme


def palette(theme: Theme) -> QPalette:
    """The QPalette of a look: what Fusion and unstyled widgets draw with, and rich text links."""
    role = QPalette.ColorRole
    colors = {
        role.Window: theme.panel,
        role.WindowText: theme.text,
        role.Base: theme.input,
        role.AlternateBase: theme.panel,
        role.Text: theme.text,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.error,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.text_muted,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Light: theme.hover,
        role.Midlight: theme.raised,
        role.Mid: theme.border,
        role.Dark: theme.border,
        role.Shadow: theme.outside,
    }
    made = QPalette()
    for which, value in colors.items():
        made.setColor(which, QColor(value))
    for which in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(theme.text_disabled))
    made.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(theme.border))
    return made


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
