"""The tool bar: open and export, undo, how the notes are shown, zoom, and the model."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolBar, QToolButton, QWidget

from duv_studio.ui import theme
from duv_studio.ui.actions import Actions
from duv_studio.ui.model_picker import ModelPicker
from duv_studio.ui.words import tr

VIEWS = ("view_after", "view_before", "view_both", "view_difference")
LANES = ("lane_velocity", "lane_duration", "lane_both")


class MainToolBar(QToolBar):
    """Buttons for the commands that are used all the time."""

    def __init__(self, actions: Actions, models: ModelPicker) -> None:
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
        self.addSeparator()
        self.addWidget(segments([actions[name] for name in VIEWS], tr("Notes")))
        self.addSeparator()
        self.addWidget(segments([actions[name] for name in LANES], tr("Lane")))
        self.addSeparator()
        for name in ("zoom_out", "zoom_in", "fit"):
            self._add(actions[name], Qt.ToolButtonStyle.ToolButtonIconOnly)
        gap = QWidget()
        gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(gap)
        self.addWidget(models)

    def _add(self, action: QAction, style: Qt.ToolButtonStyle) -> None:
        self.addAction(action)
        button = self.widgetForAction(action)
        if isinstance(button, QToolButton):
            button.setToolButtonStyle(style)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(plain(action))


def segments(actions: list[QAction], name: str) -> QWidget:
    """Join checkable actions to one control of which one part is on."""
    group = QWidget()
    group.setAccessibleName(name)
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    label = QLabel(name)
    label.setProperty("role", "muted")
    label.setContentsMargins(theme.SPACE_XS, 0, theme.SPACE_S, 0)
    row.addWidget(label)
    for i, action in enumerate(actions):
        button = QToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setText(plain(action))
        button.setProperty("segment", "first" if i == 0 else "last" if i == len(actions) - 1 else "middle")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(plain(action))
        row.addWidget(button)
    return group


def plain(action: QAction) -> str:
    """Return an action's words without mnemonic and dots."""
    return action.text().replace("&", "").rstrip("…").split(": ")[-1].capitalize()
