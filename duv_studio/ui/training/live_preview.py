"""Hearing an adapter that is still being trained: it plays the song of the window until one goes back."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from duv_studio.engine.adapters.library import read_adapter_header
from duv_studio.errors import DuvError
from duv_studio.ui.i18n import tr
from duv_studio.ui.panels.model_choice import ModelChoice, ModelSelection
from duv_studio.ui.widgets.message_bar import Message, MessageArea

TOPIC = "preview"


class Preview(QObject):
    """Loads the best adapter so far for the window's song, and remembers what played before."""

    def __init__(self, models: ModelChoice, messages: MessageArea, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.models, self.messages = models, messages
        self._before: ModelSelection | None = None
        self._adapter: Path | None = None
        self._back = QAction(tr("Back to Before"), self)
        self._back.triggered.connect(self.end)
        models.jobs.model_changed.connect(self._on_model)

    @property
    def active(self) -> bool:
        """Whether an unfinished adapter plays."""
        return self._before is not None

    def show(self, adapter: Path, base: str | Path | None = None) -> None:
        """Let the adapter in this file play; `base` is the model that it is being made for, where that is known."""
        try:
            header = read_adapter_header(adapter)
        except DuvError as error:
            self.messages.show_message(TOPIC, Message.of(error, tr("There is nothing to preview yet")))
            return
        jobs = self.models.jobs
        if self._before is None:
            self._before = ModelSelection(jobs.model_path, jobs.adapter)
        self._adapter = adapter
        if base is None:
            self.models.try_out(adapter)  # it brings the model that it was made for
        else:
            self.models.try_out(base, adapter)
        title = tr("Preview: {title}, trained for {n} steps so far", title=header.title, n=f"{header.steps:,}")
        text = tr("The song is played by the best adapter of the training that goes on.")
        if jobs.document.song is None:
            text = tr("Open a song with this instrument to see and hear it.")
        self.messages.show_message(TOPIC, Message("info", title, text, actions=(self._back,)))

    def end(self) -> None:
        """Let play what played before."""
        before, self._before = self._before, None
        self.messages.clear(TOPIC)
        if before is not None:
            self.models.use(before.model, before.adapter)

    def _on_model(self) -> None:
        """Another model or adapter was chosen meanwhile, or this one could not be loaded."""
        if self.active and str(self.models.jobs.adapter) != str(self._adapter):
            self.forget()

    def forget(self) -> None:
        """Something else was chosen: there is no way back any more."""
        self._before = None
        self.messages.clear(TOPIC)
