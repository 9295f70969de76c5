"""The wizard's check page: where it is trained, and, by one real batch, how long that takes and how much it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QPushButton, QScrollArea, QVBoxLayout, QWidget, QWizardPage

from duv_studio.errors import DuvError
from duv_studio.training.lora.trial.machine import CPU, CUDA, DeviceInfo
from duv_studio.training.lora.trial.report import Trial
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.training.error_remedies import Remedy, remedies
from duv_studio.ui.widgets.message_bar import Message, MessageArea, sentence
from duv_studio.ui.wizard.check.device_row import AUTO, DeviceRow, bytes_text
from duv_studio.ui.wizard.check.trial_cards import TrialCards
from duv_studio.ui.wizard.check.trial_task import TrialTask
from duv_studio.ui.wizard.recipe.recipe_document import WizardState

_TROUBLE, _ROOM, _WARNING = "trouble", "room", "warning {n}"
_MOST_WARNINGS = 4
_TIGHT = 0.9  # of the free memory
_BAR_WIDTH = 280
DATA, RECIPE = 1, 2  # Page.DATA, Page.RECIPE of the wizard, which imports this page


class CheckPage(QWizardPage):
    """The trial starts by itself, and again when something changes."""

    page_wanted = Signal(int)

    def __init__(self, state: WizardState, session: Any = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state, self.session = state, session
        self.tryer = TrialTask(state, self)
        self.setTitle(tr("Device & check"))
        self.setSubTitle(tr("One real batch is learned from and thrown away, to measure what the training will take."))
        self.row = DeviceRow()
        self.messages = MessageArea()
        self.messages.set_margin(0)
        self.cards = TrialCards()
        self.remarks = _wrapped("muted")
        self.waiting = _Waiting()
        self._lay_out()
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        self._found = QWidget()
        found = QVBoxLayout(self._found)
        found.setContentsMargins(0, 0, 0, 0)
        found.setSpacing(theme.SPACE_M)
        found.addWidget(self.cards)
        found.addWidget(self.remarks)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_M)
        column.addWidget(self.messages)
        column.addWidget(self._found)
        column.addWidget(self.waiting, 1)
        column.addStretch(0)
        scroll = QScrollArea()
        scroll.setWidget(inner)
        inner.setAutoFillBackground(False)  # setWidget has turned it on
        scroll.viewport().setAutoFillBackground(False)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole = QVBoxLayout(self)
        whole.setSpacing(theme.SPACE_L)
        whole.addWidget(self.row)
        whole.addWidget(scroll, 1)

    def _connect(self) -> None:
        self.row.device_chosen.connect(self._on_device)
        self.row.workers_chosen.connect(self._on_workers)
        self.row.again_wanted.connect(self._again)
        self.waiting.cancel.clicked.connect(self.tryer.cancel)
        self.tryer.changed.connect(self._show)
        self.tryer.devices_found.connect(self._on_devices)
        self.tryer.failed.connect(self._on_failed)
        self.state.recipe_changed.connect(self.completeChanged)

    # What a wizard asks of its pages

    def initializePage(self) -> None:
        """Find the devices, and try the recipe, unless that was done and nothing has changed since."""
        self.row.show_workers(self.state.workers)
        self.tryer.look()
        if not self.tryer.fits:
            self._again()

    def cleanupPage(self) -> None:
        """Going back, no one waits for the answer."""
        self.tryer.cancel()

    def isComplete(self) -> bool:
        """After a trial of what the wizard holds now."""
        return self.tryer.fits and not self.tryer.running

    def shut_down(self) -> None:
        """Wait for what runs in the background."""
        self.tryer.shut_down()

    # Choosing

    def _on_device(self, kind: str) -> None:
        if kind != self._kind():
            self.state.devices = kind
            self._changed()

    def _on_workers(self, workers: int) -> None:
        self.state.workers = workers
        self._changed()

    def _changed(self) -> None:
        self.messages.clear(_TROUBLE)
        self.tryer.run_soon()

    def _again(self) -> None:
        self.messages.clear(_TROUBLE)
        self.tryer.run()
        if self.state.recipe is None or self.state.family is None:
            self._tell_mistakes()

    def _kind(self) -> str:
        """The device that is asked for, or that "auto" stands for."""
        kinds = {device.kind for device in self.tryer.devices}
        asked = self.state.devices
        return asked if asked != AUTO else CUDA if CUDA in kinds else CPU

    def _device(self) -> DeviceInfo | None:
        return next((device for device in self.tryer.devices if device.kind == self._kind()), None)

    def _on_devices(self) -> None:
        self.row.show_devices(self.tryer.devices, self.state.devices)
        self._show()

    # Showing

    def _show(self) -> None:
        found = self.tryer.trial
        self.waiting.setVisible(found is None)
        self.waiting.show_work(self.tryer.running)
        self._found.setVisible(found is not None)
        self.row.again.setEnabled(not self.tryer.running)
        if found is not None:
            self.cards.setVisible(found.trains)
            self.cards.show_trial(found, self._device())
            self.remarks.setText("\n".join(found.sentences))
            self.remarks.setVisible(bool(found.sentences))
        self._show_warnings(found)
        self.completeChanged.emit()

    def _show_warnings(self, found: Trial | None) -> None:
        warnings = () if found is None else found.warnings[:_MOST_WARNINGS]
        for n in reversed(range(_MOST_WARNINGS)):
            topic = _WARNING.format(n=n)
            if n < len(warnings):
                self.messages.show_message(topic, Message("warning", tr("Before you start"), sentence(warnings[n])))
            else:
                self.messages.clear(topic)
        room = None if found is None else self._room(found)
        if room is None:
            self.messages.clear(_ROOM)
        else:
            self.messages.show_message(_ROOM, room)

    def _room(self, found: Trial) -> Message | None:
        """What to say where a training would hardly fit into the memory that is free."""
        device = self._device()
        if device is None or device.free_bytes is None or found.peak_bytes <= _TIGHT * device.free_bytes:
            return None
        free = bytes_text(device.free_bytes)
        text = tr("It needs about {size}, and {free} are free.", size=bytes_text(found.peak_bytes), free=free)
        return Message("warning", tr("Little memory"), text, tr("Close other programs, or halve the batch."))

    def _on_failed(self, error: Exception) -> None:
        title = tr("This cannot be trained")
        told = (
            Message.of(error, title) if isinstance(error, DuvError) else Message("error", title, sentence(str(error)))
        )
        recipe = self.state.recipe
        offered = () if recipe is None else remedies(error, recipe)
        hints = [told.hint, *(remedy.sentence for remedy in offered[:1])]
        actions = tuple(self._action(remedy.button, self._follow, remedy) for remedy in offered)
        self._tell(Message("error", told.title, told.text, " ".join(filter(None, hints)), told.file, actions))

    def _tell_mistakes(self) -> None:
        problems = self.state.problems
        text = problems[0].sentence if problems else tr("It does not say whose playing it is.")
        more = tr("And {n} more.", n=len(problems) - 1) if len(problems) > 1 else ""
        action = self._action(tr("Show the Recipe"), self._show_recipe)
        self._tell(Message("error", tr("The recipe has mistakes"), text, more, None, (action,)))

    def _tell(self, message: Message) -> None:
        self.messages.show_message(_TROUBLE, message)

    def _action(self, text: str, slot: Callable[[], None], data: object = None) -> QAction:
        action = QAction(text, self)
        action.setData(data)
        action.triggered.connect(slot)
        return action

    def _show_recipe(self) -> None:
        self.page_wanted.emit(RECIPE)

    def _follow(self) -> None:
        """Do what was offered, and try again."""
        action = self.sender()
        assert isinstance(action, QAction)
        remedy = action.data()
        assert isinstance(remedy, Remedy)
        if remedy.choose_data:
            self.page_wanted.emit(DATA)
            return
        for path, value in remedy.edits:
            self.state.set_value(path, value)
        if remedy.devices is not None:
            self.state.devices = remedy.devices
            self.row.show_devices(self.tryer.devices, self.state.devices)
        self._again()


class _Waiting(QWidget):
    """What is shown in place of the cards."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.text = _wrapped("title"), _wrapped("muted")
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(_BAR_WIDTH)
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.setSpacing(theme.SPACE_S)
        column.addStretch(2)
        for label in (self.title, self.text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        column.addSpacing(theme.SPACE_S)
        for widget in (self.bar, self.cancel):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def show_work(self, works: bool) -> None:
        """Say that a trial is under way, or that there is none."""
        self.title.setText(tr("Preparing…") if works else tr("Not checked"))
        busy = tr("Reading the songs, building the model, and learning from a batch. This may take half a minute.")
        self.text.setText(busy if works else tr("A check shows what the training will take."))
        self.bar.setVisible(works)
        self.cancel.setVisible(works)


def _wrapped(role: str) -> QLabel:
    label = QLabel()
    label.setProperty("role", role)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
