"""How the files are played: as the main window plays, or as is set here."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from duv_studio.engine.music.selection import compile_pattern
from duv_studio.engine.music.settings import Settings
from duv_studio.ui.batch.current_player import Playing
from duv_studio.ui.batch.summary import Lines, lines, model_lines, without_song_settings
from duv_studio.ui.document.document import Document
from duv_studio.ui.document.preferences import Preferences, settings_from_json, settings_to_json
from duv_studio.ui.document.throttle import Throttle
from duv_studio.ui.i18n import tr
from duv_studio.ui.panels.humanize_panel import HIGHEST_SEED, HumanizePanel
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.elided_label import ElidedLabel
from duv_studio.ui.widgets.fields import bare_scroll

_HERE, _OWN = "batch/settings here", "batch/settings"
_FOLLOW_MS = 100  # the summary follows a dragged slider of the main window


class SettingsChoice(QWidget):
    """Two buttons; below them what the main window says, or the controls themselves."""

    changed = Signal()

    def __init__(self, playing: Playing, preferences: Preferences) -> None:
        super().__init__()
        self._playing, self._preferences = playing, preferences
        self._named: tuple[object, Lines] = (None, [])
        self.own = Document(_remembered(preferences) or without_song_settings(playing.settings), self)
        self.panel = HumanizePanel(self.own)
        self.panel.hide_histogram()
        self.panel.next_button.setAutoDefault(False)
        self.panel.next_button.clicked.connect(self._next)
        self.summary = Summary()
        self._group = QButtonGroup(self)
        self.as_there = self._button(tr("As in main window"), "first")
        self.as_here = self._button(tr("Set here"), "last")
        (self.as_here if preferences.text(_HERE) == "yes" else self.as_there).setChecked(True)
        self._stack = QStackedWidget()
        self._stack.addWidget(bare_scroll(self.summary))
        self._stack.addWidget(self.panel)
        self._lay_out()
        self._following = Throttle(_FOLLOW_MS, self.refresh, self)
        playing.changed.connect(self._following.call)
        self._group.buttonClicked.connect(self._on_chosen)
        self._show_chosen()

    @property
    def settings(self) -> Settings:
        """What the batch is played with; DuvError when a pattern is wrong."""
        settings = self.own.settings if self.as_here.isChecked() else without_song_settings(self._playing.settings)
        compile_pattern(settings.include, "include")
        compile_pattern(settings.exclude, "exclude")
        return settings

    def remember(self) -> None:
        """Keep what was chosen for the next time."""
        self._preferences.set_text(_HERE, "yes" if self.as_here.isChecked() else "")
        self._preferences.set_text(_OWN, settings_to_json(self.own.settings))

    def refresh(self) -> None:
        """Say what the main window says now."""
        if self.isVisible() and self.as_there.isChecked():
            self.summary.show_lines(lines(self._playing.settings), self._model_lines())

    def _model_lines(self) -> Lines:
        wanted = (self._playing.model, self._playing.adapter, self._playing.device)
        if wanted != self._named[0]:
            self._named = wanted, model_lines(*wanted)  # reads files: not while a slider is dragged
        return self._named[1]

    def showEvent(self, event: QShowEvent) -> None:
        """No one followed while it was hidden."""
        super().showEvent(event)
        self.refresh()

    def _button(self, text: str, segment: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setProperty("segment", segment)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._group.addButton(button)
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.as_there)
        row.addWidget(self.as_here)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addLayout(row)
        column.addWidget(self._stack, 1)

    def _next(self) -> None:
        seed = (self.own.settings.seed + 1) % (HIGHEST_SEED + 1)
        self.own.change(tr("Next Variation"), seed=seed)

    def _on_chosen(self) -> None:
        self._show_chosen()
        self.changed.emit()

    def _show_chosen(self) -> None:
        self._stack.setCurrentIndex(1 if self.as_here.isChecked() else 0)
        self.refresh()


class Summary(QFrame):
    """What and how, line by line, and what does not carry over."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.SPACE_S)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self._shown: Lines = []
        note = QLabel(tr("Locked notes, and tracks chosen or set by hand, belong to the open song and stay with it."))
        note.setProperty("role", "muted")
        note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, theme.SPACE_S, 0)
        column.setSpacing(theme.SPACE_S)
        column.addLayout(self._grid)
        column.addWidget(note)
        column.addStretch(1)

    @property
    def shown(self) -> Lines:
        """What it says."""
        return self._shown

    def show_lines(self, settings: Lines, model: Lines) -> None:
        """Say something else."""
        wanted = [*settings, *model]
        if wanted == self._shown:
            return
        self._shown = wanted
        self._clear()
        for row, (what, how) in enumerate(wanted):
            name = QLabel(what)
            name.setProperty("role", "muted")
            value = ElidedLabel(how, elide=Qt.TextElideMode.ElideMiddle)
            value.setAccessibleName(f"{what}: {how}")
            self._grid.addWidget(name, row, 0)
            self._grid.addWidget(value, row, 1)

    def _clear(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()


def _remembered(preferences: Preferences) -> Settings | None:
    text = preferences.text(_OWN)
    try:
        return settings_from_json(text) if text else None
    except ValueError:
        return None
