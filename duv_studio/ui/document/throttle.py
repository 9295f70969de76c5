"""Many calls in, few out: the first at once, the last one never lost."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Throttle(QObject):
    """Calls `action` at most once per interval, however often it is asked; what was asked last always happens."""

    def __init__(self, interval_ms: int, action: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._action = action
        self._waiting = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self._on_timeout)

    @property
    def waiting(self) -> bool:
        """Whether a call was asked for that has not happened yet."""
        return self._waiting

    def call(self) -> None:
        """Ask for the action: now when the last one is long ago, else when the interval is over."""
        if self._timer.isActive():
            self._waiting = True
        else:
            self._fire()

    def flush(self) -> None:
        """Do now what is waiting."""
        if self._waiting:
            self._fire()

    def _on_timeout(self) -> None:
        if self._waiting:
            self._fire()

    def _fire(self) -> None:
        # The interval starts before the action: a slow action must not add its own time to the pause.
        self._waiting = False
        self._timer.start()
        self._action()
