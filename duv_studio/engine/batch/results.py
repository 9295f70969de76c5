"""What a worker brings back, put on the disk, and told as a row and as a record."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.batch.guard import Guard
from duv_studio.engine.batch.journal import Record
from duv_studio.engine.batch.listing import Listed
from duv_studio.engine.batch.news import FileResult, Status
from duv_studio.engine.batch.pool import FileDone
from duv_studio.engine.batch.task import digest
from duv_studio.engine.batch.troubles import sentence
from duv_studio.errors import DuvError

NOTHING_SELECTED = "No track is selected, so the result holds the same music"


def result_of(row: FileResult, file: Listed, done: FileDone, guard: Guard) -> tuple[FileResult, Record]:
    """Write the bytes of a file, whose row and record come back; trouble is in them."""
    status, why = _outcome(row, file, done, guard)
    row = replace(
        row,
        status=status,
        why=why,
        notes=done.notes,
        notes_changed=done.notes_changed,
        mean_velocity_change=done.mean_velocity_change,
        mean_duration_change=done.mean_duration_change,
        seconds=done.seconds,
    )
    return row, _record(row, file, done.data or b"")


def _outcome(row: FileResult, file: Listed, done: FileDone, guard: Guard) -> tuple[Status, str]:
    if done.data is None or row.target is None:
        return Status.FAILED, done.error or "Nothing came of it"
    try:
        _write(row.target, done.data, file.mtime_ns, guard)
    except (OSError, DuvError) as error:
        return Status.FAILED, sentence(error)
    if not done.selected:
        return Status.SKIPPED, NOTHING_SELECTED
    return Status.OK, " ".join(done.warnings)


def _write(path: Path, data: bytes, mtime_ns: int, guard: Guard) -> None:
    trouble = guard.trouble(path, afresh=True)  # links may have been made since the plan
    if trouble:
        raise DuvError(trouble)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise DuvError(f'The folder "{path.parent}" cannot be made: a file is in its place', hint="move it") from error
    except OSError as error:
        raise DuvError(f"The folder cannot be made: {error.strerror or error}", file=path.parent) from error
    write_atomically(path, data)
    with suppress(OSError):  # a disk that keeps no times
        os.utime(path, ns=(mtime_ns, mtime_ns))


def _record(row: FileResult, file: Listed, data: bytes) -> Record:
    return Record(
        name=row.name,
        status=row.status,
        why=row.why,
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
    )


def _unchanged(file: Listed) -> str:
    """The digest of a source that is as it was when it was listed; "" of one that is not."""
    try:
        data, state = file.path.read_bytes(), file.path.stat()
    except OSError:
        return ""
    return digest(data) if (state.st_size, state.st_mtime_ns) == (file.size, file.mtime_ns) else ""
