"""F1: the list of keys, made from the commands themselves."""

from __future__ import annotations

from itertools import combinations, pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from duv_studio.ui.app.actions import COMMANDS, MENUS, Command
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme

Section = tuple[str, list[tuple[str, str]]]  # heading, rows of (keys, what they do)
_KEY_WIDTH = 96
# Keys and mouse gestures that belong to no command.
_GESTURES = (
    ("Tracks", (("↑  ↓", "Choose a track"), ("←  →", "Track intensity ∓5 %"), ("Shift + ←  →", "Track volume ∓1 dB"))),
    (
        "Ruler",
        (
            ("Click", "Go there, also while it plays"),
            ("Drag", "Loop a part, or move an end of the loop"),
            ("Double click", "No loop"),
            ("Alt + drag", "Scroll, and zoom up and down"),
        ),
    ),
    (
        "Piano roll",
        (
            ("Ctrl + wheel", "Zoom in time at the pointer"),
            ("Ctrl + Shift + wheel", "Zoom the keys at the pointer"),
            ("Shift + wheel", "Scroll in time"),
            ("Middle button", "Move around"),
            ("Click a note", "Choose it and its track"),
            ("Shift + click", "Select one more"),
            ("Drag", "Select with a rectangle"),
            ("←  →", "Select the note before or after"),
        ),
    ),
    ("Work", (("Esc", "Select no notes, cancel reading or predicting, or take the loop away"),)),
)


def sections() -> list[Section]:
    """Return headings with (keys, what they do)."""
    commands = {command.name: command for command in COMMANDS}
    made = []
    for title, names in MENUS:
        rows = [_row(commands[name]) for name in names if name in commands and commands[name].keys]
        made.append((tr(title).replace("&", ""), rows))
    return made + [(tr(title), [(keys, tr(text)) for keys, text in rows]) for title, rows in _GESTURES]


class ShortcutsDialog(QDialog):
    """Columns of keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keys"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        inside = QWidget()
        columns = QHBoxLayout(inside)
        columns.setContentsMargins(theme.SPACE_L, theme.SPACE_L, theme.SPACE_L, theme.SPACE_S)
        columns.setSpacing(theme.SPACE_XL * 2)
        for part in balanced(sections()):
            column = QVBoxLayout()
            column.setSpacing(theme.SPACE_L)
            for title, rows in part:
                column.addWidget(_section(title, rows))
            column.addStretch(1)
            columns.addLayout(column)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inside)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(scroll, 1)
        column.addWidget(buttons)
        self.resize(inside.sizeHint().width() + 60, min(inside.sizeHint().height() + 90, 680))


def balanced(all_sections: list[Section], columns: int = 3) -> list[list[Section]]:
    """Split sections, in their order, into columns of which the highest is as low as can be."""
    heights = [len(rows) + 2 for _, rows in all_sections]

    def parts(cuts: tuple[int, ...]) -> list[slice]:
        return [slice(start, stop) for start, stop in pairwise((0, *cuts, len(heights)))]

    best = min(
        combinations(range(1, len(heights)), columns - 1), key=lambda cuts: max(sum(heights[p]) for p in parts(cuts))
    )
    return [all_sections[part] for part in parts(best)]


def _row(command: Command) -> tuple[str, str]:
    key = QKeySequence(command.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
    return key, tr(command.text).replace("&", "").rstrip("…")


def _section(title: str, rows: list[tuple[str, str]]) -> QWidget:
    section = QWidget()
    grid = QGridLayout(section)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(theme.SPACE_L)
    heading = QLabel(title)
    heading.setProperty("role", "heading")
    grid.addWidget(heading, 0, 0, 1, 2)
    for i, (keys, text) in enumerate(rows, start=1):
        shown = QLabel(keys)
        shown.setProperty("role", "accent")
        shown.setMinimumWidth(_KEY_WIDTH)
        grid.addWidget(shown, i, 0)
        grid.addWidget(QLabel(text), i, 1)
    grid.setColumnStretch(1, 1)
    return section
