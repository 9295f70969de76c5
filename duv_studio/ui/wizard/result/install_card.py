"""Where a result is named, noted upon and put to use."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from duv_studio.engine.adapters.user_library import find_installed_copy, title_is_taken
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.training.adapter_details import NotesField
from duv_studio.ui.widgets.fields import set_property
from duv_studio.ui.wizard.result.run_result import FAILED, Outcome

_NOTES_HEIGHT = 52


class InstallCard(QFrame):
    """Name, notes, "Use It Now" and the folder."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._outcome: Outcome | None = None
        self._is_there = False  # among the user's adapters, from this very training
        self.setProperty("card", True)
        self.name = QLineEdit()
        self.name.setAcceptDrops(False)
        self.name.setMaxLength(80)
        self.name.setAccessibleName(tr("Name of the adapter"))
        self.hint = QLabel()
        self.hint.setProperty("role", "muted")
        self.hint.setWordWrap(True)
        self.notes = NotesField()
        self.notes.setFixedHeight(_NOTES_HEIGHT)
        self.use = QPushButton(tr("&Use It Now"))
        self.use.setProperty("primary", "true")
        self.use.setToolTip(tr("Put it among your adapters and let it play in the window"))
        self.folder = QPushButton(tr("&Open Folder"))
        for button in (self.use, self.folder):
            button.setAutoDefault(False)
        self._lay_out()
        self.name.textChanged.connect(self._on_name)
        self.folder.clicked.connect(self._open_folder)

    def _lay_out(self) -> None:
        name, notes = QLabel(tr("&Name")), QLabel(tr("No&tes"))
        name.setBuddy(self.name)
        notes.setBuddy(self.notes)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SPACE_S)
        buttons.addWidget(self.hint, 1)
        buttons.addWidget(self.folder)
        buttons.addWidget(self.use)
        grid = QGridLayout(self)
        grid.setContentsMargins(theme.SPACE_L, theme.SPACE_M, theme.SPACE_M, theme.SPACE_M)
        grid.setHorizontalSpacing(theme.SPACE_M)
        grid.setVerticalSpacing(theme.SPACE_S)
        grid.addWidget(name, 0, 0)
        grid.addWidget(self.name, 0, 1)
        grid.addWidget(notes, 1, 0)
        grid.addWidget(self.notes, 1, 1)
        grid.addLayout(buttons, 2, 1)
        grid.setColumnStretch(1, 1)

    def show_outcome(self, outcome: Outcome, notes: str) -> None:
        """Offer the result of a run."""
        self._outcome = outcome
        header = outcome.header
        self._is_there = header is not None and find_installed_copy(header) is not None
        self.name.setText(outcome.folder.name if header is None else _free(header.title or header.name, self._is_there))
        self.name.setEnabled(header is not None)
        self.notes.show_text(notes)
        self.use.setText(tr("&Use It Now"))
        set_property(self.use, "primary", "false" if outcome.is_unjudged else "true")  # first it is judged
        self._on_name()

    @property
    def title(self) -> str:
        """What it is to be called."""
        return self.name.text().strip()

    @property
    def replaces(self) -> bool:
        """Whether another adapter of that name would go."""
        return not self._is_there and bool(self.title) and title_is_taken(self.title)

    def set_busy(self, busy: bool) -> None:
        """While it is being put in its place."""
        self.use.setEnabled(not busy and self._can_be_used())

    def show_used(self) -> None:
        """It plays."""
        self._is_there = True
        self.use.setText(tr("In Use"))
        self.use.setEnabled(False)
        self._say(tr("It is among your adapters and plays in the window."), "muted")

    def _can_be_used(self) -> bool:
        return self._outcome is not None and self._outcome.best.is_file() and bool(self.title)

    def _on_name(self) -> None:
        self.use.setText(tr("&Use It Now"))
        self.use.setEnabled(self._can_be_used())
        if self._outcome is None or not self._outcome.best.is_file():
            self._say(tr("No adapter was made."), "muted")
        elif not self.title:
            self._say(tr("It needs a name."), "error")
        elif self.replaces:
            self._say(tr("An adapter of this name is there already, and would be replaced."), "warning")
        elif self._outcome.is_unjudged:
            self._say(tr("It has not been judged yet: no one knows whether it plays better."), "warning")
        elif self._outcome.status == FAILED:
            self._say(tr("It did not pass its checks: better not use it."), "warning")
        else:
            self._say("", "muted")

    def _say(self, text: str, role: str) -> None:
        self.hint.setText(text)
        set_property(self.hint, "role", role)

    def _open_folder(self) -> None:
        if self._outcome is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._outcome.folder)))


def _free(title: str, is_there: bool) -> str:
    """The title, numbered where another adapter has it."""
    if is_there or not title_is_taken(title):
        return title
    number = 2
    while title_is_taken(f"{title} {number}"):
        number += 1
    return f"{title} {number}"
