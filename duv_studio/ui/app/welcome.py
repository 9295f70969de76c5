"""What the window shows before there is a song: where to drop one, and the last ones."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from duv_studio.ui.document.preferences import RecentFiles
from duv_studio.ui.i18n import plain_tip, tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.empty_state import Picture, centred, paint_empty_state

_MOST = 5


class Welcome(QWidget):
    """An invitation with two buttons and a short list."""

    path_chosen = Signal(object)  # Path

    def __init__(self, open_action: QAction, demo_action: QAction, recent: RecentFiles) -> None:
        super().__init__()
        self._recent = recent
        self._shown: list[QWidget] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        column = QVBoxLayout(self)
        column.setSpacing(theme.SPACE_S)
        column.addStretch(2)
        column.addWidget(Picture("midi", 64))
        column.addWidget(centred(tr("Drop a MIDI file here"), "title"))
        column.addWidget(centred(tr("Your file stays as it is. What you export is a humanized copy."), "muted"))
        column.addWidget(centred(tr("Several files, or a whole folder, become a batch."), "muted"))
        column.addSpacing(theme.SPACE_S)
        column.addLayout(_buttons(open_action, demo_action))
        column.addSpacing(theme.SPACE_L)
        column.addLayout(self._list)
        column.addStretch(3)
        recent.changed.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        for shown in self._shown:
            shown.hide()
            shown.deleteLater()
        paths = self._recent.paths[:_MOST]
        heading = [centred(tr("Opened last"), "heading")] if paths else []
        self._shown = [*heading, *(self._link(path) for path in paths)]
        for widget in self._shown:
            self._list.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)

    def _link(self, path: Path) -> QToolButton:
        button = QToolButton()
        button.setText(self.fontMetrics().elidedText(path.name, Qt.TextElideMode.ElideMiddle, 420).replace("&", "&&"))
        button.setToolTip(plain_tip(str(path)))
        button.setProperty("path", str(path))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(self._on_link)
        return button

    def _on_link(self) -> None:
        self.path_chosen.emit(Path(str(self.sender().property("path"))))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the edge of the place to drop on."""
        paint_empty_state(self)


def _buttons(open_action: QAction, demo_action: QAction) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(theme.SPACE_S)
    row.addStretch(1)
    for action, primary in ((open_action, True), (demo_action, False)):
        button = QPushButton(action.text().replace("&", ""))
        button.setProperty("primary", primary)
        button.clicked.connect(action.trigger)
        row.addWidget(button)
    row.addStretch(1)
    return row
