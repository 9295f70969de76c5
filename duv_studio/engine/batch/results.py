"""Writes the results that workers send back, and the report with a row per file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.batch.discovery import SourceFile
from duv_studio.engine.batch.events import FileResult, Status
from duv_studio.engine.batch.fingerprint import digest
from duv_studio.engine.batch.journal import LONGEST_TEXT, Record
from duv_studio.engine.batch.output_guard import OutputGuard
from duv_studio.engine.batch.plan import Entry
from duv_studio.engine.batch.pool import FileOutput
from duv_studio.engine.midi.midi_file import LARGEST_FILE
from duv_studio.engine.output_folder import FolderMoved, OutputFolder
from duv_studio.engine.regular_file import read_regular
from duv_studio.errors import DuvError

NOTHING_SELECTED = "No track is selected, so the result holds the same music"
PROCESS_ENDED = "the process ended while this file was being humanized, perhaps because memory ran out"
COLUMNS = (
    "file",  # its path below the input, with slashes
    "result",  # ok, skipped, failed, or waiting: not done when the batch was stopped
    "why",  # of skipped and failed: the reason; of ok: what could not be read of the file
    "notes",
    "notes_changed",
    "mean_velocity_change",  # mean of |after - before| over all notes, MIDI velocity units
    "mean_duration_change",  # mean of |after / before - 1| over notes that had a length
    "seconds",  # that were spent on it
    "unsure",  # names of the selected tracks whose instrument is in doubt
    "input",  # path
    "output",  # path; empty where there is none
)
_NUMBERS = COLUMNS[3:8]


def result_of(
    row: FileResult, entry: Entry, done: FileOutput, folder: OutputFolder, guard: OutputGuard
) -> tuple[FileResult, Record]:
    """Write the bytes of a file, and return its row and record, which hold any error; FolderMoved."""
    status, why = _outcome(entry, done, folder, guard)
    row = replace(
        row,
        status=status,
        why=why,
        notes=done.notes,
        notes_changed=done.notes_changed,
        mean_velocity_change=done.mean_velocity_change,
        mean_duration_change=done.mean_duration_change,
        seconds=done.seconds,
        unsure=done.unsure,
    )
    return row, _record(row, entry.file, done.data or b"")


def _outcome(entry: Entry, done: FileOutput, folder: OutputFolder, guard: OutputGuard) -> tuple[Status, str]:
    if done.data is None or not entry.target:
        return Status.FAILED, done.error or "Nothing came of it"
    try:
        _write(entry, done.data, folder, guard)
    except FolderMoved:
        raise
    except (OSError, DuvError) as error:
        return Status.FAILED, sentence(error)
    if not done.selected:
        return Status.SKIPPED, NOTHING_SELECTED
    return Status.OK, " ".join(done.warnings)


def _write(entry: Entry, data: bytes, folder: OutputFolder, guard: OutputGuard) -> None:
    folder.check_there()
    problem = guard.problem(folder.path / entry.target, recheck=True)  # links may have been made since the plan
    if problem:
        raise DuvError(problem)
    folder.write(entry.target, data, entry.file.mtime_ns)


def _record(row: FileResult, file: SourceFile, data: bytes) -> Record:
    return Record(
        name=row.name,
        status=row.status,
        why=row.why[:LONGEST_TEXT],
        notes=row.notes,
        notes_changed=row.notes_changed,
        mean_velocity_change=row.mean_velocity_change,
        mean_duration_change=row.mean_duration_change,
        seconds=row.seconds,
        source=str(file.path),
        size=file.size,
        mtime_ns=file.mtime_ns,
        digest=_unchanged(file),
        result_size=len(data),
        result_digest=digest(data),
        unsure=row.unsure[:LONGEST_TEXT],
    )


def _unchanged(file: SourceFile) -> str:
    """The digest of a source that is as it was when it was listed; "" of one that is not."""
    try:
        data, state = read_regular(file.path, LARGEST_FILE), file.path.stat()
    except (OSError, DuvError):
        return ""
    return digest(data) if (state.st_size, state.st_mtime_ns) == (file.size, file.mtime_ns) else ""


def sentence(error: Exception) -> str:
    """Say what an exception means, expected or not."""
    return " ".join(_message(error).split())


def _message(error: Exception) -> str:
    if isinstance(error, DuvError):
        return f"{error.message} ({error.hint})" if error.hint else error.message
    if isinstance(error, MemoryError):
        return "there is not enough memory for this file"
    if isinstance(error, OSError) and error.strerror:
        return f"the file could not be read: {error.strerror}"
    return f"something went wrong inside the program: {type(error).__name__}: {error}"


def write_report(rows: Iterable[FileResult], path: Path) -> None:
    """Write the table, in the order of the rows, whole or not at all; DuvError when it cannot be written."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(map(_cells, rows))
    # With a byte order mark, by which spreadsheets know UTF-8; bytes of names that are no text are escaped.
    write_atomically(path, text.getvalue().encode("utf-8-sig", "backslashreplace"))


def _cells(row: FileResult) -> list[object]:
    played = row.status is Status.OK or row.notes > 0
    numbers = [_rounded(getattr(row, name)) if played else "" for name in _NUMBERS]
    output = "" if row.target is None or row.status is Status.FAILED else row.target
    return [row.name, str(row.status), row.why, *numbers, row.unsure, row.source, output]


def _rounded(number: float) -> float:
    return round(number, 4)
