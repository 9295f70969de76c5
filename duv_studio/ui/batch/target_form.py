"""Where a batch writes, and what it does with files that are there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from duv_studio.engine.batch.journal import JOURNAL
from duv_studio.engine.batch.request import Existing
from duv_studio.ui.batch.dialogs import BatchDialogs
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.document.throttle import Throttle
from duv_studio.ui.i18n import place, plain_tip, tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.fields import NumberBox

_TARGET, _EXISTING, _JOBS = "batch/target", "batch/existing", "batch/jobs"
_LOOK_MS = 250
_MOST_JOBS = 64


class TargetForm(QWidget):
    """A folder, three ways with what is in it, and how many processes work."""

    changed = Signal()  # the folder, as it stands after typing

    def __init__(self, preferences: Preferences, dialogs: BatchDialogs) -> None:
        super().__init__()
        self._preferences, self._dialogs = preferences, dialogs
        self._sources: tuple[Path, ...] = ()
        self._proposed = ""
        remembered = preferences.folder(_TARGET)
        self.line = QLineEdit("" if remembered is None else place(remembered))
        self.line.setPlaceholderText(tr("a folder for the results"))
        self.line.setAccessibleName(tr("Folder for the results"))
        self.line.setAcceptDrops(False)  # a dropped folder is meant for the window
        self.browse = QPushButton(tr("&Browse…"))
        self.browse.setAutoDefault(False)
        self.existing = self._make_existing()
        self.jobs = self._make_jobs()
        self.before = QLabel()
        self.before.setWordWrap(True)
        self.before.setProperty("role", "muted")
        self.before.setVisible(False)
        self.existing.currentIndexChanged.connect(self._look)
        self.among = QCheckBox(tr("Write among the files that are read"))
        self.among.setToolTip(tr("The folder lies within one that is read. No file that is read is ever replaced."))
        self._looking = Throttle(_LOOK_MS, self._on_typed, self)
        self.line.textChanged.connect(self._looking.call)
        self.browse.clicked.connect(self._on_browse)
        self._lay_out()
        self._look()

    @property
    def path(self) -> Path | None:
        """The folder; None while there is none."""
        text = self.line.text().strip()
        return Path(os.path.abspath(os.path.expanduser(text))) if text else None

    @property
    def into_input(self) -> bool:
        """Whether results may go among the files that are read."""
        return self.is_within and self.among.isChecked()

    @property
    def is_within(self) -> bool:
        """Whether the folder lies within one that is read."""
        if self.path is None:
            return False
        target = Path(os.path.realpath(self.path))
        return any(Path(os.path.realpath(source)) in target.parents for source in self._sources)

    @property
    def has_journal(self) -> bool:
        """Whether a batch was written to the folder before."""
        return self.path is not None and (self.path / JOURNAL).is_file()

    @property
    def rule(self) -> Existing:
        """What to do with files that are there."""
        return Existing(self.existing.currentData())

    def set_sources(self, sources: Sequence[Path]) -> None:
        """Propose a folder beside what is read, unless the user chose one."""
        self._sources = tuple(sources)
        if self.line.text() == self._proposed:
            self._proposed = "" if not sources else place(proposal(sources))
            self.line.setText(self._proposed)
        self._look()

    def remember(self) -> None:
        """Keep what was chosen for the next time."""
        if self.path is not None and self.line.text() != self._proposed:
            self._preferences.set_text(_TARGET, str(self.path))
        self._preferences.set_text(_EXISTING, str(self.rule))
        self._preferences.set_text(_JOBS, str(self.jobs.value()))

    def _make_existing(self) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(tr("Where a result is there already"))
        box.addItem(tr("Skip the file"), str(Existing.SKIP))
        box.addItem(tr("Replace it"), str(Existing.OVERWRITE))
        box.addItem(tr("Keep both: “song (2).mid”"), str(Existing.RENAME))
        box.setCurrentIndex(max(box.findData(self._preferences.text(_EXISTING)), 0))
        return box

    def _make_jobs(self) -> NumberBox:
        box = NumberBox(0, _MOST_JOBS)
        box.setSpecialValueText(tr("automatic"))
        box.setAccessibleName(tr("Processes"))
        box.setToolTip(tr("How many files are played at once. Automatic: one for every processor of this machine."))
        text = self._preferences.text(_JOBS)
        box.setValue(int(text) if text.isdecimal() and len(text) <= 3 else 0)
        return box

    def _lay_out(self) -> None:
        folder = QHBoxLayout()
        folder.setSpacing(theme.SPACE_XS)
        folder.addWidget(self.line, 1)
        folder.addWidget(self.browse)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.SPACE_S)
        grid.setVerticalSpacing(theme.SPACE_XS + 2)
        grid.addLayout(folder, 0, 0, 1, 2)
        grid.addWidget(self.among, 1, 0, 1, 2)
        for row, (text, field) in enumerate(
            ((tr("If t&here already"), self.existing), (tr("Processes"), self.jobs)), 2
        ):
            label = QLabel(text)
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        grid.addWidget(self.before, 4, 0, 1, 2)
        grid.setColumnStretch(1, 1)

    def _on_browse(self) -> None:
        start = self.path or Path.home()
        while not start.is_dir() and start != start.parent:
            start = start.parent
        found = self._dialogs.ask_target(self, start)
        if found is not None:
            self.line.setText(place(found))

    def _on_typed(self) -> None:
        self._look()
        self.changed.emit()

    def _look(self) -> None:
        self.line.setToolTip(plain_tip(self.line.text()))
        self.among.setVisible(self.is_within)
        self.look_back()

    def look_back(self, resumable: bool = True) -> None:
        """Say, where a batch was written to the folder, what the buttons do to its results."""
        self.before.setVisible(self.has_journal)
        if self.has_journal:
            self.before.setText(about_results(self.rule, resumable))

    def move_to(self, folder: Path) -> None:
        """The folder is there now."""
        self.line.setText(place(folder))


def about_results(rule: Existing, resumable: bool) -> str:
    """Return what Resume and Start do to the results of a batch that was written here before."""
    here = tr("There are results of a batch here.")
    resume = tr("Resume leaves those that are done, and plays what is missing.")
    start = {
        Existing.SKIP: tr("Start leaves all of them, and skips their files."),
        Existing.OVERWRITE: tr("Start plays all files again, and replaces them."),
        Existing.RENAME: tr("Start plays all files again, and keeps both."),
    }
    return " ".join([here, resume, start[rule]] if resumable else [here, start[rule]])


def proposal(sources: Sequence[Path]) -> Path:
    """Return "<folder> (humanized)" beside a folder, "Humanized" beside files."""
    first = sources[0]
    if len(sources) == 1 and first.is_dir():
        return first.with_name(tr("{name} (humanized)", name=first.name or "MIDI"))
    return first.parent / tr("Humanized")
