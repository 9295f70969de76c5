"""Leaves Space and Home to controls that keys led to and that use them; elsewhere they play and rewind."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QApplication, QComboBox, QWidget

_USES: tuple[tuple[type[QWidget], frozenset[int]], ...] = (
    (QAbstractButton, frozenset({Qt.Key.Key_Space})),
    (QComboBox, frozenset({Qt.Key.Key_Space})),
    (QAbstractSlider, frozenset({Qt.Key.Key_Home})),
)


class KeyGuard(QObject):
    """Watches one control at a time: a filter over the whole application would cost Python at every event."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._watched: QWidget | None = None
        self._last: QWidget | None = None  # what had the focus last in this window, and whether the mouse led to it
        self._last_by_mouse = False
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus)

    def _on_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        if self._watched is not None:
            self._watched.removeEventFilter(self)
            self._watched.destroyed.disconnect(self._on_gone)
            self._watched = None
        if new is None or new.window() is not self._window:
            return
        if new is not self._last:  # else it has the focus again, after another window had it
            self._last, self._last_by_mouse = new, QApplication.mouseButtons() != Qt.MouseButton.NoButton
        if not self._last_by_mouse and _used_by(new):
            self._watched = new
            new.installEventFilter(self)
            new.destroyed.connect(self._on_gone)

    def _on_gone(self) -> None:
        self._watched = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the control have its key."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and watched is self._watched:
            plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
            if plain and event.key() in _used_by(self._watched):
                event.accept()
                return True
        return False


def _used_by(control: QWidget | None) -> frozenset[int]:
    """The keys for which a control has a use of its own."""
    return next((keys for kind, keys in _USES if isinstance(control, kind)), frozenset())
