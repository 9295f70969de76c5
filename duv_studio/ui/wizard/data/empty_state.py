"""What the data page shows before there is data: where to drop it, and what is worth dropping."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from duv_studio.ui.i18n import percent, tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.empty_state import Picture, centred, paint_empty_state

_STEPS = 1000
_BAR_WIDTH = 280


class DataEmptyState(QWidget):
    """An invitation; while files are read for the first time, how far that is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.text = centred("", "title"), centred("", "muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(_BAR_WIDTH)
        self.bar.setRange(0, _STEPS)
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.setSpacing(theme.SPACE_S)
        column.addStretch(2)
        column.addWidget(Picture("midi", 56))
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addSpacing(theme.SPACE_S)
        for widget in (self.bar, self.cancel):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.show_invitation()

    def show_invitation(self, missing: str = "") -> None:
        """Ask for data; `missing` is what the recipe names and is not there."""
        self.title.setText(tr("Drop a folder of MIDI files here"))
        lines = [tr("Recordings of your own playing, as they were played: with velocities, not quantised.")]
        if missing:
            lines.append(tr("The recipe names {name}, which is not there.", name=missing))
        self.text.setText("\n".join(lines))
        self._show_work(False)

    def show_reading(self, name: str) -> None:
        """Say that files are being read."""
        self.title.setText(tr("Reading {name}…", name=name))
        self.set_share(0.0)
        self._show_work(True)

    def set_share(self, share: float) -> None:
        """Say how much is read, 0..1."""
        self.bar.setValue(round(share * _STEPS))
        self.text.setText(percent(share))

    def _show_work(self, works: bool) -> None:
        self.bar.setVisible(works)
        self.cancel.setVisible(works)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the edge of the place to drop on."""
        paint_empty_state(self)
