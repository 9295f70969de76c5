"""The record of a batch in its target folder, from which a run that was stopped at any moment can be resumed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.batch.fingerprint import Task
from duv_studio.errors import DuvError

JOURNAL = ".duv-batch.jsonl"
_VERSION = 1


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
    def begin(cls, folder: Path, past: Past) -> Journal:
        """Write a new journal, which resumes from `past`, in the place of any other; DuvError when that fails."""
        journal = cls(folder / JOURNAL, past.precision)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"The folder cannot be made: {error.strerror or error}"
            raise DuvError(message, hint="choose another folder for the results", file=folder) from error
        with _explained(journal.path):
            write_atomically(journal.path, b"".join(map(_line, _head(past))))
            journal._lines = journal.path.open("ab")
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


def read_journal(folder: Path) -> Past | None:
    """What the journal in a folder holds, without a torn end; None where there is none with a whole plan."""
    path = folder / JOURNAL
    try:
        lines = _whole_lines(path.read_bytes())
        head = next(lines, {})
        if head.get("version", _VERSION) != _VERSION:
            raise DuvError("was written by another version of the program", hint="begin anew", file=path)
        plan = [line["plan"] for line in islice(lines, head["files"])]
        return _past(head["task"], dict(plan), lines) if len(plan) == head["files"] else None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DuvError(f"cannot be read: {error.strerror or error}", hint="begin anew", file=path) from error
    except (KeyError, TypeError, ValueError):
        return None


def _past(task: Task, targets: Mapping[str, str], lines: Iterator[dict[str, Any]]) -> Past:
    precision, records = "", dict[str, Record]()
    for fact in lines:
        if "precision" in fact:
            precision = str(fact["precision"])
        else:
            record = Record(**fact["file"])
            records[record.name] = record
    return Past(task, precision, targets, records)


def _head(past: Past) -> Iterator[dict[str, Any]]:
    yield {"version": _VERSION, "task": past.task, "files": len(past.targets)}
    yield from ({"plan": entry} for entry in past.targets.items())
    if past.precision:
        yield {"precision": past.precision}
    yield from ({"file": asdict(record)} for record in past.records.values())


def _line(fact: dict[str, Any]) -> bytes:
    return json.dumps(fact).encode() + b"\n"


def _whole_lines(data: bytes) -> Iterator[dict[str, Any]]:
    """Up to the first line that is torn: what follows it was never promised."""
    for text in data.splitlines(keepends=True):
        try:
            fact = json.loads(text) if text.endswith(b"\n") else None
        except ValueError:
            return
        if not isinstance(fact, dict):
            return
        yield fact


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Say in a sentence that the journal cannot be written: without it nothing could be resumed."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"The record of the batch cannot be written: {reason}"
        raise DuvError(message, hint="make room, or choose another folder", file=path) from error
