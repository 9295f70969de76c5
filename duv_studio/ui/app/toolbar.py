"""The tool bar: files and undo at the left, the transport in the middle, batches, training and model at the right."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolBar, QToolButton, QWidget

from duv_studio.ui.app.actions import Actions
from duv_studio.ui.i18n import tr
from duv_studio.ui.panels.model_picker import ModelPicker
from duv_studio.ui.playback.transport import Transport
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.action_button import plain

_TEXT, _ICON = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly


class MainToolBar(QToolBar):
    """Buttons for the commands that are used all the time; where there is little room, words make way for icons."""

    def __init__(self, actions: Actions, transport: Transport, drag: QWidget, models: ModelPicker) -> None:
        super().__init__(tr("Tool bar"))
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
        self._worded: list[QToolButton] = []
        self._saved = 0  # pixels, by doing without words
        for name in ("open", "export"):
            self._add(actions[name], _TEXT)
        self.addWidget(drag)
        self.addSeparator()
        for name in ("undo", "redo"):
            self._add(actions[name], _ICON)
        self.addWidget(_gap())
        self.addWidget(transport)
        self.addWidget(_gap())
        for name in ("batch", "train"):
            self._add(actions[name], _TEXT)
        self.addSeparator()
        self.addWidget(models)

    def _add(self, action: QAction, style: Qt.ToolButtonStyle) -> None:
        self.addAction(action)
        button = self.widgetForAction(action)
        if isinstance(button, QToolButton):
            button.setToolButtonStyle(style)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(plain(action))
            if style is _TEXT:
                self._worded.append(button)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look whether there is room for words."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Likewise when something in it asks for more room or less."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return done

    def _fit(self) -> None:
        with_words = self.sizeHint().width() + self._saved
        has_room = with_words <= self.width()
        if has_room == (self._saved == 0) or not self.isVisible():
            return
        for button in self._worded:
            button.setToolButtonStyle(_TEXT if has_room else _ICON)
        layout = self.layout()
        assert layout is not None
        layout.invalidate()
        self._saved = 0 if has_room else max(with_words - self.sizeHint().width(), 1)


def _gap() -> QWidget:
    gap = QWidget()
    gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return gap
