"""The left side of the batch window: what is read, where it goes, and how it is played."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from duv_studio.engine.batch.request import Request
from duv_studio.errors import DuvError
from duv_studio.ui.batch.current_player import Playing
from duv_studio.ui.batch.dialogs import BatchDialogs
from duv_studio.ui.batch.playing_choice import SettingsChoice
from duv_studio.ui.batch.source_list import SourceList
from duv_studio.ui.batch.target_form import TargetForm
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme

WIDTH = 330


class BatchForm(QWidget):
    """Everything that a request is made of."""

    def __init__(self, playing: Playing, preferences: Preferences, dialogs: BatchDialogs) -> None:
        super().__init__()
        self._playing = playing
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.sources = SourceList(preferences, dialogs)
        self.target = TargetForm(preferences, dialogs)
        self.choice = SettingsChoice(playing, preferences)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_M, theme.SPACE_M, theme.SPACE_M, theme.SPACE_S)
        column.setSpacing(theme.SPACE_XS)
        for title, part in ((tr("Read"), self.sources), (tr("Write to"), self.target)):
            column.addWidget(_heading(title))
            column.addWidget(part)
            column.addSpacing(theme.SPACE_S)
        column.addWidget(_heading(tr("Settings")))
        column.addWidget(self.choice, 1)

    def sizeHint(self) -> QSize:
        """A side bar."""
        return QSize(WIDTH, 560)

    def request(self) -> Request:
        """What is asked for; DuvError says what is missing or wrong."""
        if not self.sources.paths:
            raise DuvError("There is nothing to read", hint="add a folder or files", title=tr("Nothing to do yet"))
        if self.target.path is None:
            raise DuvError("It is not said where the results go", hint="choose a folder", title=tr("Nothing to do yet"))
        return Request(
            sources=self.sources.paths,
            target=self.target.path,
            settings=self.choice.settings,
            model=self._playing.model,
            adapter=self._playing.adapter,
            device=self._playing.device,
            existing=self.target.rule,
            into_input=self.target.into_input,
            jobs=self.target.jobs.value() or None,
        )

    def remember(self) -> None:
        """Keep what was chosen for the next time."""
        self.target.remember()
        self.choice.remember()


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label
