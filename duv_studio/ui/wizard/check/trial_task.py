"""Runs trials in the background: which devices there are, and what a training on one of them would take."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from duv_studio.engine.midi.song import Family
from duv_studio.training.lora.recipe.schema import LoraRecipe
from duv_studio.training.lora.trial.dry_run import trial
from duv_studio.training.lora.trial.machine import DeviceInfo, devices_here
from duv_studio.training.lora.trial.report import Trial
from duv_studio.ui.document.task_pool import TaskContext, Tasks
from duv_studio.ui.wizard.recipe.recipe_document import WizardState

DEVICES, TRIAL = "devices", "trial"
_REST_MS = 400  # a number that is being turned must rest before it is tried


@dataclass(frozen=True)
class TrialRequest:
    """What a trial is of."""

    recipe: LoraRecipe
    family: Family
    devices: str
    workers: int


class TrialTask(QObject):
    """The last trial, and whether it is still one of what the wizard holds."""

    changed = Signal()
    devices_found = Signal()
    failed = Signal(object)  # Exception

    def __init__(self, state: WizardState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self.tasks = Tasks(self, max_threads=1)  # one after the other: both import torch
        self.devices: list[DeviceInfo] = []
        self.trial: Trial | None = None
        self._asked: TrialRequest | None = None  # of the trial
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.run)

    @property
    def running(self) -> bool:
        """Whether a trial is under way, or about to be."""
        return self.tasks.running(TRIAL) or self._rest.isActive()

    @property
    def fits(self) -> bool:
        """Whether the trial is of the recipe, the device and the workers as they are now."""
        return self.trial is not None and self._asked == self._wanted()

    def look(self) -> None:
        """Find the devices, unless they are known."""
        if not self.devices and not self.tasks.running(DEVICES):
            self.tasks.start(DEVICES, _find, self._on_devices, self._on_failed)

    def run(self) -> None:
        """Try what the wizard holds; another trial that runs is given up. Nothing where the recipe has mistakes."""
        self._rest.stop()
        wanted = self._wanted()
        self.trial = None
        if wanted is None:
            self.tasks.cancel(TRIAL)
        else:
            self.tasks.start(TRIAL, lambda context: _try(wanted, context), self._on_trial, self._on_failed)
        self.changed.emit()

    def run_soon(self) -> None:
        """The same, once nothing is changed for a moment."""
        self.tasks.cancel(TRIAL)
        self.trial = None
        self._rest.start()
        self.changed.emit()

    def cancel(self) -> None:
        """Give up the trial that runs."""
        self._rest.stop()
        self.tasks.cancel(TRIAL)
        self.changed.emit()

    def shut_down(self) -> None:
        """Wait for the last of it."""
        self._rest.stop()
        self.tasks.shutdown()

    def _wanted(self) -> TrialRequest | None:
        recipe, family = self.state.recipe, self.state.family
        if recipe is None or family is None:
            return None
        return TrialRequest(recipe, family, self.state.devices, self.state.workers)

    def _on_devices(self, found: list[DeviceInfo]) -> None:
        self.devices = found
        self.devices_found.emit()

    def _on_trial(self, answer: tuple[TrialRequest, Trial]) -> None:
        self._asked, self.trial = answer
        self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self.changed.emit()
        self.failed.emit(error)


def _find(context: TaskContext) -> list[DeviceInfo]:
    return devices_here()


def _try(asked: TrialRequest, context: TaskContext) -> tuple[TrialRequest, Trial]:
    return asked, trial(asked.recipe, asked.family, asked.devices, context.cancelled, workers=asked.workers)
