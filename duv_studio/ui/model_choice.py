"""Which model plays: the one of last time or another that is chosen, and a word about its licence beforehand."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog

from duv_studio.engine.models import find_model
from duv_studio.errors import DuvError
from duv_studio.ui.jobs import MODEL, Jobs
from duv_studio.ui.messages import Message, MessageArea, sentence
from duv_studio.ui.model_picker import ModelPicker
from duv_studio.ui.model_words import header_of
from duv_studio.ui.preferences import Preferences
from duv_studio.ui.words import tr

FORGOTTEN, LICENCE = "forgotten model", "licence"  # topics of messages


class ModelChoice(QObject):
    """Between the picker, the jobs that load models, and what is remembered."""

    def __init__(self, jobs: Jobs, picker: ModelPicker, preferences: Preferences, messages: MessageArea) -> None:
        super().__init__(messages)
        self.jobs, self.picker, self.preferences, self.messages = jobs, picker, preferences, messages
        self._of_last_time: str | None = None  # while it is being loaded
        self._use_it = QAction(tr("Use It"), self)
        self._use_it.triggered.connect(self._use_told)
        picker.chosen.connect(self.choose)
        picker.file_wanted.connect(self._choose_file)
        jobs.model_changed.connect(self._on_model)
        jobs.activity_changed.connect(self._on_activity)
        jobs.failed.connect(self._on_failed)

    def start(self) -> None:
        """Load the model that was used last, or the default one."""
        remembered = self.preferences.text("model/used") or None
        try:
            find_model(remembered)
        except DuvError as error:
            if remembered is not None:  # without the default one there is none: loading it says so
                self._say_forgotten(tr("The model of last time is gone"), error)
            remembered = None
        self._of_last_time = remembered
        self.jobs.use_model(remembered)

    def choose(self, model: str | Path) -> None:
        """Use another model, at once or after a word about a licence that does not allow everything."""
        header = header_of(model)
        self.messages.clear(LICENCE)
        if header is None or header.commercial or str(model) in self.preferences.words("model/told"):
            self.use(model)
            return
        title = tr("“{title}” is not for commercial use", title=header.title)
        text = header.licence_note or tr("Its licence, {licence}, does not allow that.", licence=header.licence)
        self._use_it.setData(str(model))
        self.messages.show_message(LICENCE, Message("warning", title, sentence(text), actions=(self._use_it,)))

    def use(self, model: str | Path | None) -> None:
        """Load a model; it plays when it is there."""
        self._of_last_time = None
        self.jobs.use_model(model)

    def _use_told(self) -> None:
        model = str(self._use_it.data())
        self.preferences.set_words("model/told", [*self.preferences.words("model/told"), model])
        self.use(model)

    def _choose_file(self) -> None:
        kinds = f"{tr('Models')} (*.safetensors)"
        folder = self.preferences.folder("model/folder") or Path.home()
        name, _ = QFileDialog.getOpenFileName(self.picker, tr("Choose a model file"), str(folder), kinds)
        if name:
            self.preferences.set_text("model/folder", str(Path(name).parent))
            self.choose(Path(name))

    # What became of it

    def _on_model(self) -> None:
        model = self.jobs.model
        if model is None:
            self.picker.show_none(tr("No model could be loaded"))
            return
        self._of_last_time = None
        precision = str(getattr(model, "precision", ""))
        self.picker.show_model(model.name, model.description, getattr(model, "path", None), precision)
        self.preferences.set_text("model/used", str(self.jobs.model_path or ""))

    def _on_activity(self) -> None:
        if self.jobs.tasks.running(MODEL):
            self.picker.show_loading()

    def _on_failed(self, kind: str, error: Exception) -> None:
        """Another version may have kept a model that this one cannot read: then the default one plays."""
        if kind == MODEL and self._of_last_time is not None and isinstance(error, DuvError):
            self._say_forgotten(tr("The model of last time cannot be used"), error)
            self.use(None)

    def _say_forgotten(self, title: str, error: DuvError) -> None:
        text = tr("{why} The default model plays instead.", why=sentence(error.message))
        self.messages.show_message(FORGOTTEN, Message("warning", title, text, file=error.file))
