"""What the batch window shows before there are files: what to do, or that they are being looked for."""

from __future__ import annotations

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from duv_studio.ui.i18n import count, tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.empty_state import Picture, centred, paint_empty_state


class BatchEmptyState(QWidget):
    """An invitation with two buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.text = centred("", "title"), centred("", "muted")
        self.folder, self.files = QPushButton(tr("Add Folder…")), QPushButton(tr("Add Files…"))
        self.folder.setProperty("primary", True)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_S)
        row.addStretch(1)
        for button in (self.folder, self.files):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(theme.SPACE_S)
        column.addStretch(2)
        column.addWidget(Picture("batch", 64))
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addSpacing(theme.SPACE_S)
        column.addLayout(row)
        column.addStretch(3)
        self.invite()

    def invite(self) -> None:
        """Ask for files."""
        self.title.setText(tr("Drop folders or MIDI files here"))
        tree = tr("Every MIDI file in them is humanized, folders below included.")
        self.text.setText(f"{tree}\n{tr('Your files stay as they are: the results go to another folder.')}")
        self._show_buttons(True)

    def looking(self, files: int) -> None:
        """Say how far the search is."""
        self.title.setText(tr("Looking for MIDI files…"))
        self.text.setText(tr("{files} so far", files=count(files, "file", "files")) if files else " ")
        self._show_buttons(False)

    def _show_buttons(self, shown: bool) -> None:
        for button in (self.folder, self.files):
            button.setVisible(shown)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the edge of the place to drop on."""
        paint_empty_state(self)
