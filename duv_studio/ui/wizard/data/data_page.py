"""The wizard's data page: whose playing is learned, from which files, and what in them is doubtful."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QSplitter, QStackedWidget, QVBoxLayout, QWidget, QWizardPage

from duv_studio.errors import DuvError
from duv_studio.ui.document.dropped_files import accept_copy, local_paths
from duv_studio.ui.document.jobs import Activity
from duv_studio.ui.i18n import percent, tr
from duv_studio.ui.panels.model_text import header_of, licence_text
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.activity_bar import ActivityBar
from duv_studio.ui.widgets.empty_state import DropOverlay
from duv_studio.ui.widgets.message_bar import Message, MessageArea
from duv_studio.ui.wizard.data.data_summary import DataSummaryView, messages_of
from duv_studio.ui.wizard.data.empty_state import DataEmptyState
from duv_studio.ui.wizard.data.file_model import FileTable
from duv_studio.ui.wizard.data.source_row import SourceRow
from duv_studio.ui.wizard.data.survey_task import READ, SurveyTask, names_of
from duv_studio.ui.wizard.recipe.recipe_document import WizardState

_TROUBLE = "trouble"


class DataDialogs:
    """The questions of this page, which tests answer themselves."""

    def ask_folder(self, parent: QWidget, start: str) -> Path | None:
        """A folder of MIDI files, None when no one wants one."""
        chosen = QFileDialog.getExistingDirectory(parent, tr("Choose a Folder of MIDI Files"), start)
        return Path(chosen) if chosen else None

    def ask_manifest(self, parent: QWidget, start: str) -> Path | None:
        """A manifest, a list of files, or a MIDI file."""
        kinds = f"{tr('Manifests and MIDI files')} (*.jsonl *.mid *.midi *.smf *.kar *.rmi);;{tr('All files')} (*)"
        chosen, _ = QFileDialog.getOpenFileName(parent, tr("Choose a Manifest"), start, kinds)
        return Path(chosen) if chosen else None


class DataPage(QWizardPage):
    """An invitation until there is data, then its files and what they hold."""

    def __init__(
        self,
        state: WizardState,
        session: Any = None,
        parent: QWidget | None = None,
        dialogs: DataDialogs | None = None,
    ) -> None:
        super().__init__(parent)
        self.state, self.dialogs = state, dialogs or DataDialogs()
        self.surveyor = SurveyTask(state, self)
        self.setTitle(tr("Data"))
        self.setSubTitle(tr("Whose playing is learned, and from which files. They are read and never changed."))
        self.setAcceptDrops(True)
        self.source = SourceRow()
        self.messages = MessageArea()
        self.activity = ActivityBar()
        self.place = DataEmptyState()
        self.table, self.numbers = FileTable(), DataSummaryView()
        self._lay_out()
        self.overlay = DropOverlay(self)
        self._doubts: dict[str, Message] = {}
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        body = QSplitter(Qt.Orientation.Horizontal)
        body.setHandleWidth(theme.SPACE_L)
        body.setStyleSheet("QSplitter::handle { background: transparent; }")
        body.addWidget(self.table)
        body.addWidget(self.numbers)
        body.setStretchFactor(0, 5)
        body.setStretchFactor(1, 3)
        body.setChildrenCollapsible(False)
        self.numbers.setMinimumWidth(280)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.place)
        self.stack.addWidget(body)
        self.body = body
        self.messages.set_margin(0)
        column = QVBoxLayout(self)
        column.setSpacing(theme.SPACE_M)
        for widget in (self.source, self.messages, self.activity):
            column.addWidget(widget)
        column.addWidget(self.stack, 1)

    def _connect(self) -> None:
        self.source.folder_wanted.connect(self._choose_folder)
        self.source.manifest_wanted.connect(self._choose_manifest)
        self.source.family_chosen.connect(self._on_family)
        self.source.filter_changed.connect(self._on_filter)
        self.surveyor.changed.connect(self._show)
        self.surveyor.progressed.connect(self._on_progress)
        self.surveyor.failed.connect(self._on_failed)
        self.activity.cancel_wanted.connect(self.surveyor.cancel)
        self.place.cancel.clicked.connect(self.surveyor.cancel)
        for signal in (self.state.recipe_changed, self.state.text_changed):
            signal.connect(self._on_recipe)

    # What a wizard asks of its pages

    def initializePage(self) -> None:
        """Show what the recipe names, where that is there."""
        self._on_recipe()
        self.surveyor.adopt()
        self._show()

    def isComplete(self) -> bool:
        """With at least one track that can be used, of an instrument that is known."""
        found = self.surveyor.summary
        return found is not None and found.usable and found.family is not None and not self.surveyor.running

    def shut_down(self) -> None:
        """Wait for what runs in the background."""
        self.surveyor.shut_down()

    # Choosing

    def choose(self, paths: Sequence[Path]) -> None:
        """Read a folder, a manifest or several manifests."""
        self.messages.clear(_TROUBLE)
        manifests = all(path.suffix.lower() == ".jsonl" for path in paths)
        if len(paths) > 1 and not manifests:
            self._tell(DuvError("That is more than one thing", hint="put the files into one folder, and drop that"))
        elif paths:
            self.surveyor.read(paths)

    def _choose_folder(self) -> None:
        self._choose(self.dialogs.ask_folder(self, self._start()))

    def _choose_manifest(self) -> None:
        self._choose(self.dialogs.ask_manifest(self, self._start()))

    def _choose(self, path: Path | None) -> None:
        if path is not None:
            self.choose([path])

    def _start(self) -> str:
        source = self.surveyor.source
        return str(source[0].parent if source else Path.home())

    def _on_family(self, name: str) -> None:
        self.messages.clear(_TROUBLE)
        self._write("instrument", name)

    def _on_filter(self, key: str, value: int) -> None:
        self._write(key, value)

    def _write(self, key: str, value: object) -> None:
        try:
            self.state.set_value(key, value)
        except DuvError as error:
            self._tell(error)
            self._on_recipe()

    # Showing

    def _on_recipe(self) -> None:
        self.source.show_wanted(self.surveyor.wanted())

    def _show(self) -> None:
        running, summary = self.surveyor.running, self.surveyor.summary
        self.source.show_source(self.surveyor.pending or self.surveyor.source)
        self.stack.setCurrentWidget(self.place if summary is None else self.body)
        if running and summary is None:
            self.place.show_reading(self._pending_name())
        elif summary is None:
            self.place.show_invitation(self._missing())
        if summary is not None:
            self.table.set_summary(summary)
            self.numbers.set_summary(summary, base_licence(self.state.value("base_checkpoint")))
            self._show_doubts(messages_of(summary))
        self._show_activity(0.0)
        self.completeChanged.emit()

    def _show_doubts(self, wanted: dict[str, Message]) -> None:
        if wanted == self._doubts:
            return  # one that was closed stays closed
        for topic in self._doubts.keys() - wanted.keys():
            self.messages.clear(topic)
        for topic, message in reversed(wanted.items()):  # the last one shown stands on top
            self.messages.show_message(topic, message)
        self._doubts = wanted

    def _show_activity(self, share: float) -> None:
        again = self.surveyor.running and self.surveyor.summary is not None
        text = tr("Reading {name}… {share}", name=self._pending_name(), share=percent(share))
        self.activity.set_activity(Activity(READ, text, share, True) if again else None)

    def _pending_name(self) -> str:
        pending = self.surveyor.pending
        return pending[0].name if len(pending) == 1 else tr("{n} manifests", n=len(pending))

    def _missing(self) -> str:
        return next((name for name in names_of(self.state.value("manifest")) if not Path(name).is_file()), "")

    def _on_progress(self, share: float) -> None:
        self.place.set_share(share)
        self._show_activity(share)

    def _on_failed(self, error: Exception) -> None:
        self._tell(error)

    def _tell(self, error: Exception) -> None:
        title = tr("The data could not be read")
        message = Message.of(error, title) if isinstance(error, DuvError) else Message("error", title, str(error))
        self.messages.show_message(_TROUBLE, message)

    # Dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Say what a drop does."""
        if local_paths(event.mimeData()) and accept_copy(event):
            self.overlay.cover(tr("Drop to read"))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """It went away."""
        self.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read what was dropped."""
        self.overlay.hide()
        accept_copy(event)
        self.choose(local_paths(event.mimeData()))


def base_licence(base: object) -> str:
    """Return the licence of the base model that an adapter is made for in a sentence, "" where there is none."""
    header = header_of(base) if isinstance(base, str) else None
    if header is None:
        return ""
    licence = licence_text(header.licence, header.commercial)
    return tr("The adapter builds on {title}: {licence}.", title=header.title, licence=licence)
