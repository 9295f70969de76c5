"""The left side of the batch window: sources, target and settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from duv_studio.engine.batch.request import Request
from duv_studio.errors import DuvError
from duv_studio.ui.batch.current_player import Playing
from duv_studio.ui.batch.dialogs import BatchDialogs
from duv_studio.ui.batch.part_rows_field import PartRowsField
from duv_studio.ui.batch.playing_choice import SettingsChoice
from duv_studio.ui.batch.target_form import TargetForm
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.i18n import place, plain_tip, tr
from duv_studio.ui.style import icons, theme
from duv_studio.ui.widgets.path_list import PathRows

WIDTH = 330
_ROWS = 3
_FOLDER = "batch/source"  # where one was chosen last


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
        self.parts = PartRowsField(preferences)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_M, theme.SPACE_M, theme.SPACE_M, theme.SPACE_S)
        column.setSpacing(theme.SPACE_XS)
        for title, part in ((tr("Read"), self.sources), (tr("Write to"), self.target)):
            column.addWidget(_heading(title))
            column.addWidget(part)
            column.addSpacing(theme.SPACE_S)
        column.addWidget(_heading(tr("Settings")))
        column.addWidget(self.choice, 1)
        column.addWidget(self.parts)

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
            parts=self.parts.rules,
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
        self.parts.remember()


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label


class SourceList(QWidget):
    """Folders and files, one in a row; Del takes a row away."""

    changed = Signal()

    def __init__(self, preferences: Preferences, dialogs: BatchDialogs) -> None:
        super().__init__()
        self._preferences, self._dialogs = preferences, dialogs
        self.list = PathRows(_ROWS, Qt.TextElideMode.ElideMiddle)
        self.list.setSelectionMode(PathRows.SelectionMode.ExtendedSelection)
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName(tr("Folders and files to read"))
        self.list.removal_wanted.connect(self.remove_chosen)
        self.list.itemSelectionChanged.connect(self._on_selection)
        self.add_folder = _button(tr("Add &Folder…"), tr("All MIDI files of a folder and the folders below it"))
        self.add_files = _button(tr("Add Fil&es…"), tr("Single MIDI files"))
        self.remove = _button(tr("Remove"), tr("Take the chosen rows away (Del)"))
        self.add_folder.clicked.connect(self.ask_folder)
        self.add_files.clicked.connect(self.ask_files)
        self.remove.clicked.connect(self.remove_chosen)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_XS)
        for button in (self.add_folder, self.add_files, self.remove):
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addWidget(self.list)
        column.addLayout(row)
        self._on_selection()

    @property
    def paths(self) -> tuple[Path, ...]:
        """What is to be read."""
        return tuple(Path(self.list.item(k).data(Qt.ItemDataRole.UserRole)) for k in range(self.list.count()))

    def set_paths(self, paths: Sequence[Path]) -> None:
        """Read other folders and files."""
        self.list.clear()
        for path in dict.fromkeys(path.absolute() for path in paths):
            self._append(path)
        self._on_selection()
        self.changed.emit()

    def add(self, paths: Sequence[Path]) -> None:
        """Read these too."""
        if paths:
            self.set_paths((*self.paths, *paths))

    def ask_folder(self) -> None:
        """Let the user choose a folder."""
        found = self._dialogs.ask_folder(self, self._start())
        if found is not None:
            self._preferences.set_text(_FOLDER, str(found.parent))
            self.add([found])

    def ask_files(self) -> None:
        """Let the user choose files."""
        found = self._dialogs.ask_files(self, self._start())
        if found:
            self._preferences.set_text(_FOLDER, str(found[0].parent))
            self.add(found)

    def remove_chosen(self) -> None:
        """Take the chosen rows away."""
        chosen = {self.list.row(item) for item in self.list.selectedItems()}
        if chosen:
            self.set_paths([path for k, path in enumerate(self.paths) if k not in chosen])

    def _start(self) -> Path:
        return self._preferences.folder(_FOLDER) or Path.home()

    def _append(self, path: Path) -> None:
        item = QListWidgetItem(place(path))
        item.setIcon(icons.icon("folder" if path.is_dir() else "midi"))
        item.setToolTip(plain_tip(str(path)))
        item.setData(Qt.ItemDataRole.UserRole, str(path))
        self.list.addItem(item)

    def retint(self) -> None:
        """Draw the icons in the colours of another theme."""
        for k, path in enumerate(self.paths):
            self.list.item(k).setIcon(icons.icon("folder" if path.is_dir() else "midi"))

    def _on_selection(self) -> None:
        self.remove.setEnabled(bool(self.list.selectedItems()))


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button
