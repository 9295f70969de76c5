"""What the jobs came back with, in words: banners above the piano roll."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QAction, QDesktopServices

from duv_studio.engine.midi.song import Song
from duv_studio.errors import DuvError
from duv_studio.ui.app.status_bar import change
from duv_studio.ui.document.document import Document
from duv_studio.ui.document.jobs import DRAW, EXPORT, MODEL, OPEN, PREDICT, Exported, Jobs
from duv_studio.ui.i18n import count, tr
from duv_studio.ui.widgets.message_bar import Message, MessageArea, sentence

WARNINGS, NOTICES, PATTERN = "warnings", "notices", "pattern"


class JobMessages(QObject):
    """Listens to jobs and document, and keeps the banners true."""

    def __init__(self, document: Document, jobs: Jobs, messages: MessageArea, unexpected: Callable[[Exception], None]):
        super().__init__(messages)
        self.document, self.jobs, self.messages = document, jobs, messages
        self._unexpected = unexpected
        self._resume = QAction(tr("Humanize"), self)
        self._resume.triggered.connect(jobs.resume)
        self._folder = QAction(tr("Open Folder"), self)
        self._folder.triggered.connect(self._open_folder)
        jobs.opened.connect(self._on_opened)
        jobs.exported.connect(self._on_exported)
        jobs.failed.connect(self._on_failed)
        jobs.cancelled.connect(self._on_cancelled)
        jobs.model_changed.connect(self._on_model)
        jobs.activity_changed.connect(self._on_activity)
        document.selection_changed.connect(self._on_selection)

    def _on_opened(self, song: Song) -> None:
        for topic in (OPEN, EXPORT, PREDICT, WARNINGS, NOTICES):
            self.messages.clear(topic)
        if song.warnings:
            text = " ".join(sentence(w) for w in song.warnings)
            hint = tr("What could be read is here; an export keeps the rest as it is.")
            title = tr("The file is damaged")
            self.messages.show_message(WARNINGS, Message("warning", title, text, hint, song.path))
        if song.notices:
            text = " ".join(sentence(n) for n in song.notices)
            self.messages.show_message(NOTICES, Message("info", tr("The file is unusual"), text, "", song.path))

    def _on_exported(self, exported: Exported) -> None:
        path = exported.path
        self._folder.setData(str(path.parent))
        c = change(exported.song, exported.performance)
        total = count(c.total, "note", "notes")
        text = tr("{n} of {total} changed, everything else is as it was.", n=f"{c.notes:,}", total=total)
        title = tr("Exported {name}", name=path.name)
        self.messages.show_message(EXPORT, Message("success", title, text, file=path, actions=(self._folder,)))

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder.data())))

    def _on_failed(self, kind: str, error: Exception) -> None:
        again = (self._resume,) if kind == PREDICT else ()
        if isinstance(error, DuvError):
            self.messages.show_message(kind, replace(Message.of(error, _titles()[kind]), actions=again))
        else:
            self.messages.show_message(kind, Message("error", _titles()[kind], actions=again))
            self._unexpected(error)

    def _on_cancelled(self, kind: str) -> None:
        if kind == PREDICT:
            text = tr("Notes that the model has not read yet stay as they are in the file.")
            self.messages.show_message(PREDICT, Message("info", tr("Stopped"), text, actions=(self._resume,)))

    def _on_model(self) -> None:
        if not self.jobs.tasks.running(MODEL) and self.jobs.model is not None:
            self.messages.clear(MODEL)

    def show_wrong_pattern(self, error: DuvError) -> None:
        """Say why there is nothing to export, until the pattern is mended."""
        self.messages.show_message(PATTERN, Message.of(error, tr("Nothing to export yet")))

    def _on_selection(self) -> None:
        if self.document.selection_error is None:
            self.messages.clear(PATTERN)

    def _on_activity(self) -> None:
        if not self.jobs.paused:
            self.messages.clear(PREDICT)


def _titles() -> dict[str, str]:
    return {
        OPEN: tr("The file could not be opened"),
        MODEL: tr("The model could not be loaded"),
        PREDICT: tr("The song could not be humanized"),
        DRAW: tr("The song could not be humanized"),
        EXPORT: tr("The file could not be exported"),
    }
