"""The tool bar: files and undo at the left, the transport in the middle, batches, training and model at the right."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSizePolicy, QToolBar, QToolButton, QWidget

from duv_studio.ui.app.actions import Actions
from duv_studio.ui.i18n import tr
from duv_studio.ui.panels.model_picker import ModelPicker
from duv_studio.ui.playback.transport import Transport
from duv_studio.ui.style import theme


class MainToolBar(QToolBar):
    """Buttons for the commands that are used all the time."""

    def __init__(self, actions: Actions, transport: Transport, models: ModelPicker) -> None:
        super().__init__(tr("Tool bar"))
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
        for name in ("open", "export"):
            self._add(actions[name], Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.addSeparator()
        for name in ("undo", "redo"):
            self._add(actions[name], Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.addWidget(_gap())
        self.addWidget(transport)
        self.addWidget(_gap())
        for name in ("batch", "train"):
            self._add(actions[name], Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.addSeparator()
        self.addWidget(models)

    def _add(self, action: QAction, style: Qt.ToolButtonStyle) -> None:
        self.addAction(action)
        button = self.widgetForAction(action)
        if isinstance(button, QToolButton):
            button.setToolButtonStyle(style)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(plain(action))


def _gap() -> QWidget:
    gap = QWidget()
    gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return gap


def plain(action: QAction) -> str:
    """Return an action's words without mnemonic and dots."""
    return action.text().replace("&", "").rstrip("…")
