"""What the manager shows while there is no adapter: what one is, and the ways to get one."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.empty_state import Picture, centred


class NoAdapters(QWidget):
    """A picture, two sentences and two buttons."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.train = QPushButton(tr("&Train…"))
        self.train.setProperty("primary", True)
        self.bring = QPushButton(tr("&Import…"))
        for button in (self.train, self.bring):
            button.setAutoDefault(False)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_S)
        row.addStretch(1)
        row.addWidget(self.train)
        row.addWidget(self.bring)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(theme.SPACE_S)
        column.addStretch(2)
        column.addWidget(Picture("train", 56))
        column.addWidget(centred(tr("No adapters yet"), "title"))
        text = tr("An adapter teaches the model one instrument or one player. Train one on your own MIDI recordings,")
        column.addWidget(centred(text, "muted"))
        column.addWidget(
            centred(tr("or import one that somebody gave you: dropping its file here is enough."), "muted")
        )
        column.addSpacing(theme.SPACE_S)
        column.addLayout(row)
        column.addStretch(3)
