"""What the main window plays with: its settings, its model and its adapters."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from duv_studio.engine.music.settings import Settings
from duv_studio.ui.document.document import Document
from duv_studio.ui.document.jobs import MODEL, Jobs


class Playing(QObject):
    """A narrow look at the main window's document and jobs."""

    changed = Signal()  # settings, model, or whether one is being loaded

    def __init__(self, document: Document, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._jobs = document, jobs
        document.settings_changed.connect(self.changed)
        jobs.model_changed.connect(self.changed)
        jobs.tasks.running_changed.connect(self.changed)

    @property
    def settings(self) -> Settings:
        """Of the song that is open."""
        return self._document.settings

    @property
    def model(self) -> str | Path | None:
        """As it was asked for."""
        return self._jobs.model_path

    @property
    def adapter(self) -> str | Path:
        """Likewise."""
        return self._jobs.adapter

    @property
    def device(self) -> str:
        """Likewise."""
        return self._jobs.device

    @property
    def loading(self) -> bool:
        """Whether another model is on its way."""
        return self._jobs.tasks.running(MODEL)
