"""The adapter manager: a list of adapters with their details and actions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, QModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from duv_studio.engine.adapters.library import read_adapter_header
from duv_studio.engine.adapters.user_library import add_adapter, folder_name, retitle_adapter, write_notes
from duv_studio.engine.atomic import write_atomically
from duv_studio.errors import DuvError
from duv_studio.ui.document import dropped_files as drop
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.training.adapter_details import AdapterDetails
from duv_studio.ui.training.adapter_dialogs import SUFFIX, AdapterDialogs
from duv_studio.ui.training.adapter_entries import SORT_ROLE, AdapterModel, Entry
from duv_studio.ui.training.adapter_table import adapter_table
from duv_studio.ui.training.broken_notice import BrokenNotice
from duv_studio.ui.training.empty_state import NoAdapters
from duv_studio.ui.widgets.empty_state import DropOverlay
from duv_studio.ui.widgets.message_bar import Message, MessageArea

TOPIC = "adapters"  # of messages
_GEOMETRY, _FOLDER = "adapters/geometry", "model/folder"
_DETAILS_WIDTH = 300


class AdapterManager(QDialog):
    """A table, the details of the row that is chosen, and buttons; adapters can be dropped on it."""

    use_wanted = Signal(str)  # name of an adapter
    train_wanted = Signal()
    changed = Signal(str, str)  # name of an adapter that is another one now or gone, and its title

    def __init__(
        self, preferences: Preferences, questions: AdapterDialogs | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.preferences = preferences
        self.questions = questions or AdapterDialogs()
        self.setWindowTitle(tr("Adapters"))
        self.setAcceptDrops(True)
        self.model = AdapterModel()
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(self.model)
        self.sorted.setSortRole(SORT_ROLE)
        self.messages = MessageArea()
        self.broken = BrokenNotice(self.messages)
        self.table = adapter_table(self.sorted)
        self.details = AdapterDetails()
        self.empty = NoAdapters()
        self._make_buttons()
        self._lay_out()
        self._connect()
        self._restore()
        self.fill()

    def _make_buttons(self) -> None:
        self.use = _button(tr("&Use It"), tr("Let it play the instrument that it was made for"), self._use)
        self.rename = _button(tr("&Rename…"), tr("Give it another name (F2)"), self._rename)
        self.export = _button(tr("&Export…"), tr("Write it to one file, for another machine or a friend"), self._export)
        self.remove = _button(tr("Re&move…"), tr("Move it to the trash (Delete)"), self._remove)
        self.bring = _button(tr("&Import…"), tr("Add an adapter file; dropping it here does the same"), self._import)
        self.close_button = _button(tr("Close"), "", self.close)
        self.buttons = (self.use, self.rename, self.export, self.remove)
        for button in (*self.buttons, self.bring, self.close_button):
            button.setAutoDefault(False)
        for key, slot in (("F2", self._rename), ("Del", self._remove)):
            action = QAction(self)
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(slot)
            self.table.addAction(action)

    def _lay_out(self) -> None:
        splitter = QSplitter()
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.table)
        splitter.addWidget(self.details)
        splitter.setStretchFactor(0, 1)
        self.details.setMinimumWidth(220)
        splitter.setSizes([680, _DETAILS_WIDTH])
        self.stack = QStackedWidget()
        self.stack.addWidget(splitter)
        self.stack.addWidget(self.empty)
        row = QHBoxLayout()
        row.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_M, theme.SPACE_M)
        row.setSpacing(theme.SPACE_S)
        row.addWidget(self.bring)
        row.addStretch(1)
        for button in (*self.buttons, self.close_button):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addWidget(self.stack, 1)
        column.addLayout(row)
        self.overlay = DropOverlay(self)

    def _connect(self) -> None:
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.table.doubleClicked.connect(self._use)
        self.details.notes_written.connect(self._on_notes)
        self.empty.train.clicked.connect(self.train_wanted)
        self.empty.bring.clicked.connect(self._import)

    # What is shown

    def fill(self, path: Path | None = None) -> None:
        """Look again; the adapter of this file is chosen, else the one that was."""
        chosen = self.entry
        wanted = path or (chosen.info.path if chosen else None)
        self.details.show_entry(None)
        self.model.fill()
        self.stack.setCurrentIndex(0 if self.model.entries else 1)
        row = max(self.model.row_of(wanted), 0) if wanted else 0
        if self.model.entries:
            self.table.setCurrentIndex(self.sorted.mapFromSource(self.model.index(row, 0)))
        self._on_row()
        self.broken.tell()

    @property
    def entry(self) -> Entry | None:
        """The adapter that is chosen."""
        index = self.sorted.mapToSource(self.table.currentIndex())
        return self.model.entries[index.row()] if index.isValid() else None

    def _on_row(self) -> None:
        entry = self.entry
        self.details.show_entry(entry)
        own = entry is not None and entry.info.own
        for button in (self.use, self.export):
            button.setEnabled(entry is not None)
        for button in (self.rename, self.remove):
            button.setEnabled(own)
        for button in self.buttons:
            button.setVisible(bool(self.model.entries))
        self.bring.setVisible(bool(self.model.entries))

    # What can be done

    def _use(self, index: QModelIndex | bool = False) -> None:
        entry = self.entry
        if entry is not None:
            self.use_wanted.emit(entry.info.name)

    def _rename(self) -> None:
        entry = self.entry
        if entry is None or not entry.info.own:
            return
        title = self.questions.ask_title(self, entry.title)
        if title is None or title == entry.title:
            return
        path = entry.info.path
        if self._done(lambda: retitle_adapter(path, title), tr("It could not be renamed")):
            self.fill()
            self.changed.emit(entry.info.name, title)

    def _remove(self) -> None:
        entry = self.entry
        if entry is None or not entry.info.own or not self.questions.confirm_remove(self, entry.title):
            return
        folder = entry.info.path.parent
        row = self.table.currentIndex().row()
        if not self.questions.move_to_trash(folder) and not self._delete(entry):
            return
        self.fill()
        self.table.selectRow(min(row, len(self.model.entries) - 1))
        self._say("success", tr("“{title}” was removed", title=entry.title))
        self.changed.emit(entry.info.name, entry.title)

    def _delete(self, entry: Entry) -> bool:
        """Where there is no trash: for good, if that is wanted."""
        if not self.questions.confirm_delete(self, entry.title):
            text = tr("It could not be moved to the trash, and stays.")
            self._say("warning", tr("“{title}” was not removed", title=entry.title), text)
            return False
        return self._done(lambda: delete_folder(entry.info.path.parent), tr("It could not be deleted"))

    def _import(self) -> None:
        path = self.questions.ask_file(self, self.preferences.folder(_FOLDER) or Path.home())
        if path is not None:
            self.preferences.set_text(_FOLDER, str(path.parent))
            self.import_files([path])

    def import_files(self, paths: list[Path]) -> None:
        """Add adapter files; what is none is said."""
        added: list[Path] = []
        for path in paths:
            self._done(lambda path=path: added.append(add_adapter(path)), tr("It could not be imported"))  # type: ignore[misc]
        if added:
            self.fill(added[-1])
            names = ", ".join(read_adapter_header(path).title for path in added)
            self._say("success", tr("Imported {names}", names=names))
            self.table.setFocus()

    def _export(self) -> None:
        entry = self.entry
        if entry is None:
            return
        folder = self.preferences.folder(_FOLDER) or Path.home()
        target = self.questions.ask_target(self, folder / f"{folder_name(entry.title)}{SUFFIX}")
        if target is None:
            return
        if not target.suffix:
            target = target.with_name(target.name + SUFFIX)
        self.preferences.set_text(_FOLDER, str(target.parent))
        if self._done(lambda: write_atomically(target, entry.info.path.read_bytes()), tr("It could not be exported")):
            text = tr("Whoever drops this file on their window can use it.")
            if not entry.header.commercial:
                text = tr("Its licence, {licence}, goes with it. {more}", licence=entry.header.licence, more=text)
            self._say("success", tr("Exported {name}", name=target.name), text, target)

    def _on_notes(self, entry: Entry, text: str) -> None:
        self._done(lambda: write_notes(entry.info.path, text), tr("The notes could not be kept"))

    def _done(self, work: Callable[[], object], title: str) -> bool:
        """Do it, or say why it could not be done; the last message goes either way."""
        self.messages.clear(TOPIC)
        try:
            work()
        except DuvError as error:
            self.messages.show_message(TOPIC, Message.of(error, title))
            return False
        except OSError as error:
            self._say("error", title, str(error.strerror or error))
            return False
        return True

    def _say(self, kind: str, title: str, text: str = "", file: Path | None = None) -> None:
        self.messages.show_message(TOPIC, Message(kind, title, text, file=file))

    # Drops, keys, and what is remembered

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files of this machine may be dropped."""
        if drop.local_paths(event.mimeData()) and drop.accept_copy(event):
            self.overlay.cover(tr("Drop to import"))

    def dragLeaveEvent(self, event: object) -> None:
        """They went away again."""
        self.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Import them."""
        self.overlay.hide()
        drop.accept_copy(event)
        self.import_files(drop.local_paths(event.mimeData()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter uses the adapter that is chosen."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.table.hasFocus():
            self._use()
        else:
            super().keyPressEvent(event)

    def _restore(self) -> None:
        geometry = self.preferences.layout(_GEOMETRY)
        if geometry is None or not self.restoreGeometry(geometry):
            self.resize(1120, 560)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep notes and size."""
        self._keep()
        super().closeEvent(event)

    def reject(self) -> None:
        """The same on Esc."""
        self._keep()
        super().reject()

    def _keep(self) -> None:
        self.details.keep_notes()
        self.preferences.set_layout(_GEOMETRY, QByteArray(self.saveGeometry()))


def delete_folder(folder: Path) -> None:
    """Delete an adapter's folder; OSError."""
    for path in sorted(folder.iterdir()):
        path.unlink()
    folder.rmdir()


def _button(text: str, tip: str, slot: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.clicked.connect(slot)
    return button
