"""Pause, go on, cancel: asked for by one thread, obeyed by the one that runs the batch."""

from __future__ import annotations

from threading import Event


class Control:
    """The brakes of one run; thread-safe."""

    def __init__(self) -> None:
        self._cancelled, self._may_run = Event(), Event()
        self._may_run.set()

    def pause(self) -> None:
        """Begin no more files."""
        self._may_run.clear()

    def go_on(self) -> None:
        """End the pause."""
        self._may_run.set()

    def cancel(self) -> None:
        """Stop at once; what is under way is dropped, what is done stays."""
        self._cancelled.set()

    @property
    def paused(self) -> bool:
        """Whether no more files are begun for now."""
        return not self._may_run.is_set()

    @property
    def cancelled(self) -> bool:
        """Whether all is to stop."""
        return self._cancelled.is_set()
