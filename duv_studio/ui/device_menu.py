"""The menu of devices: the CPU, a GPU, or whichever is there."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from duv_studio.engine.model.device import (
    AUTO,
    CPU,
    CUDA,
    DEFAULT,
    DeviceUse,
)
from duv_studio.ui.words import plain_tip, tr


class DeviceMenu(QMenu):
    """One of three at a time; its title says which."""

    chosen = Signal(str)  # auto, cpu or cuda

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTipsVisible(True)
        group = QActionGroup(self)
        self._actions = {name: self._add(group, name, text) for name, text in _names().items()}
        self.show_use(None)

    def show_use(self, use: DeviceUse | None) -> None:
        """Say what computes, None while nothing does; what cannot be had cannot be chosen."""
        asked = use.asked if use is not None else DEFAULT
        missing = use.no_gpu if use is not None else ""
        for name, tip in _tips().items():
            self._actions[name].setToolTip(plain_tip(tip))
            self._actions[name].setChecked(name == asked)
        self._actions[CUDA].setEnabled(not missing)
        if missing:
            self._actions[CUDA].setToolTip(plain_tip(tr("Cannot be used: {why}", why=missing)))
        word = _names().get(asked, asked).replace("&", "").split("\t")[0]
        self.setTitle(tr("Co&mputes on: {which}", which=word))
        self.setEnabled(use is not None)

    def _add(self, group: QActionGroup, name: str, text: str) -> QAction:
        action = self.addAction(text)
        action.setCheckable(True)
        action.setData(name)
        action.triggered.connect(self._on_chosen)
        group.addAction(action)
        return action

    def _on_chosen(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.chosen.emit(action.data())


def _names() -> dict[str, str]:
    return {CPU: tr("&CPU"), CUDA: tr("&GPU") + "\tCUDA", AUTO: tr("&Automatic")}


def _tips() -> dict[str, str]:
    return {
        CPU: tr("The same seed gives the same bytes here, on the command line, in a batch and in Python."),
        CUDA: tr("Faster for much music. A few velocities may differ by one from what the CPU makes."),
        AUTO: tr("The GPU where there is one that can be used, else the CPU."),
    }
