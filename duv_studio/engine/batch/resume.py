"""Which files an earlier run has done, so that they need not be done again."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from duv_studio.engine.batch.discovery import SourceFile
from duv_studio.engine.batch.events import Status
from duv_studio.engine.batch.fingerprint import digest
from duv_studio.engine.batch.journal import Record
from duv_studio.engine.batch.plan import Entry, to_write

_LEFT_OVER = re.compile(r"\.duv-[0-9a-f]{16}\.tmp")  # of a file that was being written when the process was killed


def unchanged_results(plan: Iterable[Entry], records: Mapping[str, Record], target: Path) -> dict[str, Record]:
    """By name the records of those files of the plan whose source and whose result are as they were."""
    known = ((entry, records[entry.file.name]) for entry in to_write(plan) if entry.file.name in records)
    return {e.file.name: r for e, r in known if _is_source(e.file, r) and _is_result(e.file, target / e.target, r)}


def remove_temporary_files(folders: Iterable[Path]) -> None:
    """Remove what a killed run left half written in these folders."""
    for folder in set(folders):
        try:
            names = [name for name in os.listdir(folder) if _LEFT_OVER.fullmatch(name)]
        except OSError:
            continue  # not made yet, or to be complained of when it is written to
        for name in names:
            with suppress(OSError):  # it does no harm
                (folder / name).unlink()


def _is_source(file: SourceFile, record: Record) -> bool:
    if record.status == Status.FAILED or file.size != record.size:
        return False
    if (str(file.path), file.mtime_ns) == (record.source, record.mtime_ns):
        return True
    return record.digest != "" and _digest(file.path) == record.digest


def _is_result(file: SourceFile, path: Path, record: Record) -> bool:
    try:
        state = path.stat()
    except OSError:
        return False
    if state.st_size != record.result_size:
        return False
    # A result has its source's time unless somebody touched it, or the disk keeps times less exactly.
    return state.st_mtime_ns == record.mtime_ns or _digest(path) == record.result_digest


def _digest(path: Path) -> str:
    try:
        return digest(path.read_bytes())
    except OSError:
        return "unreadable"
