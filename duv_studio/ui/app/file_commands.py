"""Songs in and out: open, recent files, the demo song, export."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QWidget

from duv_studio.engine.midi import MIDI_SUFFIXES
from duv_studio.engine.midi.song import Song
from duv_studio.paths import resource
from duv_studio.ui.app import export_dialog as export_target
from duv_studio.ui.app.actions import Actions
from duv_studio.ui.app.job_messages import JobMessages
from duv_studio.ui.document import dropped_files as drop
from duv_studio.ui.document.document import Document
from duv_studio.ui.document.jobs import EXPORT, Exported, Jobs
from duv_studio.ui.document.preferences import Preferences, RecentFiles
from duv_studio.ui.i18n import plain_tip, tr
from duv_studio.ui.widgets.message_bar import Message

ReadMany = Callable[[Sequence[Path]], object]


class FileCommands(QObject):
    """Between menus, dialogs and the jobs. `read_many` is told of several files, or a folder."""

    def __init__(
        self,
        window: QWidget,
        jobs: Jobs,
        commands: Actions,
        recent: RecentFiles,
        reports: JobMessages,
        read_many: ReadMany,
    ) -> None:
        super().__init__(window)
        self._window, self.jobs, self.commands, self.recent, self.reports = window, jobs, commands, recent, reports
        self._read_many = read_many
        self.preferences: Preferences = recent.preferences
        for name, slot in (("open", self._ask_open), ("demo", self.open_demo)):
            commands[name].triggered.connect(slot)
        jobs.opened.connect(self._on_opened)
        jobs.exported.connect(self._on_exported)
        recent.changed.connect(self._fill_recent)
        self._fill_recent()

    @property
    def document(self) -> Document:
        """Whose song is written."""
        return self.jobs.document

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Read a MIDI file and show it when it is there; several files, or a folder, are read as many."""
        file = drop.one_file(paths)
        if file is not None:
            self.jobs.open(file)
        elif paths:
            self._read_many(paths)

    def open_demo(self) -> None:
        """Open the song that ships with the program."""
        self.open_paths([resource("demo", "demo.mid")])

    def open_recent(self, path: Path) -> None:
        """Open a song of the list, which forgets it where it is gone."""
        if not os.path.exists(path):
            self.recent.remove(path)
        self.open_paths([path])  # a file that is gone is reported like any other that cannot be read

    def export(self, dialogs: export_target.ExportDialogs) -> None:
        """Ask where, then write the humanized song."""
        self.document.settle()
        song = self.document.song
        if self.document.selection_error is not None:
            self.reports.show_wrong_pattern(self.document.selection_error)
            return
        if song is None or not self.document.ready:
            return
        target = export_target.choose_target(self._window, dialogs, song, self._export_folder())
        if target is not None and self.document.song is not song:  # one that was being read came in behind the dialog
            text = tr("Another song was opened meanwhile.")
            self.reports.messages.show_message(EXPORT, Message("warning", tr("Nothing was exported"), text))
        elif target is not None:
            self.jobs.export(*target)

    def _export_folder(self) -> Path | None:
        song = self.document.song
        is_demo = song is not None and song.path is not None and resource() in song.path.parents
        return self.preferences.folder("files/export") or (Path.home() if is_demo else None)

    def _ask_open(self) -> None:
        folder = self.preferences.folder("files/open") or Path.home()
        endings = " ".join(f"*{suffix} *{suffix.upper()}" for suffix in MIDI_SUFFIXES)
        kinds = f"{tr('MIDI files')} ({endings});;{tr('All files')} (*)"
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Open a MIDI file"), str(folder), kinds)
        if name:
            self.open_paths([Path(name)])

    def _fill_recent(self) -> None:
        menu = self.commands.recent
        menu.clear()
        for path in self.recent.paths:
            action = menu.addAction(path.name.replace("&", "&&"))
            action.setToolTip(plain_tip(str(path)))
            action.setData(str(path))
            action.triggered.connect(self._on_recent)
        menu.addSeparator()
        menu.addAction(tr("&Clear List")).triggered.connect(self.recent.clear)
        menu.setToolTipsVisible(True)
        menu.setEnabled(bool(self.recent.paths))

    def _on_recent(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.open_recent(Path(str(action.data())))

    def _on_opened(self, song: Song) -> None:
        path = song.path
        if path is not None and resource() not in path.parents:
            self.recent.add(path)
            self.preferences.set_text("files/open", str(path.parent))

    def _on_exported(self, exported: Exported) -> None:
        self.preferences.set_text("files/export", str(exported.path.parent))
