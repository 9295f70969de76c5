"""The slim bar above the piano roll: what of before and after is seen, what the lane shows, and zoom."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from duv_studio.ui.app.actions import Actions
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.action_button import icon_button, plain

VIEWS = ("view_after", "view_before", "view_both", "view_difference")
LANES = ("lane_velocity", "lane_duration", "lane_both")


class ViewBar(QWidget):
    """Belongs to the roll, and is seen with it."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_S, theme.SPACE_XS, theme.SPACE_S, theme.SPACE_XS)
        row.setSpacing(theme.SPACE_XS)
        row.addWidget(segments([actions[name] for name in VIEWS], tr("View")))
        row.addSpacing(theme.SPACE_S)
        row.addWidget(LaneButton([actions[name] for name in LANES]))
        row.addStretch(1)
        for name in ("follow", "zoom_out", "zoom_in", "fit"):
            row.addWidget(icon_button(actions[name]))


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
