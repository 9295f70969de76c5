"""Training as the main window has it: the one session, its wizard, the manager of adapters, the way to the model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from duv_studio.engine.adapters.header import IMPROVES
from duv_studio.engine.adapters.library import ADAPTER_FILE, is_adapter, read_adapter_header
from duv_studio.engine.adapters.resolve import AUTOMATIC, NO_ADAPTER, base_model_of, check_adapter_fits
from duv_studio.engine.adapters.user_library import add_adapter
from duv_studio.engine.model.library import find_model, list_models
from duv_studio.errors import DuvError
from duv_studio.paths import user_adapters_dir
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.i18n import tr
from duv_studio.ui.panels.model_choice import ModelChoice
from duv_studio.ui.panels.model_text import adapters_of
from duv_studio.ui.training.adapter_dialogs import AdapterDialogs
from duv_studio.ui.training.live_preview import Preview
from duv_studio.ui.training.manager import AdapterManager
from duv_studio.ui.training.session import TrainingSession
from duv_studio.ui.widgets.message_bar import Message, MessageArea
from duv_studio.ui.wizard.dialogs import TrainingDialogs

TRAINED, IMPORTED = "trained", "imported"  # topics of messages
MakeWizard = Callable[["TrainingController"], Any]


class TrainingController(QObject):
    """Between the window and everything that has to do with training."""

    looked = Signal()  # someone saw in the wizard the result of a training

    def __init__(
        self,
        window: QWidget,
        models: ModelChoice,
        preferences: Preferences,
        messages: MessageArea,
        make_wizard: MakeWizard | None = None,
    ) -> None:
        super().__init__(window)
        self.window, self.models, self.preferences, self.messages = window, models, preferences, messages
        self.questions, self.adapter_questions = TrainingDialogs(), AdapterDialogs()
        self.session = TrainingSession(self)
        self.preview = Preview(models, messages, self)
        self.wizard: Any = None  # a TrainingWizard while there is one
        self.manager: AdapterManager | None = None
        self.make_wizard = make_wizard or new_wizard
        self._show_result = QAction(tr("Show Result"), self)
        self._show_result.triggered.connect(self.open_wizard)
        self._manage = QAction(tr("Adapters…"), self)
        self._manage.triggered.connect(self.open_manager)
        self.session.finished.connect(self._on_finished)
        self.session.failed.connect(self._on_failed)

    # Wizard

    def open_wizard(self) -> None:
        """Show the wizard: that of the run that goes on, or a new one."""
        self.messages.clear(TRAINED)
        if self.wizard is None:
            self.wizard = self.make_wizard(self)
            self.wizard.use_wanted.connect(self.use)
            self.wizard.preview_wanted.connect(self._on_preview)
            self.wizard.adapters_changed.connect(self._refresh_manager)
            self.wizard.finished.connect(self._on_wizard_done)
        self.wizard.show()
        self.wizard.raise_()
        self.wizard.activateWindow()

    def _on_preview(self, adapter: Path) -> None:
        recipe = self.session.recipe
        self.preview.show(adapter, None if recipe is None else recipe.base_checkpoint)

    def _on_wizard_done(self, result: int) -> None:
        """It was closed while nothing ran: the next one starts over."""
        self.looked.emit()
        wizard, self.wizard = self.wizard, None
        if wizard is not None:
            wizard.shut_down()
            wizard.deleteLater()

    def _on_finished(self, result: Any) -> None:
        if self.wizard is not None and self.wizard.isVisible():
            return
        if result is None or self.session.recipe is None:
            return
        word = "" if result.verdict is None else result.verdict.word
        kind = "success" if word == IMPROVES else "info"
        said = "" if result.verdict is None else result.verdict.sentences[0]
        title = tr("The training of {name} is done", name=self.session.recipe.adapter_name)
        if result.status == "interrupted":
            title = tr("The training of {name} was stopped", name=self.session.recipe.adapter_name)
            said = tr("The best adapter so far is kept, and it can be resumed.")
        self.messages.show_message(TRAINED, Message(kind, title, said, actions=(self._show_result,)))

    def _on_failed(self, error: Exception) -> None:
        if self.wizard is not None and self.wizard.isVisible():
            return
        title = tr("The training ended with an error")
        message = Message.of(error, title) if isinstance(error, DuvError) else Message("error", title, str(error))
        self.messages.show_message(
            TRAINED,
            Message(message.kind, message.title, message.text, message.hint, message.file, (self._show_result,)),
        )

    # Adapters

    def open_manager(self) -> None:
        """Show the manager, or bring it to the front."""
        if self.manager is None:
            self.manager = AdapterManager(self.preferences, self.adapter_questions, self.window)
            self.manager.use_wanted.connect(self.use)
            self.manager.train_wanted.connect(self._train_from_manager)
            self.manager.changed.connect(self._on_adapter_changed)
        self.manager.fill()
        self.manager.show()
        self.manager.raise_()
        self.manager.activateWindow()

    def _train_from_manager(self) -> None:
        if self.manager is not None:
            self.manager.close()
        self.open_wizard()

    def _refresh_manager(self) -> None:
        if self.manager is not None and self.manager.isVisible():
            self.manager.fill()

    def _on_adapter_changed(self, name: str, title: str) -> None:
        """One that plays was renamed, or is gone: load what is there now."""
        jobs = self.models.jobs
        named = str(jobs.adapter) == name
        if not named and jobs.adapter == NO_ADAPTER:
            return
        gone = not (user_adapters_dir() / name / ADAPTER_FILE).is_file()
        if named and gone:
            self.models.use(jobs.model_path, AUTOMATIC)
        elif named or adapters_of(jobs.model):
            self.models.use(jobs.model_path, jobs.adapter)

    def import_dropped(self, path: Path) -> bool:
        """Put an adapter file that was dropped among the user's own, and let it play; False when it is none."""
        try:
            if not is_adapter(path):
                return False
        except DuvError:
            return False  # whoever takes it for a model says what is wrong with it
        try:
            target = add_adapter(path)
        except DuvError as error:
            self.messages.show_message(IMPORTED, Message.of(error, tr("It could not be imported")))
            return True
        title = tr("“{title}” is among your adapters", title=read_adapter_header(target).title)
        self.messages.show_message(IMPORTED, Message("success", title, actions=(self._manage,)))
        self._refresh_manager()
        self.use(target, None, beside=path)
        return True

    def use(self, adapter: str | Path, base: str | Path | None = None, *, beside: Path | None = None) -> None:
        """Let an adapter play with the model that it was made for.

        `base` is that model where it is known; else the present one, an installed one, or one that lies beside the
        adapter or the file `beside` that it was copied from.
        """
        self.preview.forget()
        path = adapter_path(adapter)
        try:
            if not is_adapter(path):
                self.models.choose(path)
                return
            model = self._base_for(path, base, beside)
        except DuvError as error:
            self.messages.show_message(IMPORTED, Message.of(error, tr("It cannot play yet")))
            return
        name = path.parent.name if path.parent.parent == user_adapters_dir() else str(adapter)
        self.models.choose_both(model, name)

    def _base_for(self, adapter: Path, base: str | Path | None, beside: Path | None) -> str | Path | None:
        header, present = read_adapter_header(adapter), self.models.jobs.model_path
        for model in dict.fromkeys((present, base)):
            try:
                check_adapter_fits(header, find_model(model))
            except DuvError:
                continue
            return model
        try:
            return named(base_model_of(adapter))
        except DuvError:
            if beside is None:
                raise
            return named(base_model_of(beside))

    # The end

    def may_quit(self) -> bool:
        """Ask when a training goes on; True when the application may end."""
        return not self.session.running or self.questions.ask_quit(self.window)

    def shut_down(self) -> None:
        """Stop the training and wait for its thread."""
        for dialog in (self.wizard, self.manager):
            if dialog is not None:
                dialog.hide()
        if self.wizard is not None:
            self.wizard.shut_down()
        self.session.shut_down()


def new_wizard(controller: TrainingController) -> Any:
    """Make a wizard with a state of its own."""
    from duv_studio.ui.wizard.recipe.recipe_document import WizardState
    from duv_studio.ui.wizard.window import TrainingWizard

    wizard = TrainingWizard(
        WizardState(), controller.session, controller.preferences, controller.questions, parent=controller.window
    )
    wizard.state.setParent(wizard)
    return wizard


def adapter_path(adapter: str | Path) -> Path:
    """Return the file of an adapter of the user's own or one that ships, or the file itself."""
    from duv_studio.engine.adapters.library import find_adapter

    return adapter if isinstance(adapter, Path) else find_adapter(adapter)


def named(model: Path) -> str | Path:
    """Return the name of a model where it is installed, else its file."""
    return next((info.name for info in list_models() if info.path == model), model)
