"""Looks for the files of a batch in the background, so that one sees them before it begins."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from duv_studio.engine.batch.events import FileResult, Status
from duv_studio.ui.document.task_pool import TaskContext, Tasks

LOOK = "look"
_TELL_S = 0.1
ListFiles = Callable[..., Sequence[Any]]  # duv_studio.engine.batch.discovery.list_files


class FileSearch(QObject):
    """One search at a time: a new one cancels the old one."""

    changed = Signal()  # whether it searches, or how far it is
    listed = Signal(object)  # tuple of FileResult that wait, or that cannot be read
    failed = Signal(object)  # Exception

    def __init__(self, list_files: ListFiles | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tasks = Tasks(self, max_threads=2)
        self.files = 0  # that were found so far
        self.list_files = list_files or _list_files

    @property
    def running(self) -> bool:
        """Whether it searches."""
        return self.tasks.running(LOOK)

    def look(self, sources: Sequence[Path], target: Path) -> None:
        """Search these folders; what lies in the target is left out."""
        chosen, list_files = tuple(sources), self.list_files
        self.files = 0

        def work(context: TaskContext) -> tuple[FileResult, ...]:
            # Whether results may go into the input is asked for when it begins; here it changes nothing.
            tell = _Teller(context)
            found = list_files(chosen, target, into_input=True, cancelled=context.cancelled, found=tell)
            return tuple(_row(index, file) for index, file in enumerate(found))

        self.tasks.start(LOOK, work, self._on_listed, self._on_failed, self._on_progress)
        self.changed.emit()

    def cancel(self) -> None:
        """Give it up."""
        self.tasks.cancel(LOOK)
        self.changed.emit()

    def shut_down(self) -> None:
        """Wait for the last of it."""
        self.tasks.shutdown()

    def _on_listed(self, rows: tuple[FileResult, ...]) -> None:
        self.changed.emit()
        self.listed.emit(rows)

    def _on_failed(self, error: Exception) -> None:
        self.changed.emit()
        self.failed.emit(error)

    def _on_progress(self, files: float) -> None:
        self.files = round(files)
        self.changed.emit()


class _Teller:
    """Takes the number of files found so far, and passes it on at most ten times a second."""

    def __init__(self, context: TaskContext) -> None:
        self._context, self._told = context, time.monotonic()

    def __call__(self, files: int) -> None:
        if time.monotonic() - self._told >= _TELL_S:
            self._told = time.monotonic()
            self._context.progress(files)


def _row(index: int, file: Any) -> FileResult:
    status = Status.SKIPPED if file.skipped else Status.FAILED if file.why else Status.WAITING
    return FileResult(index, file.name, file.path, None, status, file.why)


def _list_files(*args: Any, **kwargs: Any) -> Sequence[Any]:
    from duv_studio.engine.batch.discovery import list_files

    return list_files(*args, **kwargs)
