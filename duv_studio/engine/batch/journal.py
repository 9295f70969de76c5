"""The record of a batch in its target folder, from which a run that was stopped at any moment can be resumed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from duv_studio.engine.batch.fingerprint import Task
from duv_studio.engine.output_folder import OutputFolder
from duv_studio.errors import DuvError

JOURNAL = ".duv-batch.jsonl"
VERSION = 1
LONGEST_TEXT = 2**15  # characters of a text of a record


@dataclass(frozen=True)
class Record:
    """How a file ended, and by what its source and its result are known again."""

    name: str
    status: str
    why: str = ""
    notes: int = 0
    notes_changed: int = 0
    mean_velocity_change: float = 0.0
    mean_duration_change: float = 0.0
    seconds: float = 0.0
    source: str = ""  # path
    size: int = 0
    mtime_ns: int = 0
    digest: str = ""  # "" where the source changed while it was played
    result_size: int = 0
    result_digest: str = ""
    unsure: str = ""


@dataclass(frozen=True)
class Past:
    """What an earlier run was about, which targets it planned by name, and what it had done."""

    task: Task
    precision: str  # in which its results were computed; "" when none was
    targets: Mapping[str, str]
    records: Mapping[str, Record]


@dataclass
class Journal:
    """A journal that is being written. Task and plan are there whole or not at all, then comes a line per file."""

    path: Path
    precision: str = ""
    _lines: IO[bytes] = field(init=False)

    @classmethod
    def begin(cls, folder: OutputFolder, past: Past) -> Journal:
        """Write a new journal, which resumes from `past`, in the place of any other; DuvError when that fails."""
        journal = cls(folder.path / JOURNAL, past.precision)
        folder.write(JOURNAL, b"".join(map(_line, _head(past))))
        journal._lines = folder.append(JOURNAL)
        return journal

    def computed_in(self, precision: str) -> None:
        """Keep the number format: all results must be computed in the same."""
        if precision == self.precision:
            return
        if self.precision:
            raise DuvError(
                f"Results would be computed in {precision}, and others are in {self.precision}",
                hint="ask for a precision that all machines have, such as fp32",
            )
        self.precision = precision
        self._write({"precision": precision})
        with _explained(self.path):
            os.fsync(self._lines.fileno())  # unlike that of a file, this line cannot be found out again

    def add(self, record: Record) -> None:
        """Note that a file is done; its result must be on the disk."""
        self._write({"file": asdict(record)})

    def close(self) -> None:
        """Leave it for a run that goes on."""
        with suppress(OSError):  # about a line that could not be written, which has been reported
            self._lines.close()

    def _write(self, fact: dict[str, Any]) -> None:
        with _explained(self.path):
            self._lines.write(_line(fact))
            self._lines.flush()


def _head(past: Past) -> Iterator[dict[str, Any]]:
    yield {"version": VERSION, "task": past.task, "files": len(past.targets)}
    yield from ({"plan": entry} for entry in past.targets.items())
    if past.precision:
        yield {"precision": past.precision}
    yield from ({"file": asdict(record)} for record in past.records.values())


def _line(fact: dict[str, Any]) -> bytes:
    return json.dumps(fact).encode() + b"\n"


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Say in a sentence that the journal cannot be written: without it nothing could be resumed."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"The record of the batch cannot be written: {reason}"
        raise DuvError(message, hint="make room, or choose another folder", file=path) from error
