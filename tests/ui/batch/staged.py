"""An engine for tests of the batch window: it does what a test tells it, file by file, and remembers what was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from duv_studio.engine.batch.events import (
    BatchEvent,
    FileFinished,
    FileResult,
    Planned,
    Progressed,
    Started,
    Status,
    StatusMessage,
    Summary,
)
from duv_studio.engine.batch.request import Control, Request
from duv_studio.engine.output_folder import FolderMoved
from duv_studio.ui.batch.dialogs import BatchDialogs

TICK_S = 0.002


class Staged:
    """Plays `files` without touching any; those in `broken` fail, and before number `stands_at` it waits for `go`."""

    def __init__(self, files: int = 6) -> None:
        self.files = files
        self.broken: set[int] = set()
        self.done: set[int] = set()  # also by earlier runs: a resumed one leaves them
        self.stands_at: int | None = None
        self.stands, self.go = threading.Event(), threading.Event()
        self.requests: list[Request] = []
        self.error: Exception | None = None
        self.moved: FolderMoved | None = None  # how the run ends

    def run(self, request: Request, on_event: Callable[[BatchEvent], None], control: Control) -> Summary:
        """As duv_studio.engine.batch.runner.run."""
        self.requests.append(request)
        on_event(StatusMessage("Loading the model"))
        if self.error is not None:
            raise self.error
        rows = [self._planned(k, request) for k in range(self.files)]
        on_event(Planned(tuple(rows)))
        for k in [row.index for row in rows if row.status is Status.WAITING]:
            self._wait(control)
            if control.cancelled:
                break
            on_event(Started(k))
            on_event(Progressed(k, 0.25))
            if k == self.stands_at:
                self._stand(control)
            if control.cancelled:
                break
            rows[k] = self._played(rows[k])
            on_event(FileFinished(rows[k]))
        moved, self.moved = self.moved, None
        return Summary(tuple(rows), control.cancelled or moved is not None, 12.0, "fp32", moved)

    def _planned(self, k: int, request: Request) -> FileResult:
        name = f"{k}.mid"
        row = FileResult(k, name, request.sources[0] / name, request.target / name)
        done = request.resume and k in self.done
        return replace(row, status=Status.OK, notes=10, notes_changed=5, before=True) if done else row

    def _played(self, row: FileResult) -> FileResult:
        if row.index in self.broken:
            return replace(row, status=Status.FAILED, why="It is no MIDI file")
        self.done.add(row.index)
        return replace(
            row, status=Status.OK, notes=100 + row.index, notes_changed=50, mean_velocity_change=4.25, seconds=0.5
        )

    def _wait(self, control: Control) -> None:
        while control.paused and not control.cancelled:
            threading.Event().wait(TICK_S)

    def _stand(self, control: Control) -> None:
        self.stands.set()
        while not self.go.wait(TICK_S) and not control.cancelled:
            pass


class Answers(BatchDialogs):
    """Answers the questions, and remembers what was asked."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.files: list[Path] = []
        self.target: Path | None = None
        self.report: Path | None = None
        self.quit = False
        self.asked: list[tuple[Any, ...]] = []

    def ask_folder(self, parent: QWidget, start: Path) -> Path | None:
        self.asked.append(("folder", start))
        return self.folder

    def ask_files(self, parent: QWidget, start: Path) -> list[Path]:
        self.asked.append(("files", start))
        return self.files

    def ask_target(self, parent: QWidget, start: Path) -> Path | None:
        self.asked.append(("target", start))
        return self.target

    def ask_report(self, parent: QWidget, suggestion: Path) -> Path | None:
        self.asked.append(("report", suggestion))
        return self.report

    def ask_quit(self, parent: QWidget, done: int, files: int) -> bool:
        self.asked.append(("quit", done, files))
        return self.quit


def results(n: int) -> list[FileResult]:
    """Rows of all kinds."""
    kinds = (Status.OK, Status.WAITING, Status.SKIPPED, Status.FAILED)
    rows = []
    for k in range(n):
        status = kinds[k % 4]
        why = {Status.SKIPPED: "There is a file of that name already", Status.FAILED: "It is no MIDI file"}
        played = status is Status.OK
        name = f"folder {k % 7}/曲 {k:06}.mid"
        rows.append(
            FileResult(
                k, name, Path("/in") / name, Path("/out") / name, status, why.get(status, ""), k % 997 if played else 0
            )
        )
    return rows


def names(rows: Sequence[FileResult]) -> list[str]:
    """What the rows are called."""
    return [row.name for row in rows]
