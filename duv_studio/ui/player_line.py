"""The words in the status bar that say which adapters play the song."""

from __future__ import annotations

from PySide6.QtCore import QObject

from duv_studio.engine.model.library import list_models
from duv_studio.ui.adapter_words import adapter_lines, adapters_of, playing
from duv_studio.ui.document.document import Document
from duv_studio.ui.document.jobs import Jobs
from duv_studio.ui.widgets.elided_label import ElidedLabel


class PlayerLine(QObject):
    """Follows the model and the families of the song; says nothing where the model plays alone."""

    def __init__(self, jobs: Jobs, document: Document, label: ElidedLabel) -> None:
        super().__init__(label)
        self.jobs, self.document, self.label = jobs, document, label
        self._title = ""
        jobs.model_changed.connect(self._on_model)
        for signal in (document.song_changed, document.settings_changed):
            signal.connect(self._show)
        self._show()

    def _on_model(self) -> None:
        model = self.jobs.model
        path = getattr(model, "path", None)
        self._title = next((m.title for m in list_models() if m.path == path), getattr(model, "base", ""))
        self._show()

    def _show(self) -> None:
        families = {track.family for track in self.document.tracks}
        adapters = adapters_of(self.jobs.model)
        lines = adapter_lines({family: a for family, a in adapters.items() if family in families})
        self.label.set_whole(playing(self._title, adapters, families), "\n".join(lines))
        self.label.setVisible(bool(lines))
