"""Which model and adapter play: the remembered ones or others, with a question about licences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog

from duv_studio.engine.adapters.library import find_adapter
from duv_studio.engine.adapters.resolve import AUTOMATIC, NO_ADAPTER
from duv_studio.engine.model.device import DEFAULT, DeviceError
from duv_studio.engine.model.library import find_model, list_models
from duv_studio.errors import DuvError
from duv_studio.ui.document.document import Document
from duv_studio.ui.document.jobs import MODEL, Jobs
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.i18n import tr
from duv_studio.ui.panels.model_picker import ModelPicker
from duv_studio.ui.panels.model_text import (
    Header,
    adapter_header_of,
    adapter_lines,
    adapters_of,
    base_and_adapter,
    header_of,
    playing,
)
from duv_studio.ui.widgets.elided_label import ElidedLabel
from duv_studio.ui.widgets.message_bar import Message, MessageArea, sentence

FORGOTTEN, LICENCE = "forgotten model", "licence"  # topics of messages
_FILES = "*.safetensors *.ckpt"


@dataclass(frozen=True)
class ModelSelection:
    """A model and an adapter, as `Humanizer` takes them."""

    model: str | Path | None
    adapter: str | Path = AUTOMATIC


class ModelChoice(QObject):
    """Between the picker, the jobs that load models, and what is remembered."""

    def __init__(self, jobs: Jobs, picker: ModelPicker, preferences: Preferences, messages: MessageArea) -> None:
        super().__init__(messages)
        self.jobs, self.picker, self.preferences, self.messages = jobs, picker, preferences, messages
        self._of_last_time: ModelSelection | None = None  # while it is being loaded
        self._asked: tuple[ModelSelection, tuple[str, ...]] | None = (
            None  # while a word about licences is shown: of these works
        )
        self._wish = ModelSelection(None)  # what is loaded or being loaded
        self._device = DEFAULT  # likewise
        self._remembers = True  # what is loaded, for the next start
        self._use_it = QAction(tr("Use It"), self)
        self._use_it.triggered.connect(self._use_on_message)
        picker.chosen.connect(self.choose)
        picker.file_wanted.connect(self._choose_file)
        picker.adapters.chosen.connect(self.choose_adapter)
        picker.adapters.chosen_with_model.connect(self.choose)
        picker.adapters.file_wanted.connect(self._choose_adapter_file)
        picker.devices.chosen.connect(self.choose_device)
        jobs.model_changed.connect(self._on_model)
        jobs.activity_changed.connect(self._on_activity)
        jobs.failed.connect(self._on_failed)

    def start(self) -> None:
        """Load what was used last, or the default model."""
        self._device = self.preferences.device
        wish = ModelSelection(
            self.preferences.text("model/used") or None, self.preferences.text("model/adapter") or AUTOMATIC
        )
        try:
            find_model(wish.model)
        except DuvError as error:
            if wish.model is not None:  # without the default one there is none: loading it says so
                self._say_forgotten(tr("The model of last time is gone"), error)
            wish = ModelSelection(None)
        if wish.adapter not in (AUTOMATIC, NO_ADAPTER):
            try:
                find_adapter(wish.adapter)
            except DuvError as error:
                self._say_automatic(tr("The adapter of last time is gone"), error)
                wish = ModelSelection(wish.model)
        self._load(wish)
        self._of_last_time = None if wish == ModelSelection(None) else wish

    def choose(self, model: str | Path) -> None:
        """Use another model, at once or after a word about a licence that does not allow everything.

        An adapter brings the model that it was made for.
        """
        base, adapter = base_and_adapter(model)
        works: dict[str, Header | None] = {str(base): header_of(base)}
        if adapter is not None:
            works[str(adapter)] = adapter_header_of(adapter)
        alone = self.jobs.adapter == NO_ADAPTER and adapter is None
        self._ask(ModelSelection(model, NO_ADAPTER if alone else AUTOMATIC), works)

    def choose_adapter(self, adapter: str | Path) -> None:
        """Let another adapter play with the present model, or "auto" or "none"; likewise."""
        self.choose_both(self.jobs.model_path, adapter)

    def choose_both(self, model: str | Path | None, adapter: str | Path) -> None:
        """Let an adapter play with a model; likewise."""
        works: dict[str, Header | None] = {str(model): header_of(model)} if model != self.jobs.model_path else {}
        if adapter not in (AUTOMATIC, NO_ADAPTER):
            works[str(adapter)] = adapter_header_of(adapter)
        self._ask(ModelSelection(model, adapter), works)

    def choose_device(self, device: str) -> None:
        """Let the model compute on "cpu", "cuda" or "auto"."""
        if device != self._device:
            self._device = device
            self._load_again()

    def use(self, model: str | Path | None, adapter: str | Path = AUTOMATIC) -> None:
        """Load a model; it plays when it is there."""
        self._load(ModelSelection(model, adapter))

    def try_out(self, model: str | Path | None, adapter: str | Path = AUTOMATIC) -> None:
        """The same, but the next start does not know of it."""
        self._load(ModelSelection(model, adapter))
        self._remembers = False

    def _ask(self, wish: ModelSelection, works: dict[str, Header | None]) -> None:
        self.messages.clear(LICENCE)
        told = self.preferences.words("model/told")
        untold = {name: h for name, h in works.items() if h is not None and not h.commercial and name not in told}
        if not untold:
            self._load(wish)
            return
        header = next(iter(untold.values()))
        title = tr("“{title}” is not for commercial use", title=header.title)
        text = header.licence_note or tr("Its licence, {licence}, does not allow that.", licence=header.licence)
        self._asked = wish, tuple(untold)
        self.messages.show_message(LICENCE, Message("warning", title, sentence(text), actions=(self._use_it,)))

    def _use_on_message(self) -> None:
        assert self._asked is not None
        wish, works = self._asked
        self.preferences.set_words("model/told", [*self.preferences.words("model/told"), *works])
        self._load(wish)

    def _load(self, wish: ModelSelection) -> None:
        self._of_last_time = None
        self._remembers = True
        self._wish = wish
        self.jobs.use_model(wish.model, wish.adapter, self._device)

    def _load_again(self) -> None:
        """The same, on another device."""
        last, remembers = self._of_last_time, self._remembers
        self._load(self._wish)
        self._of_last_time, self._remembers = last, remembers

    def _choose_file(self) -> None:
        path = self._ask_file(tr("Choose a model file"), tr("Models and adapters"))
        if path is not None:
            self.choose(path)

    def _choose_adapter_file(self) -> None:
        path = self._ask_file(tr("Choose an adapter file"), tr("Adapters"))
        if path is not None:
            self.choose_adapter(path)

    def _ask_file(self, title: str, what: str) -> Path | None:
        folder = self.preferences.folder("model/folder") or Path.home()
        name, _ = QFileDialog.getOpenFileName(self.picker, title, str(folder), f"{what} ({_FILES})")
        if not name:
            return None
        self.preferences.set_text("model/folder", str(Path(name).parent))
        return Path(name)

    # What became of it

    def _on_model(self) -> None:
        model = self.jobs.model
        if model is None:
            self.picker.show_none(tr("No model could be loaded"))
            return
        self._of_last_time = None
        self._part_adapter_from_model()
        path, precision = getattr(model, "path", None), str(getattr(model, "precision", ""))
        name, adapters = getattr(model, "base", model.name), adapters_of(model)
        device = getattr(model, "device", None)
        self.picker.show_model(name, model.description, path, precision, adapters, self.jobs.adapter, device)
        self.preferences.device = self.jobs.device
        if self._remembers:
            self.preferences.set_text("model/used", str(self.jobs.model_path or ""))
            self.preferences.set_text("model/adapter", str(self.jobs.adapter))

    def _part_adapter_from_model(self) -> None:
        """Of an adapter that was given as the model, remember both: then other adapters can be chosen with it."""
        base, adapter = base_and_adapter(self.jobs.model_path)
        if adapter is not None:
            self.jobs.model_path, self.jobs.adapter = base, adapter

    def _on_activity(self) -> None:
        if self.jobs.tasks.running(MODEL):
            self.picker.show_loading()

    def _on_failed(self, kind: str, error: Exception) -> None:
        """Another version may have kept what this one cannot read: then the adapters, or the default model, do."""
        if kind != MODEL:
            return
        last = self._of_last_time
        if isinstance(error, DeviceError) and self.jobs.model is None and self._device != DEFAULT:
            self._say(*_cpu_instead(error), error)
            self._device = DEFAULT
            self._load_again()
            return
        if last is None or not isinstance(error, DuvError):
            if self.jobs.model is not None:  # it stays
                self._wish, self._device = ModelSelection(self.jobs.model_path, self.jobs.adapter), self.jobs.device
            return
        if last.adapter not in (AUTOMATIC, NO_ADAPTER):
            self._say_automatic(tr("The adapter of last time cannot be used"), error)
            self._load(ModelSelection(last.model))
            self._of_last_time = ModelSelection(last.model)
        else:
            self._say_forgotten(tr("The model of last time cannot be used"), error)
            self._load(ModelSelection(None))

    def _say_forgotten(self, title: str, error: DuvError) -> None:
        self._say(title, tr("{why} The default model plays instead.", why=sentence(error.message)), error)

    def _say_automatic(self, title: str, error: DuvError) -> None:
        self._say(title, tr("{why} Adapters are chosen automatically instead.", why=sentence(error.message)), error)

    def _say(self, title: str, text: str, error: DuvError) -> None:
        self.messages.show_message(FORGOTTEN, Message("warning", title, text, file=error.file))


def _cpu_instead(error: DuvError) -> tuple[str, str]:
    why = sentence(error.message)
    return tr("The device of last time cannot be used"), tr("{why} The CPU computes instead.", why=why)


class AdapterStatus(QObject):
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
