"""The tool bar: open and export, undo, how the notes are shown, zoom, and the model."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from duv_studio.ui.app.actions import Actions
from duv_studio.ui.i18n import tr
from duv_studio.ui.panels.model_picker import ModelPicker
from duv_studio.ui.style import theme

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
        self.addWidget(segments([actions[name] for name in VIEWS], tr("View")))
        self.addSeparator()
        self.addWidget(LaneButton([actions[name] for name in LANES]))
        self.addSeparator()
        for name in ("zoom_out", "zoom_in", "fit"):
            self._add(actions[name], Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.addSeparator()
        for name in ("batch", "train"):
            self._add(actions[name], Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
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


class LaneButton(QToolButton):
    """Says what the lane shows and lets one choose."""

    def __init__(self, lanes: list[QAction]) -> None:
        super().__init__()
        menu = QMenu(self)
        menu.addActions(lanes)
        self.setMenu(menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolTip(tr("What is shown below the notes (V)"))
        self._lanes = lanes
        for action in lanes:
            action.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        chosen = next((action for action in self._lanes if action.isChecked()), self._lanes[0])
        self.setText(chosen.text().replace("&", ""))
        self.setEnabled(chosen.isEnabled())


def segments(actions: list[QAction], name: str) -> QWidget:
    """Join checkable actions to one control of which one part is on."""
    group = QWidget()
    group.setAccessibleName(name)
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    for i, action in enumerate(actions):
        button = QToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setProperty("segment", "first" if i == 0 else "last" if i == len(actions) - 1 else "middle")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(plain(action))
        row.addWidget(button)
    return group


def plain(action: QAction) -> str:
    """Return an action's words without mnemonic and dots."""
    return action.text().replace("&", "").rstrip("…")
