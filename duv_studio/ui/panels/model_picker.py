"""The button that shows which model plays, with menus of models, adapters and devices."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from duv_studio.engine.adapters.header import AdapterHeader
from duv_studio.engine.adapters.resolve import AUTOMATIC
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.device import AUTO, CPU, CUDA, DEFAULT, DeviceUse
from duv_studio.engine.model.library import ModelInfo, broken_models, list_models
from duv_studio.ui.i18n import plain_tip, tr
from duv_studio.ui.panels.adapter_menu import AdapterMenu
from duv_studio.ui.panels.model_text import adapter_lines, broken_action, computing, licence_text, size_text

_LONGEST = 48  # characters of a title or the name of a licence in the menu
_WIDEST = 150  # pixels of text on the button


class ModelPicker(QToolButton):
    """Lists models with their licences when it is opened."""

    chosen = Signal(object)  # name (str) or path of a model
    file_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._current: Path | None = None
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setMenu(QMenu(self))
        self.menu().setToolTipsVisible(True)
        self.menu().aboutToShow.connect(self.fill)
        self.adapters, self.devices = AdapterMenu(self), DeviceMenu(self)
        self.show_loading()

    def show_loading(self) -> None:
        """Say that a model is on its way."""
        self._say(tr("Loading model…"), tr("This takes a few seconds."))

    def show_model(
        self,
        name: str,
        description: str,
        path: Path | None,
        precision: str = "",
        adapters: Mapping[Family, AdapterHeader] | None = None,
        asked: str | Path = AUTOMATIC,
        device: DeviceUse | None = None,
    ) -> None:
        """Say which model plays, under which licence, with which adapters, how it computes and on what.

        `asked` is the adapter that was asked for.
        """
        self._current = path
        self.adapters.show_request(path, asked)
        self.devices.show_use(device)
        info = next((m for m in list_models() if m.path == path), None)
        lines = [description] if info is None else [*_lines(info), *adapter_lines(adapters or {})]
        if precision:
            lines.append(computing(precision, device.kind if device else CPU))
        if device is not None:
            lines.append(str(device))
        self._say(tr("Model: {title}", title=info.title if info else name), "\n".join(lines))

    def show_none(self, reason: str) -> None:
        """Say that there is no model."""
        self._say(tr("No model"), reason)

    def fill(self) -> None:
        """Make the menu again: models may have been added or taken away."""
        menu = self.menu()
        menu.clear()
        group = QActionGroup(menu)
        for model in list_models():
            licence = licence_text(_short(model.licence), model.commercial)
            action = menu.addAction(f"{_short(model.title).replace('&', '&&')}\t{licence}")
            action.setToolTip(plain_tip("\n".join([*_lines(model), str(model.path)])))
            action.setCheckable(True)
            action.setChecked(model.path == self._current)
            action.setData(model.name)
            action.triggered.connect(self._on_chosen)
            group.addAction(action)
        for broken in broken_models():
            menu.addAction(broken_action(broken, menu))
        if menu.isEmpty():
            menu.addAction(tr("No models are installed")).setEnabled(False)
        menu.addSeparator()
        menu.addMenu(self.adapters)
        menu.addMenu(self.devices)
        menu.addSeparator()
        choose = QAction(tr("&Choose a Model File…"), menu)
        choose.triggered.connect(self.file_wanted)
        menu.addAction(choose)

    def _on_chosen(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.chosen.emit(action.data())

    def _say(self, text: str, tip: str) -> None:
        self.setText(self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, _WIDEST))
        self.setToolTip(plain_tip(tip))
        self.setAccessibleName(text)
        self.setAccessibleDescription(tip)


def _lines(model: ModelInfo) -> list[str]:
    licence = licence_text(model.licence, model.commercial)
    return [line for line in (model.title, licence, model.licence_note, size_text(model.parameters)) if line]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


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
        CPU: tr("On this computer the same seed gives the same bytes here, by command line, batch and Python."),
        CUDA: tr("Faster for much music. A few velocities may differ by one from what the CPU makes."),
        AUTO: tr("The GPU where there is one that can be used, else the CPU."),
    }
