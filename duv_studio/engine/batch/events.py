"""What a batch tells while it runs: small immutable messages, for a terminal and a window alike."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from duv_studio.engine.output_folder import FolderMoved


class Status(StrEnum):
    """The state of a file."""

    WAITING = "waiting"
    WORKING = "working"
    OK = "ok"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True)
class FileResult:
    """One file of the batch, also while it waits: a row in the window and in the report."""

    index: int  # its place among all files of the batch
    name: str  # path below its source, with slashes
    source: Path
    target: Path | None  # where its result is or will be; None where there is none to be
    status: Status = Status.WAITING
    why: str = ""  # one sentence, of what was skipped or failed; of OK: what could not be read of the input
    notes: int = 0
    notes_changed: int = 0
    mean_velocity_change: float = 0.0  # mean of |after - before| over all notes, MIDI velocity units
    mean_duration_change: float = 0.0  # mean of |after / before - 1| over notes that had a length
    seconds: float = 0.0  # that were spent on it
    unsure: str = ""  # names of the selected tracks whose instrument is in doubt
    before: bool = False  # done by an earlier run that this one resumes from


@dataclass(frozen=True)
class StatusMessage:
    """What goes on before the first file: searching, loading the model."""

    sentence: str


@dataclass(frozen=True)
class Planned:
    """Every file and what is to become of it; reported once, before the first one is worked on."""

    rows: tuple[FileResult, ...]


@dataclass(frozen=True)
class Started:
    """A file is being worked on."""

    index: int


@dataclass(frozen=True)
class Progressed:
    """How much of a file is predicted, 0 to 1."""

    index: int
    fraction: float


@dataclass(frozen=True)
class FileFinished:
    """A file is done; its result is on the disk."""

    result: FileResult


BatchEvent = StatusMessage | Planned | Started | Progressed | FileFinished


@dataclass(frozen=True)
class Summary:
    """How a batch ended."""

    rows: tuple[FileResult, ...]
    cancelled: bool
    seconds: float
    precision: str  # the number format that the model computed in; "" when it was not needed
    moved: FolderMoved | None = None  # it was stopped by this: the target folder is no longer where it was

    def count(self, status: Status) -> int:
        """How many files ended so."""
        return sum(row.status is status for row in self.rows)
